package main

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
	"github.com/sluice-stream/sluice/processor"
)

//go:embed status.html
var statusPage []byte

// stalledAfter is how long a lane may take for one round before /livez says
// that it does not move. It is longer than any bounded wait within a round.
const stalledAfter = 2 * time.Minute

// servers are the two HTTP servers: one for everyone who may see metrics, one
// for who may look members up.
type servers struct {
	public, admin *http.Server
	listeners     []net.Listener
}

func newServers(c *config, p *processor.Processor, reg *prometheus.Registry, in *instruments, a *app) (*servers, error) {
	s := &servers{}
	listen := func(address string, h http.Handler) (*http.Server, error) {
		if address == "" {
			return nil, nil
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("http: %w", err)
		}
		s.listeners = append(s.listeners, l)
		return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 1 << 16}, nil
	}
	var err error
	if s.public, err = listen(c.HTTP.Listen, publicHandler(p, reg, in)); err != nil {
		return nil, usageError{err}
	}
	if c.HTTP.AdminListen == "" {
		return s, nil
	}
	token := ""
	if c.HTTP.AdminTokenFile != "" {
		if token, err = conf.ReadSecret(c.HTTP.AdminTokenFile); err != nil {
			return nil, usageError{fmt.Errorf("http.admin_token_file: %w", err)}
		}
	}
	if host, _, err := net.SplitHostPort(c.HTTP.AdminListen); err != nil || token == "" && !loopback(host) {
		return nil, usageError{fmt.Errorf("http.admin_listen is %s, which is not the loopback address: it needs http.admin_token_file", c.HTTP.AdminListen)}
	}
	if s.admin, err = listen(c.HTTP.AdminListen, adminHandler(c, a, token)); err != nil {
		return nil, usageError{err}
	}
	return s, nil
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

func publicHandler(p *processor.Processor, reg *prometheus.Registry, in *instruments) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		if stalled := p.Status().Stalled(time.Now()); stalled > stalledAfter {
			http.Error(w, fmt.Sprintf("a lane has not moved for %s", stalled.Round(time.Second)), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		s := p.Status().Snapshot()
		if !s.Ready {
			http.Error(w, "not ready\n"+strings.Join(s.Reasons, "\n"), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, buildInfo()) })
	mux.HandleFunc("GET /api/v1/status", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, p.Status().Snapshot()) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'")
		_, _ = w.Write(statusPage)
	})
	return mux
}

// adminHandler looks members and records up. Ids come in a body, so that no
// access log keeps them.
func adminHandler(c *config, a *app, token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/consent", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			MemberID string `json:"member_id"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<12)).Decode(&in); err != nil || in.MemberID == "" {
			http.Error(w, `want {"member_id": "..."}`, http.StatusBadRequest)
			return
		}
		answer, err := a.consentOf(r.Context(), c, in.MemberID)
		respond(w, answer, err)
	})
	mux.HandleFunc("POST /api/v1/explain", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Topic     string `json:"topic"`
			Partition int32  `json:"partition"`
			Offset    int64  `json:"offset"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<12)).Decode(&in); err != nil || in.Topic == "" {
			http.Error(w, `want {"topic": "...", "partition": 0, "offset": 0}`, http.StatusBadRequest)
			return
		}
		answer, err := a.explanation(r.Context(), c, in.Topic, in.Partition, in.Offset)
		respond(w, answer, err)
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if token == "" {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func respond(w http.ResponseWriter, answer any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	writeJSON(w, answer)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
