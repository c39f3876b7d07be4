package state

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(faultsChild) != "" {
		os.Exit(m.Run()) // it leaves behind stores whose disk failed
	}
	goleak.VerifyTestMain(m)
}
