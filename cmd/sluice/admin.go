package main

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/pprof"
	"strings"
)

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
		given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bearer || subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func respond(w http.ResponseWriter, answer any, err error) {
	var wrong usageError
	switch {
	case errors.As(err, &wrong):
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case errors.Is(err, errNoRecord):
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	writeJSON(w, answer)
}
