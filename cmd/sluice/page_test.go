package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/policy"
)

// pageStates are what the page is looked at in, here and in a browser: .ci/page.
var pageStates = []struct {
	name, level, title string
	show               []string
	snapshot           func(now time.Time) processor.Snapshot
}{
	{"starting", levelBad, "Kafka does not answer", []string{"connection refused", "None: the group has given this process no partition yet."}, func(now time.Time) processor.Snapshot {
		s := snapshotAt(now)
		s.fail("kafka", "dial tcp 127.0.0.1:9092: connection refused").fail("registry", notAsked).fail("state", "not open yet").fail("lanes", "lane 0: starting")
		s.FailClosed = []string{"kafka_unavailable"}
		return s.Snapshot
	}},
	{"restoring", levelWarn, "Restoring its state", []string{"Restoring 6 partitions from the changelog", "to go", "75 %"}, func(now time.Time) processor.Snapshot {
		s := snapshotAt(now)
		s.fail("restored", "partition 0 is being restored from the changelog").fail("lanes", "lane 0: restoring")
		s.FailClosed = []string{"restoring"}
		for n := range int32(6) {
			eta := 12.5
			s.Partitions = append(s.Partitions, processor.PartitionStatus{
				Partition: n, Lane: int(n % 2), State: "restoring",
				Restore: &processor.RestoreStatus{Total: 4_000_000, Remaining: 1_000_000, PerSecond: 80_000, ETASeconds: &eta},
			})
		}
		return s.Snapshot
	}},
	{"running", levelOK, "Every partition is served", []string{"All that was committed is decided", "choice denied", "no limit"}, func(now time.Time) processor.Snapshot {
		return snapshotAt(now).serve(now)
	}},
	{"held", levelWarn, "Partition 2 is held: open settings transaction (LSO frozen)", []string{"LSO frozen for 14 s", "1\u202f204 records held"}, func(now time.Time) processor.Snapshot {
		s := snapshotAt(now).serve(now)
		p := &s.Partitions[2]
		p.State, p.Held, p.HeldSince, p.Waiting = "held", "open settings transaction", now.Add(-14*time.Second), 1204
		*p.Topics[0].Records, *p.Topics[0].Seconds = 1204, 13.2
		p.Topics[1].Open = 14
		s.FailClosed = []string{"open_transaction"}
		s.Transactions[1].Result, s.Transactions[1].Why = "aborted", "run again: settings of its members arrived, or the broker refused a record"
		return s
	}},
}

// made is a snapshot in the making.
type made struct{ processor.Snapshot }

func snapshotAt(now time.Time) *made {
	s := &made{processor.Snapshot{
		Now: now, Started: now.Add(-26 * time.Hour), Ready: true, Partitions: []processor.PartitionStatus{},
		Lanes: []processor.LaneStatus{{Lane: 0, State: "serving"}, {Lane: 1, State: "serving"}},
	}}
	for _, name := range []string{"processor", "kafka", "registry", "state", "lanes", "restored", "fence"} {
		s.Checks = append(s.Checks, processor.Check{Name: name, OK: true, Detail: "as it has to be"})
	}
	return s
}

func (s *made) fail(check, detail string) *made {
	s.Ready = false
	for i := range s.Checks {
		if s.Checks[i].Name == check {
			s.Checks[i].OK, s.Checks[i].Detail = false, detail
		}
	}
	return s
}

// serve fills in what a process shows that has run for a while.
func (s *made) serve(now time.Time) processor.Snapshot {
	number := func(n int64) *int64 { return &n }
	measure := func(v float64) *float64 { return &v }
	for n := range int32(6) {
		at := 40_123_456 + 1000*int64(n)
		s.Partitions = append(s.Partitions, processor.PartitionStatus{Partition: n, Lane: int(n % 2), State: "serving", Fenced: true, Topics: []processor.TopicStatus{
			{Topic: "member-activity", Stream: "activity", Next: at, Stable: number(at), High: number(at), Start: number(0), Records: number(0), Seconds: measure(0), Headroom: measure(7 * 86400)},
			{Topic: "member-settings", Stream: "settings", Next: 8123, Stable: number(8123), High: number(8123), Start: number(0), Records: number(0), Seconds: measure(0)},
		}})
	}
	s.Totals = processor.Totals{Activity: 240_740_736, Settings: 48_738, Retractions: 312, Transactions: 98_123, Last: now.Add(-40 * time.Millisecond)}
	s.Members = 1_234_567
	s.Outcomes = map[string]map[string]uint64{
		"ai_training":  {"published": 172_000_000, "choice_denied": 30_100_000, "never_category": 24_000_000, "minor": 12_000_000, "undecodable": 1234},
		"ad_targeting": {"published": 79_000_000, "policy_not_in_force": 115_000_000, "never_category": 24_000_000, "choice_denied": 22_740_736},
	}
	for i := range 16 {
		s.Transactions = append(s.Transactions, processor.TransactionStatus{
			At: now.Add(-time.Duration(40+i*90) * time.Millisecond), Lane: i % 2, Result: "committed", Seconds: .018, Activity: 2412, Settings: uint64(i % 3), Published: 3100,
		})
	}
	for i := range 120 {
		s.History = append(s.History, processor.Sample{At: now.Add(time.Duration(i-119) * 5 * time.Second), Activity: uint64(200_000_000 + i*12_500 + i%7*900), Lag: int64(i % 5 * 20)})
	}
	return s.Snapshot
}

// pageOf is the page over a snapshot.
func pageOf(look func() processor.Snapshot) (http.Handler, error) {
	p, err := policy.Load("builtin:linkedin")
	if err != nil {
		return nil, err
	}
	c := defaultConfig()
	c.Kafka.SASL.Mechanism, c.Kafka.SASL.Username, c.Kafka.SASL.PasswordFile = "PLAIN", "sluice", "/run/secrets/kafka"
	status, err := newPage(c, p, func() (processor.Snapshot, time.Duration) { return look(), 0 })
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	status.register(func(pattern string, h http.HandlerFunc) { mux.HandleFunc(pattern, h) })
	return mux, nil
}

func get(t testing.TB, h http.Handler, path, accept string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), w.Body.String()
}

// TestPageStates renders the page in each state, and asks for its moving part and
// for the JSON.
func TestPageStates(t *testing.T) {
	for _, state := range pageStates {
		t.Run(state.name, func(t *testing.T) {
			now := time.Now()
			h, err := pageOf(func() processor.Snapshot { return state.snapshot(now) })
			if err != nil {
				t.Fatal(err)
			}
			res, whole := get(t, h, "/", "text/html,application/xhtml+xml,*/*;q=0.8")
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Security-Policy") != pageSecurity {
				t.Fatalf("%s, policy %q", res.Status, res.Header.Get("Content-Security-Policy"))
			}
			_, moving := get(t, h, "/api/v1/status", "text/html")
			if !strings.Contains(whole, moving) {
				t.Error("the moving part is not what the page holds")
			}
			for _, want := range append(state.show, state.title, `class="light `+state.level) {
				if !strings.Contains(moving, want) {
					t.Errorf("the page does not show %q", want)
				}
			}
			for _, want := range []string{"private message", "hong kong", "unless the member denies", "/run/secrets/kafka"} {
				if !strings.Contains(whole, want) {
					t.Errorf("the page does not show %q", want)
				}
			}
			if m := regexp.MustCompile(`(?i)https?://|\bstyle=|<style|<script>|\bon[a-z]+=|ZgotmplZ|%!|&lt;nil`).FindString(strings.ReplaceAll(whole, defaultConfig().Registry.URL, "")); m != "" {
				t.Errorf("the page holds %q", m)
			}
			_, text := get(t, h, "/api/v1/status", "*/*")
			var answer statusAnswer
			if err := json.Unmarshal([]byte(text), &answer); err != nil {
				t.Fatal(err)
			}
			if answer.Level != state.level || answer.Title != state.title || answer.Policy.Name != "builtin:linkedin" || len(answer.Checks) != 7 {
				t.Errorf("JSON says %s, %q, policy %s, %d checks", answer.Level, answer.Title, answer.Policy.Name, len(answer.Checks))
			}
		})
	}
}

// TestPageLight holds what the light says first where several things hold.
func TestPageLight(t *testing.T) {
	now := time.Now()
	for _, tc := range []struct {
		name, level, title string
		stalled            time.Duration
		change             func(s *processor.Snapshot)
	}{
		{"well", levelOK, "Every partition is served", 0, func(*processor.Snapshot) {}},
		{"no partitions", levelOK, "Ready, without partitions", 0, func(s *processor.Snapshot) { s.Partitions = nil }},
		{"behind", levelOK, "Every partition is served", 0, func(s *processor.Snapshot) { *s.Partitions[0].Topics[0].Records = 9 }},
		{"stopped", levelBad, "Stopped", 0, func(s *processor.Snapshot) { s.Failed, s.Ready = "data loss", false }},
		{"stalled", levelBad, "A lane does not move", stalledAfter + time.Second, func(*processor.Snapshot) {}},
		{"headroom", levelBad, "Retention is about to pass records that wait", 0, func(s *processor.Snapshot) {
			*s.Partitions[0].Topics[0].Records, *s.Partitions[0].Topics[0].Headroom = 5, 3600
		}},
		{"headroom without lag", levelOK, "Every partition is served", 0, func(s *processor.Snapshot) { *s.Partitions[0].Topics[0].Headroom = 3600 }},
		{"settings late", levelBad, "Settings are applied late", 0, func(s *processor.Snapshot) {
			*s.Partitions[0].Topics[1].Records, *s.Partitions[0].Topics[1].Seconds = 1, 61
		}},
		{"held for a moment", levelOK, "Every partition is served", 0, func(s *processor.Snapshot) {
			s.Partitions[1].State, s.Partitions[1].Held, s.Partitions[1].HeldSince = "held", "x", now.Add(-100*time.Millisecond)
		}},
		{"held", levelWarn, "Partitions 1, 3 are held: schema registry does not answer", 0, func(s *processor.Snapshot) {
			for _, n := range []int{1, 3} {
				s.Partitions[n].State, s.Partitions[n].Held, s.Partitions[n].HeldSince = "held", "schema registry does not answer", now.Add(-5*time.Second)
			}
		}},
		{"held long", levelBad, "Partition 1 is held: settings broker does not answer", 0, func(s *processor.Snapshot) {
			s.Partitions[1].State, s.Partitions[1].Held, s.Partitions[1].HeldSince = "held", "settings broker does not answer", now.Add(-2*time.Minute)
		}},
	} {
		s := snapshotAt(now).serve(now)
		tc.change(&s)
		if l := lightOf(&s, tc.stalled); l.Level != tc.level || l.Title != tc.title {
			t.Errorf("%s: %s %q, want %s %q", tc.name, l.Level, l.Title, tc.level, tc.title)
		}
	}
}

// TestPageNumbers are numbers as people read them.
func TestPageNumbers(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1000), "1\u202f000"}, {grouped(int64(-1234567)), "−1\u202f234\u202f567"},
		{span(0), "0 s"}, {span(.0004), "< 1 ms"}, {span(.25), "250 ms"}, {span(3.21), "3.2 s"}, {span(61), "61 s"}, {span(600), "10 min"},
		{span(3 * 3600), "3.0 h"}, {span(7 * 86400), "7.0 days"}, {span(-90), "−90 s"},
		{plural(1, "record"), "record"}, {plural(2, "record"), "records"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

// servePages serves each state under its name, for the browser of .ci/page, until
// it is told to stop. It prints where.
func servePages(w io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for _, state := range pageStates {
		h, err := pageOf(func() processor.Snapshot { return state.snapshot(time.Now()) })
		if err != nil {
			return err
		}
		mux.Handle("/"+state.name+"/", http.StripPrefix("/"+state.name, h))
		fmt.Fprintf(w, "http://%s/%s/\n", l.Addr(), state.name)
	}
	fmt.Fprintln(w, "serving")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
