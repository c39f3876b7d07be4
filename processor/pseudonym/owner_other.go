//go:build !unix

package pseudonym

import "io/fs"

// allowedMode are the permission bits that a keys file may have: where files
// have no such bits, all of them.
func allowedMode(fs.FileInfo) fs.FileMode { return fs.ModePerm }

// keepOwner has nothing to do where files have no owner of this kind.
func keepOwner(string, fs.FileInfo) error { return nil }

// onlyOwnerWrites has nothing to ask.
func onlyOwnerWrites(fs.FileInfo) bool { return true }
