//go:build unix

package pseudonym

import (
	"io/fs"
	"os"
	"syscall"
)

// allowedMode are the permission bits that a keys file may have. A secret that
// an orchestrator mounts belongs to root and is given to the process's group.
func allowedMode(info fs.FileInfo) fs.FileMode {
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Uid == 0 && os.Geteuid() != 0 {
		return 0o640
	}
	return 0o600
}

// keepOwner gives a file to the owner and group of another.
func keepOwner(name string, old fs.FileInfo) error {
	was, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if int(was.Uid) == os.Geteuid() && int(was.Gid) == os.Getegid() {
		return nil
	}
	return os.Chown(name, int(was.Uid), int(was.Gid))
}

// onlyOwnerWrites says whether nobody can change a program but root or us.
func onlyOwnerWrites(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid()) && info.Mode().Perm()&0o022 == 0
}
