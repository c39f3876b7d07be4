package main

import (
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	for name, tc := range map[string]struct {
		terminal bool
		want     string
	}{
		"terminal": {true, "\r\x1b[Kpartition 1/3\r\x1b[Kpartition 2/3\r\x1b[K"},
		"plain":    {false, "partition 2/3\n"},
	} {
		var out printed
		now := time.Unix(0, 0)
		tell := progressOn(&out, tc.terminal, func() time.Time { return now })
		tell("partition", 0, 3)
		now = now.Add(9 * time.Second)
		tell("partition", 1, 3)
		tell("partition", 1, 3)
		now = now.Add(time.Second)
		tell("partition", 2, 3)
		now = now.Add(time.Second)
		tell("partition", 3, 3)
		if got := out.String(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
