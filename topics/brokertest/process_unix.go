//go:build unix

package brokertest

import (
	"os"
	"syscall"
)

// supported says whether processes can be handled as groups here.
const supported = true

// Signals go to the whole process group of a child.

func signalKill(pid int)      { _ = syscall.Kill(-pid, syscall.SIGKILL) }
func signalTerminate(pid int) { _ = syscall.Kill(-pid, syscall.SIGTERM) }
func signalStop(pid int)      { _ = syscall.Kill(-pid, syscall.SIGSTOP) }
func signalContinue(pid int)  { _ = syscall.Kill(-pid, syscall.SIGCONT) }

// lockFile waits for a file's lock, which the system frees if the process dies.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
