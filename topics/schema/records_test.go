package schema_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"pgregory.net/rapid"

	"github.com/sluice-stream/sluice/topics/avrotype"
	"github.com/sluice-stream/sluice/topics/schema"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' {
			return -1
		}
		return r
	}, text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ptr[T any](v T) *T { return &v }

// One of each record, as in testdata.
var (
	sampleSettings = schema.SettingsChanged{
		EventID: "e1", MemberID: "m-ö", Version: 7, OccurredMillis: 1762128000000,
		Country: ptr("DE"), Minor: ptr(true), Account: ptr(schema.AccountClosed),
		Choices: []schema.SettingChoice{{Setting: "ads_restricted", Choice: schema.ChoiceAllow}, {Setting: "genai_improvement", Choice: schema.ChoiceDeny}},
		Source:  ptr("web"),
	}
	sampleReceipt = schema.SettingsApplied{
		EventID: "e1", MemberID: "m-ö", SettingsPartition: 3, SettingsOffset: 12345, Version: 7, AppliedMillis: 1762128000123,
		Permitted: map[string][]string{"ad_targeting": {"post", "profile"}, "ai_training": nil},
	}
	sampleRetraction = schema.Retraction{
		Subject: "00112233445566778899aabbccddeeff", Categories: []string{"post"}, SinceMillis: ptr(int64(-1)),
		Reason: "ERASED", Policy: "abc", IssuedMillis: 1762128000123,
	}
	sampleLetter = schema.DeadLetter{
		Topic: "member-activity", Partition: 2, Offset: 99, Reason: "undecodable", Detail: "bytes follow the record at byte 17", AtMillis: 1762128000123,
	}
	sampleBatch = schema.DecisionBatch{
		BatchHeader: schema.BatchHeader{
			Topic: "member-activity", Partition: 2, DecidedMicros: 1762128000123456, SettingsOffset: 10, ReroutedOffset: 0,
			Policy: "abc", Purposes: []string{"ai_training", "ad_targeting"}, Rules: []string{"ai-eu"}, Previous: []byte{1, 2, 3},
		},
		Decisions: []schema.Decision{
			{Offset: 98, Category: "post", Outcomes: []schema.Outcome{
				{Purpose: 0, Verdict: schema.Published, Reason: "published", Rule: 0, RecordID: bytes.Repeat([]byte{0xaa}, 16)},
				{Purpose: 1, Verdict: schema.Withheld, Reason: "choice_denied", Rule: -1},
			}},
			{Offset: 99, Outcomes: []schema.Outcome{{Purpose: 0, Verdict: schema.Dead, Reason: "undecodable", Rule: -1}}},
		},
	}
)

func build(d *schema.DecisionBatch) []byte {
	var b schema.BatchBuilder
	b.Begin(&d.BatchHeader)
	for _, one := range d.Decisions {
		if !b.Add(one.Offset, one.Category, one.Outcomes) {
			panic("the batch is full")
		}
	}
	return b.Finish(nil)
}

// kind is one kind of record, for tests that hold for all of them.
type kind struct {
	name    string
	encoded []byte
	sample  any
	// again reads a body and writes what was read.
	again func(b []byte) (record any, body []byte, err error)
}

func kinds() []kind {
	ours := mustCompile(schema.NameSettingsChanged)
	return []kind{
		{schema.NameSettingsChanged, sampleSettings.AppendAvro(nil), &sampleSettings, func(b []byte) (any, []byte, error) {
			var s schema.SettingsChanged
			err := ours.Read(b, &s)
			return &s, s.AppendAvro(nil), err
		}},
		{schema.NameSettingsApplied, sampleReceipt.AppendAvro(nil), &sampleReceipt, func(b []byte) (any, []byte, error) {
			s, err := schema.DecodeSettingsApplied(b)
			if err != nil {
				return nil, nil, err
			}
			return s, s.AppendAvro(nil), nil
		}},
		{schema.NameRetraction, sampleRetraction.AppendAvro(nil), &sampleRetraction, func(b []byte) (any, []byte, error) {
			s, err := schema.DecodeRetraction(b)
			if err != nil {
				return nil, nil, err
			}
			return s, s.AppendAvro(nil), nil
		}},
		{schema.NameDeadLetter, sampleLetter.AppendAvro(nil), &sampleLetter, func(b []byte) (any, []byte, error) {
			s, err := schema.DecodeDeadLetter(b)
			if err != nil {
				return nil, nil, err
			}
			return s, s.AppendAvro(nil), nil
		}},
		{schema.NameDecisionBatch, build(&sampleBatch), &sampleBatch, func(b []byte) (any, []byte, error) {
			s, err := schema.DecodeDecisionBatch(b)
			if err != nil {
				return nil, nil, err
			}
			return s, build(s), nil
		}},
	}
}

func mustCompile(text string) *schema.SettingsReader {
	if text == schema.NameSettingsChanged {
		text, _ = schema.JSON(text)
	}
	r, err := schema.CompileSettings(text)
	if err != nil {
		panic(err)
	}
	return r
}

func TestGoldenBytes(t *testing.T) {
	for _, k := range kinds() {
		want := golden(t, strings.TrimPrefix(k.name, "sluice.v1."))
		if !bytes.Equal(k.encoded, want) {
			t.Errorf("%s:\n got %x\nwant %x", k.name, k.encoded, want)
		}
		got, body, err := k.again(want)
		if err != nil || !reflect.DeepEqual(got, k.sample) || !bytes.Equal(body, want) {
			t.Errorf("%s: read %+v, %v", k.name, got, err)
		}
	}
}

// Every truncation and everything that follows is an error, and never a panic.
func TestTruncationsAndTrailingBytes(t *testing.T) {
	for _, k := range kinds() {
		for n := range k.encoded {
			if _, _, err := k.again(k.encoded[:n:n]); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Errorf("%s cut to %d of %d bytes: %v", k.name, n, len(k.encoded), err)
			}
		}
		for _, tail := range []string{"\x00", "\x02", "x", strings.Repeat("\x00", 300)} {
			if _, _, err := k.again(append(bytes.Clone(k.encoded), tail...)); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Errorf("%s with %d bytes more: %v", k.name, len(tail), err)
			}
		}
	}
}

// A flipped bit may give another record, and never a panic nor one that the
// oracle does not see the same way.
func TestEveryBitFlipped(t *testing.T) {
	for _, k := range kinds() {
		s := oracle(t, k.name)
		for i := range k.encoded {
			for bit := range 8 {
				b := bytes.Clone(k.encoded)
				b[i] ^= 1 << bit
				agree(t, k, s, b)
			}
		}
	}
}

// agree checks a decoder against the oracle: what we read, it reads too, to the
// last byte and to the same values.
func agree(t testing.TB, k kind, s *avro.Schema, b []byte) {
	t.Helper()
	_, body, err := k.again(b)
	if err != nil {
		if !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("%s %x: %v", k.name, b, err)
		}
		return
	}
	var theirs, ours any
	rest, err := s.Decode(b, &theirs)
	if err != nil || len(rest) != 0 {
		t.Errorf("%s %x: accepted, though the oracle says %v with %d bytes left", k.name, b, err, len(rest))
		return
	}
	if rest, err = s.Decode(body, &ours); err != nil || len(rest) != 0 {
		t.Errorf("%s %x: what was read is written as %x: %v", k.name, b, body, err)
		return
	}
	if k.name == schema.NameSettingsChanged {
		return // a key that comes twice in the map has another meaning here
	}
	if !reflect.DeepEqual(theirs, ours) {
		t.Errorf("%s %x:\n ours %v\noracle %v", k.name, b, ours, theirs)
	}
}

// A few bytes that promise much are refused before anything is made for them.
func TestBombs(t *testing.T) {
	long := func(v int64) []byte { return appendLong(nil, v) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	head := join(long(1), []byte("t"), long(0), long(0), long(0), long(0), long(0)) // up to purposes
	for _, n := range []int64{2, 1 << 31, 1 << 40, math.MaxInt64, math.MinInt64, -2, -(1 << 40)} {
		for name, b := range map[string][]byte{
			"strings":   join(head, long(n)),
			"sized":     join(head, long(-1), long(n), long(0)),
			"decisions": join(head, long(0), long(0), long(0), long(n)),
			"outcomes":  join(head, long(0), long(0), long(0), long(1), long(0), long(0), long(n)),
			"length":    long(n),
		} {
			if _, err := schema.DecodeDecisionBatch(b); !errors.Is(err, avrotype.ErrUndecodable) {
				t.Errorf("%s of %d: %v", name, n, err)
			}
			got := testing.AllocsPerRun(10, func() { _, _ = schema.DecodeDecisionBatch(b) })
			if got > 10 {
				t.Errorf("%s of %d: %v allocations", name, n, got)
			}
		}
	}
	if _, err := schema.DecodeDeadLetter(bytes.Repeat([]byte{0xff}, 100)); !errors.Is(err, avrotype.ErrUndecodable) {
		t.Errorf("an endless integer: %v", err)
	}
}

func TestStrictness(t *testing.T) {
	letter := func(edit func(b []byte) []byte) []byte { return edit(sampleLetter.AppendAvro(nil)) }
	for name, b := range map[string][]byte{
		"text that is not utf-8": letter(func(b []byte) []byte { b[1] = 0xff; return b }),
		"an int of 33 bits":      append(appendLong([]byte{2, 't'}, 1<<31), make([]byte, 4)...),
	} {
		if got, err := schema.DecodeDeadLetter(b); got != nil || !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	twice := schema.SettingsApplied{Permitted: map[string][]string{"a": nil}}
	b := twice.AppendAvro(nil)
	b = append(b[:len(b)-1], 2, 2, 'a', 0, 0)
	if got, err := schema.DecodeSettingsApplied(b); got != nil || !errors.Is(err, avrotype.ErrUndecodable) {
		t.Errorf("a map key twice: %v, %v", got, err)
	}
	for _, reason := range []byte{12, 1, 0x80} {
		b := sampleRetraction.AppendAvro(nil)
		at := bytes.Index(b, []byte("abc")) - 2
		b[at] = reason
		if got, err := schema.DecodeRetraction(b); got != nil || !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("reason %d: %v, %v", reason, got, err)
		}
	}
	// Blocks with their size in bytes are what some writers make.
	b = append(appendLong(appendLong([]byte{2, 's'}, -1), 5), "\x08post\x00\x00\x08\x06abc\x02"...)
	got, err := schema.DecodeRetraction(b)
	if want := (&schema.Retraction{Subject: "s", Categories: []string{"post"}, Reason: "ERASED", Policy: "abc", IssuedMillis: 1}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("sized block: %+v, %v", got, err)
	}
	for size := range 256 {
		if b[3] = byte(size); size == 2*5 {
			continue
		}
		if _, err := schema.DecodeRetraction(b); !errors.Is(err, avrotype.ErrUndecodable) {
			t.Errorf("a block that lies about its size with %#x: %v", size, err)
		}
	}
}

func TestUnknownRetractionReasonPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a reason that the schema does not have was written")
		}
	}()
	(&schema.Retraction{Reason: "BORED"}).AppendAvro(nil)
}

// What we write, the oracle reads as what was meant.
func TestOracleReadsOurRecords(t *testing.T) {
	text := rapid.StringN(0, 20, 60)
	texts := rapid.SliceOfN(text, 0, 4)
	long := rapid.Int64()
	millis := rapid.Int64Range(-1<<40, 1<<45)
	rapid.Check(t, func(t *rapid.T) {
		receipt := schema.SettingsApplied{
			EventID: text.Draw(t, "event"), MemberID: text.Draw(t, "member"),
			SettingsPartition: rapid.Int32().Draw(t, "partition"), SettingsOffset: long.Draw(t, "offset"), Version: long.Draw(t, "version"),
			AppliedMillis: millis.Draw(t, "at"), Permitted: rapid.MapOfN(text, texts, 0, 4).Draw(t, "permitted"),
		}
		permitted := map[string]any{}
		for k, v := range receipt.Permitted {
			permitted[k] = anys(v)
		}
		oracleReads(t, schema.NameSettingsApplied, receipt.AppendAvro(nil), map[string]any{
			"event_id": receipt.EventID, "member_id": receipt.MemberID, "settings_partition": receipt.SettingsPartition,
			"settings_offset": receipt.SettingsOffset, "version": receipt.Version, "applied_at": time.UnixMilli(receipt.AppliedMillis).UTC(),
			"permitted": permitted,
		})
		retraction := schema.Retraction{
			Subject: text.Draw(t, "subject"), Categories: texts.Draw(t, "categories"),
			Reason: rapid.SampledFrom([]string{"OPTED_OUT", "REGION_CHANGED", "MINOR", "ACCOUNT_CLOSED", "ERASED", "POLICY"}).Draw(t, "reason"),
			Policy: text.Draw(t, "policy"), IssuedMillis: millis.Draw(t, "issued"),
		}
		var since any
		if rapid.Bool().Draw(t, "has since") {
			ms := millis.Draw(t, "since")
			retraction.SinceMillis, since = &ms, time.UnixMilli(ms).UTC()
		}
		oracleReads(t, schema.NameRetraction, retraction.AppendAvro(nil), map[string]any{
			"subject": retraction.Subject, "categories": anys(retraction.Categories), "since": since, "reason": retraction.Reason,
			"policy": retraction.Policy, "issued_at": time.UnixMilli(retraction.IssuedMillis).UTC(),
		})
		letter := schema.DeadLetter{
			Topic: text.Draw(t, "topic"), Partition: rapid.Int32().Draw(t, "partition"), Offset: long.Draw(t, "offset"),
			Reason: text.Draw(t, "reason"), Detail: text.Draw(t, "detail"), AtMillis: millis.Draw(t, "at"),
		}
		oracleReads(t, schema.NameDeadLetter, letter.AppendAvro(nil), map[string]any{
			"topic": letter.Topic, "partition": letter.Partition, "offset": letter.Offset,
			"reason": letter.Reason, "detail": letter.Detail, "at": time.UnixMilli(letter.AtMillis).UTC(),
		})
	})
}

func anys(all []string) []any {
	out := []any{}
	for _, s := range all {
		out = append(out, s)
	}
	return out
}

func oracleReads(t *rapid.T, name string, b []byte, want map[string]any) {
	t.Helper()
	s := oracle(t, name)
	var got any
	rest, err := s.Decode(b, &got)
	if err != nil || len(rest) != 0 {
		t.Fatalf("%s: %v, %d bytes left", name, err, len(rest))
	}
	if !reflect.DeepEqual(got, any(want)) {
		t.Fatalf("%s:\n got %#v\nwant %#v", name, got, want)
	}
}

func FuzzDecoders(f *testing.F) {
	all := kinds()
	for i, k := range all {
		f.Add(uint8(i), k.encoded)
		f.Add(uint8(i), k.encoded[:len(k.encoded)/2])
	}
	f.Add(uint8(0), []byte{})
	f.Add(uint8(3), []byte("\b0000\xc6\xc6\xff\xff\x80\x00\x00\x00\b\x060000")) // an int of six bytes
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		k := all[int(which)%len(all)]
		agree(t, k, oracle(t, k.name), b)
	})
}

// What is permitted can be encoded before: the receipt is the same.
func TestReceiptPermitting(t *testing.T) {
	permitted := schema.AppendPermitted(nil, sampleReceipt.Permitted)
	without := sampleReceipt
	without.Permitted = nil
	if got, want := without.AppendAvroPermitting([]byte("x"), permitted), sampleReceipt.AppendAvro([]byte("x")); !bytes.Equal(got, want) {
		t.Errorf("%x, not %x", got, want)
	}
}
