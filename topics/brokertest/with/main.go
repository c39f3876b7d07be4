// Command with runs another command beside a real broker and a real registry,
// and ends them with it:
//
//	go run ./topics/brokertest/with [-nodes N] [-version V] [-optimised] COMMAND ARGS...
//
// The command finds them by SLUICE_KAFKA_BROKERS and SLUICE_REGISTRY_URL, which
// is how sluice finds them too. The exit code is the command's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sluice-stream/sluice/topics/brokertest"
)

func main() {
	var o brokertest.RealOptions
	flag.IntVar(&o.Nodes, "nodes", 1, "how many brokers")
	flag.StringVar(&o.Version, "version", brokertest.KafkaVersion, "Kafka's version")
	flag.BoolVar(&o.Optimised, "optimised", false, "start the broker for measurements")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "with: a command is wanted")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	c, end := brokertest.Script(o)
	cmd := exec.CommandContext(ctx, flag.Arg(0), flag.Args()[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "SLUICE_KAFKA_BROKERS="+strings.Join(c.Brokers, ","), "SLUICE_REGISTRY_URL="+c.RegistryURL)
	err := cmd.Run()
	end()
	stop()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "with:", err)
		os.Exit(1)
	}
}
