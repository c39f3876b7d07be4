package state

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var instanceForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// Instance is the id of the process that a state directory belongs to: 16
// hexadecimal digits, made the first time and kept. One that cannot be read is
// made anew, which costs the group a rebalance.
func Instance(filesystem vfs.FS, dir string) (string, error) {
	if filesystem == nil {
		filesystem = vfs.Default
	}
	if err := filesystem.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("state directory: %w", err)
	}
	path := filesystem.PathJoin(dir, "instance")
	f, err := filesystem.Open(path)
	if err == nil {
		content, err := io.ReadAll(io.LimitReader(f, 100))
		if err = errors.Join(err, f.Close()); err == nil && instanceForm.Match(content) {
			return string(content), nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("state directory: %w", err)
	}
	var random [8]byte
	rand.Read(random[:])
	id := hex.EncodeToString(random[:])
	next := path + ".new"
	if f, err = filesystem.Create(next, vfs.WriteCategoryUnspecified); err != nil {
		return "", fmt.Errorf("state directory: %w", err)
	}
	_, err = f.Write([]byte(id))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = filesystem.Rename(next, path)
	}
	if err == nil {
		err = syncDir(filesystem, dir)
	}
	if err != nil {
		return "", fmt.Errorf("state directory: %w", err)
	}
	return id, nil
}
