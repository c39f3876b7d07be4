//go:build !unix

package brokertest

import (
	"errors"
	"syscall"
)

// supported says whether processes can be handled as groups here.
const supported = false

func childAttr() *syscall.SysProcAttr { return nil }

func signalKill(int)      {}
func signalTerminate(int) {}
func signalStop(int)      {}
func signalContinue(int)  {}

func lockFile(string) (func(), error) { return nil, errors.ErrUnsupported }
