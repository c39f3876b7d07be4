package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-stream/sluice/processor"
)

// light is one look at a process: green, yellow or red, and why, in words.
type light struct {
	Level string
	Mark  string
	// Title is the reason in one line, without anything that counts up: it is
	// read out when it changes.
	Title string
	Words []string
}

// Levels of a light, of badges and of bars.
const (
	levelOK   = "ok"
	levelWarn = "warn"
	levelBad  = "bad"
)

// Limits beyond which the light is red: alerts have the same.
const (
	heldTooLong     = time.Minute
	settingsTooLate = 60.0
	headroomTooLow  = 6 * 3600.0
)

// lightOf says how a process is. The first that holds is the title.
func lightOf(s *processor.Snapshot, stalled time.Duration) light {
	bad := func(title string, words ...string) light { return light{levelBad, "✕", title, words} }
	warn := func(title string, words ...string) light { return light{levelWarn, "!", title, words} }
	behind, settings, lowest := worst(s)
	heldParts, since, why := heldOf(s)
	switch {
	case s.Failed != "":
		return bad("Stopped", s.Failed)
	case stalled > stalledAfter:
		return bad("A lane does not move", "It last went round its loop "+span(stalled.Seconds())+" ago.")
	case lowest != nil && *lowest < headroomTooLow:
		return bad("Retention is about to pass records that wait", "The oldest may be deleted in "+span(*lowest)+".")
	case len(heldParts) > 0 && s.Now.Sub(since) > heldTooLong:
		return bad(heldTitle(heldParts, why), heldWords(s, since)...)
	case settings > settingsTooLate:
		return bad("Settings are applied late", "The oldest that waits is "+span(settings)+" old. What it forbids is not published: the fence waits for it.")
	case s.Ready && len(heldParts) > 0:
		return warn(heldTitle(heldParts, why), heldWords(s, since)...)
	}
	if !s.Ready {
		return notReady(s)
	}
	if len(s.Partitions) == 0 {
		return light{levelOK, "●", "Ready, without partitions", []string{"The group has given them all to others."}}
	}
	ready := light{levelOK, "●", "Every partition is served", nil}
	if behind > 0 {
		ready.Words = []string{fmt.Sprintf("%s %s %s to be decided.", grouped(behind), plural(behind, "record"), wait(behind))}
	} else {
		ready.Words = []string{"All that was committed is decided."}
	}
	return ready
}

// notReady is a light for what /readyz refuses.
func notReady(s *processor.Snapshot) light {
	failing := make(map[string]string)
	for _, c := range s.Checks {
		if !c.OK {
			failing[c.Name] = c.Detail
		}
	}
	var l light
	switch {
	case failing["kafka"] != "" && failing["kafka"] != notAsked:
		l = light{levelBad, "✕", "Kafka does not answer", []string{failing["kafka"]}}
	case failing["registry"] != "" && failing["registry"] != notAsked:
		l = light{levelBad, "✕", "The schema registry does not answer", []string{failing["registry"]}}
	case failing["restored"] != "":
		l = light{levelWarn, "!", "Restoring its state", nil}
		if words := restoringWords(s); words != "" {
			l.Words = append(l.Words, words)
		}
	case failing["lanes"] != "":
		l = light{levelWarn, "!", "Starting", []string{failing["lanes"]}}
	default:
		l = light{levelWarn, "!", "Starting", s.Reasons}
	}
	l.Words = append(l.Words, "Nothing is published meanwhile for what is not served.")
	return l
}

// notAsked is the detail of a check whose question was not asked yet.
const notAsked = "not asked yet"

// worst are the records that wait, the age of the oldest settings that do, and
// the smallest headroom of what lags.
func worst(s *processor.Snapshot) (behind int64, settings float64, headroom *float64) {
	for i := range s.Partitions {
		for j := range s.Partitions[i].Topics {
			t := &s.Partitions[i].Topics[j]
			if t.Records == nil {
				continue
			}
			if t.Stream == "activity" {
				behind += *t.Records
			} else {
				settings = max(settings, *t.Seconds)
			}
			if t.Headroom != nil && *t.Records > 0 && (headroom == nil || *t.Headroom < *headroom) {
				headroom = t.Headroom
			}
		}
	}
	return behind, settings, headroom
}

// heldOf are the partitions that are held, since when the first is, and why.
func heldOf(s *processor.Snapshot) (partitions []string, since time.Time, why string) {
	for i := range s.Partitions {
		p := &s.Partitions[i]
		// A hold of a moment is the fence at work.
		if p.State != "held" || s.Now.Sub(p.HeldSince) < time.Second {
			continue
		}
		partitions = append(partitions, fmt.Sprint(p.Partition))
		if since.IsZero() || p.HeldSince.Before(since) {
			since, why = p.HeldSince, p.Held
		}
	}
	return partitions, since, why
}

func heldTitle(partitions []string, why string) string {
	if len(partitions) > 4 {
		return fmt.Sprintf("%d partitions are held: %s", len(partitions), held(why))
	}
	verb := "is"
	if len(partitions) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s %s held: %s", capital(plural(len(partitions), "partition")), strings.Join(partitions, ", "), verb, held(why))
}

func heldWords(s *processor.Snapshot, since time.Time) []string {
	return []string{"Held for " + span(s.Now.Sub(since).Seconds()) + ". Nothing is decided for what is held, and the others go on."}
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

func wait(n int64) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}
