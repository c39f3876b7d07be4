package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/sluice-stream/sluice/topics/registry"
)

// DefaultPatience is how long an audit asks again for one answer.
const DefaultPatience = time.Minute

// How long an audit waits before it asks again: twice as long each time.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// IncompleteError says that an audit ended early, and what it has not looked at.
type IncompleteError struct {
	NotAudited []string
	Err        error
}

func (e *IncompleteError) Error() string {
	if len(e.NotAudited) == 0 {
		return fmt.Sprintf("nothing was audited: %v", e.Err)
	}
	return fmt.Sprintf("%v; not audited: %s", e.Err, strings.Join(e.NotAudited, ", "))
}

func (e *IncompleteError) Unwrap() error { return e.Err }

// patience asks again where nobody answers.
type patience struct {
	limit time.Duration // for one answer
	// waiting is told of each answer that did not come.
	waiting func(err error)
}

// ask does what asks for an answer until there is one, even one that refuses, or
// the patience is over.
func (p *patience) ask(ctx context.Context, ask func() error) error {
	began, pause := time.Now(), firstPause
	for {
		err := ask()
		if err == nil || ctx.Err() != nil || !passes(err) {
			return err
		}
		if left := p.limit - time.Since(began); left <= 0 {
			return fmt.Errorf("no answer for %v: %w", p.limit, err)
		}
		p.waiting(err)
		if err := wait(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, lastPause)
	}
}

// wait waits so long, or until ctx ends, and then says why.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// passes says whether another try may get another answer.
func passes(err error) bool {
	var answer *kerr.Error
	var auth *kadm.AuthError
	switch {
	case errors.As(err, &auth), errors.As(err, &answer) && !answer.Retriable:
		return false
	case errors.Is(err, registry.ErrNotFound), errors.Is(err, registry.ErrNotAvro):
		return false
	}
	return true
}
