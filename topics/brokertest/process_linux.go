package brokertest

import "syscall"

// childAttr gives a child a process group of its own and has the kernel kill it
// with the thread that made it.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
