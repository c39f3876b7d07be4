package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// version and revision are set at link time: -ldflags "-X main.version=1.2.3".
var version, revision string

func versionName() string {
	if version != "" {
		return version
	}
	return "dev"
}

// build says what this binary is.
type build struct {
	Version   string `json:"version"`
	Revision  string `json:"revision"`
	GoVersion string `json:"go_version"`
	Platform  string `json:"platform"`
}

func buildInfo() build {
	b := build{Version: versionName(), GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Revision: revision}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && b.Revision == "" {
				b.Revision = s.Value
			}
		}
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	return a.printsData(&cobra.Command{
		Use:   "version",
		Short: "Print what this binary is",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := buildInfo()
			return a.print(b, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "version\t%s\nrevision\t%s\ngo\t%s\nplatform\t%s\n", b.Version, b.Revision, b.GoVersion, b.Platform)
			})
		},
	})
}
