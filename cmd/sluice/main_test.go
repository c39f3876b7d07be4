package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

func TestMain(m *testing.M) {
	if os.Getenv("SLUICE_TEST_PROGRAM") != "" {
		main() // in a process of its own; it exits
	}
	if os.Getenv("SLUICE_TEST_SERVE_PAGES") != "" {
		if err := servePages(os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(brokertest.Main(m))
}
