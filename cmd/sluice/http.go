package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
	"github.com/sluice-stream/sluice/processor"
	"github.com/sluice-stream/sluice/processor/policy"
)

// stalledAfter is how long a lane may take for one round before /livez says
// that it does not move. It is longer than any bounded wait within a round.
const stalledAfter = 2 * time.Minute

// servers are the two HTTP servers: one for everyone who may see metrics, one
// for who may look members up.
type servers struct {
	public, admin *http.Server
	listeners     []net.Listener
}

func newServers(c *config, p *processor.Processor, reg *prometheus.Registry, in *instruments, a *app, pol *policy.Policy) (*servers, error) {
	status, err := newPage(c, pol, func() (processor.Snapshot, time.Duration) {
		s := p.Status().Snapshot()
		return s, p.Status().Stalled(s.Now)
	})
	if err != nil {
		return nil, err
	}
	s := &servers{}
	listen := func(address string, h http.Handler) (*http.Server, error) {
		if address == "" {
			return nil, nil
		}
		l, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("http: %w", err)
		}
		if err != nil {
			return nil, usageError{fmt.Errorf("http: %w", err)}
		}
		s.listeners = append(s.listeners, l)
		return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 1 << 16}, nil
	}
	if s.public, err = listen(c.HTTP.Listen, publicHandler(p, reg, in, status)); err != nil {
		return nil, err
	}
	if c.HTTP.AdminListen == "" {
		return s, nil
	}
	token, err := adminToken(c)
	if err != nil {
		return nil, usageError{err}
	}
	if err := adminMayListen(c, token); err != nil {
		return nil, usageError{err}
	}
	if s.admin, err = listen(c.HTTP.AdminListen, adminHandler(c, a, token)); err != nil {
		return nil, err
	}
	return s, nil
}

// adminToken is the token that the admin listener asks for; empty: it asks for none.
func adminToken(c *config) (string, error) {
	if c.HTTP.AdminTokenFile == "" {
		return "", nil
	}
	token, err := conf.ReadSecret(c.HTTP.AdminTokenFile)
	if err != nil {
		return "", fmt.Errorf("http.admin_token_file: %w", err)
	}
	return token, nil
}

// adminMayListen refuses an admin listener that others could reach without a
// token.
func adminMayListen(c *config, token string) error {
	if host, _, err := net.SplitHostPort(c.HTTP.AdminListen); err != nil || token == "" && !loopback(host) {
		return fmt.Errorf("http.admin_listen is %s, which is not the loopback address: it needs http.admin_token_file", c.HTTP.AdminListen)
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// serve serves until ctx ends.
func (s *servers) serve(ctx context.Context) error {
	var group errgroup.Group
	i := 0
	for _, server := range []*http.Server{s.public, s.admin} {
		if server == nil {
			continue
		}
		l := s.listeners[i]
		i++
		group.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		context.AfterFunc(ctx, func() {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			_ = server.Shutdown(stop)
			_ = server.Close()
		})
	}
	return group.Wait()
}

// publicHandler is everything that anyone who can reach http.listen may see: no
// member's data is there.
func publicHandler(p *processor.Processor, reg *prometheus.Registry, in *instruments, status *page) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h http.HandlerFunc) {
		_, route, _ := strings.Cut(pattern, " ")
		mux.Handle(pattern, in.count(strings.TrimSuffix(route, "{$}"), h))
	}
	handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP)
	handle("GET /livez", func(w http.ResponseWriter, _ *http.Request) { livez(w, p.Status().Stalled(time.Now())) })
	handle("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		s := p.Status().Snapshot()
		readyz(w, &s, r.URL.Query().Has("verbose"))
	})
	handle("GET /version", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, buildInfo()) })
	status.register(handle)
	return mux
}

// livez says whether the loops move. It depends on no broker and on no lag: a
// restart would mend neither.
func livez(w http.ResponseWriter, stalled time.Duration) {
	if stalled > stalledAfter {
		http.Error(w, fmt.Sprintf("a lane has not moved for %s", stalled.Round(time.Second)), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// readyz says whether every condition of readiness holds, and with verbose how
// each is.
func readyz(w http.ResponseWriter, s *processor.Snapshot, verbose bool) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !s.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "not ready")
	}
	if verbose {
		for _, c := range s.Checks {
			mark := "[+]"
			if !c.OK {
				mark = "[-]"
			}
			fmt.Fprintf(w, "%s%s %s\n", mark, c.Name, c.Detail)
		}
	} else {
		for _, reason := range s.Reasons {
			fmt.Fprintln(w, reason)
		}
	}
	if s.Ready {
		fmt.Fprintln(w, "ok")
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
