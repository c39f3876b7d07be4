package simtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/twmb/avro"
)

// member is someone with settings, and how their settings service numbers them.
type member struct {
	id       string
	version  int64
	changes  int
	numbered bool
	last     []settingsRecord // to be sent again
	said     []string         // settings of the last change
}

type settingsRecord struct {
	key, value []byte
}

var (
	known    = []string{"US", "US", "DE", "FR", "GB", "CA", "HK", "CH", "NO", "IN", "BR"}
	unknown  = []string{"XX", "de", "", "EUR"}
	settings = []string{
		"genai_improvement", "ads_restricted", "ads_share_affiliates", "ads_outside_linkedin", "global_privacy_control",
		"ads_use_profile", "ads_use_work_history", "ads_use_education", "ads_use_posts", "ads_use_comments", "of_another_policy",
	}
	choices = []string{"ALLOW", "ALLOW", "ALLOW", "DENY", "DENY", "UNSPECIFIED", "UNSPECIFIED"}
)

// mostChanges keeps a member's history within what the contract promises to
// keep, so that the oracle knows all of it.
const mostChanges = 60

// change draws a member's next settings record.
func (m *member) change(r *rand.Rand, writers []*settingsWriter) settingsRecord {
	if len(m.last) > 0 && r.IntN(6) == 0 {
		return m.last[r.IntN(len(m.last))] // the same once more
	}
	m.changes++
	version, tie := int64(0), false
	if m.numbered {
		last := m.version
		m.version += int64(1 + r.IntN(2))
		version = m.version
		switch r.IntN(10) {
		case 0: // late
			version = 1 + r.Int64N(m.version)
		case 1:
			if r.IntN(3) == 0 {
				version = 0
			}
		case 2: // two of one version
			if last > 0 {
				version, m.version, tie = last, last, true
			}
		}
	}
	at := time.Now()
	switch r.IntN(24) {
	case 0:
		at = at.AddDate(10, 0, 0)
	case 1:
		at = at.AddDate(-10, 0, 0)
	case 2:
		at = at.Add(time.Duration(r.Int64N(int64(4*time.Hour))) - 2*time.Hour)
	default:
		at = at.Add(-time.Duration(r.Int64N(int64(time.Second))))
	}
	v := map[string]any{
		"event_id": fmt.Sprintf("change %s %d", m.id, m.changes), "member_id": m.id, "version": version, "occurred_at": at.UnixMilli(),
		"country": nil, "minor": nil, "account": nil, "choices": map[string]any{}, "source": nil, "extra": []any{markSecret},
	}
	if m.changes == 1 || r.IntN(6) == 0 {
		v["country"] = known[r.IntN(len(known))]
		if r.IntN(12) == 0 {
			v["country"] = unknown[r.IntN(len(unknown))]
		}
	}
	if r.IntN(12) == 0 {
		v["minor"] = r.IntN(3) == 0
	}
	if r.IntN(15) == 0 {
		v["account"] = []string{"OPEN", "OPEN", "CLOSED", "ERASED"}[r.IntN(4)]
	}
	said := map[string]any{}
	for range r.IntN(3) {
		said[settings[r.IntN(len(settings))]] = choices[r.IntN(len(choices))]
	}
	if r.IntN(3) == 0 {
		said["genai_improvement"] = choices[r.IntN(len(choices))]
	}
	if tie {
		// About the same settings, so that the two are at odds.
		for i, name := range m.said {
			said[name] = choices[(3*m.changes+i)%len(choices)]
		}
	}
	m.said = slices.Sorted(maps.Keys(said))
	v["choices"] = said
	w := writers[0]
	if r.IntN(4) == 0 {
		w = writers[r.IntN(len(writers))]
	}
	body, err := w.avro.Encode(v)
	if err != nil {
		panic(err)
	}
	rec := settingsRecord{[]byte(m.id), wired(w.id, body)}
	if len(m.last) < 5 {
		m.last = append(m.last, rec)
	}
	return rec
}

type settingsWriter struct {
	id   int
	avro *avro.Schema
}
