package processor_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/topics/registry"
	"github.com/sluice-stream/sluice/topics/schema"
)

// shapes has what lengths, counts and levels can lie about.
const shapes = `{"type":"record","name":"Shapes","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}},
	{"name":"list","type":{"type":"array","items":"string"},"sluice":{"kind":"plain"}},
	{"name":"nothings","type":{"type":"array","items":"null"},"sluice":{"kind":"plain"}},
	{"name":"map","type":{"type":"map","values":"string"},"sluice":{"kind":"plain"}},
	{"name":"maybe","type":["null","boolean"],"sluice":{"kind":"plain"}},
	{"name":"text","type":"string","sluice":{"kind":"text"}},
	{"name":"node","sluice":{"kind":"plain"},"type":["null",{"type":"record","name":"Node","fields":[
		{"name":"value","type":"int","sluice":{"kind":"plain"}},
		{"name":"next","type":["null","Node"],"sluice":{"kind":"plain"}}]}]}]}`

// shape is a record of Shapes; a nil part takes a sound value.
type shape struct{ list, nothings, assoc, maybe, text, node []byte }

func (s shape) body(member, event string, at time.Time) []byte {
	b := append(str(str(nil, member), event), long(at.UnixMilli())...)
	for _, part := range []struct{ given, sound []byte }{
		{s.list, []byte{0}}, {s.nothings, []byte{0}}, {s.assoc, []byte{0}}, {s.maybe, []byte{0}}, {s.text, str(nil, "words")}, {s.node, []byte{0}},
	} {
		if part.given == nil {
			part.given = part.sound
		}
		b = append(b, part.given...)
	}
	return b
}

// nodes are n nodes inside of each other, behind the record's own level.
func nodes(n int) []byte { return append(bytes.Repeat([]byte{2, 14}, n), 0) }

// TestBadInput: every kind of bad record, between good ones. All are accounted
// for, each with its dead letter, and the stream goes on.
func TestBadInput(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.register("shapes", shapes)
		// Names that registries take, and that are too long for what becomes of them.
		w.register("long name", strings.ReplaceAll(onlyProfile, "OnlyProfile", strings.Repeat("N", 480)))
		w.register("long category", strings.ReplaceAll(onlyProfile, `"category":"post"`, `"category":"`+strings.Repeat("c", 2000)+`"`))
		w.producer = w.cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerBatchMaxBytes(1<<21-1), kgo.ProducerLinger(0))
		w.manual = w.cluster.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchMaxBytes(1<<21-1))
		adjustMaxMessage(w)
		const member = "m"
		long256 := strings.Repeat("m", 256)
		for _, id := range []string{member, long256} {
			w.send(w.settings(schema.SettingsChanged{EventID: "s" + id, MemberID: id, Version: 1, Country: pointer("US")}))
		}
		now := time.Now()
		type input struct {
			name   string
			record *kgo.Record
			want   string
		}
		var inputs []input
		add := func(want, name string, r *kgo.Record) { inputs = append(inputs, input{name, r, want}) }
		raw := func(key, value []byte) *kgo.Record {
			return &kgo.Record{Topic: w.spec.Activity[0], Key: key, Value: value}
		}
		n := 0
		shaped := func(want, name string, s shape) {
			n++
			add(want, name, w.activity(member, "shapes", s.body(member, fmt.Sprint("shape-", n), now)))
		}
		good := func(name string) {
			n++
			add("published", name, w.activity(member, "post", post(member, fmt.Sprint("good-", n), fmt.Sprint("good-", n), "words", now)))
		}

		good("the first")
		sample := w.wire("post", post(member, "sample", "sample", "words", now))
		for i := range len(sample) {
			add("undecodable", fmt.Sprintf("cut to %d bytes", i), raw([]byte(member), sample[:i]))
		}
		good("after the cuts")
		add("undecodable", "null", raw([]byte(member), nil))
		add("undecodable", "a trailing byte", raw([]byte(member), append(bytes.Clone(sample), 0)))
		add("undecodable", "twice", raw([]byte(member), append(bytes.Clone(sample), sample[5:]...)))
		add("undecodable", "another magic byte", raw([]byte(member), append([]byte{1}, sample[1:]...)))
		add("undecodable", "text", raw([]byte(member), []byte("{\"member\":\"m\"}")))
		add("schema_unknown", "the largest id", raw([]byte(member), schema.AppendHeader(nil, 1<<31-1)))
		add("schema_unknown", "a negative id", raw([]byte(member), append([]byte{0, 0xff, 0xff, 0xff, 0xff}, sample[5:]...)))
		add("key_mismatch", "a null key", raw(nil, sample))
		add("key_mismatch", "an empty key", raw([]byte{}, sample))
		add("undecodable", "an empty member", w.activity("", "post", post("", "e", "c", "x", now)))
		add("published", "a member id of 256 bytes", w.activity(long256, "post", post(long256, "long", "long", "x", now)))
		add("undecodable", "a member id of 257 bytes", w.activity(long256+"m", "post", post(long256+"m", "e", "c", "x", now)))
		add("undecodable", "a member id that is not UTF-8", w.activity("\xff", "post", post("\xff", "e", "c", "x", now)))

		shaped("published", "a sound shape", shape{})
		shaped("undecodable", "a text of a terabyte", shape{text: long(1 << 40)})
		shaped("undecodable", "a text of less than nothing", shape{text: long(-1)})
		shaped("undecodable", "a list of 2^60", shape{list: long(1 << 60)})
		shaped("undecodable", "a list of -2^63", shape{list: append(long(-1<<63), long(0)...)})
		shaped("published", "a list of nothings", shape{nothings: append(long(1000), 0)})
		shaped("undecodable", "a map of 2^60", shape{assoc: long(1 << 60)})
		shaped("undecodable", "an integer of eleven bytes", shape{text: bytes.Repeat([]byte{0xff}, 11)})
		shaped("undecodable", "a branch that is not there", shape{maybe: []byte{4}})
		shaped("undecodable", "a negative branch", shape{maybe: []byte{1}})
		shaped("undecodable", "a boolean of 2", shape{maybe: []byte{2, 2}})
		shaped("undecodable", "a plain string that is not UTF-8", shape{list: append(append(long(1), str(nil, "\xc3\x28")...), 0)})
		shaped("undecodable", "a map's key that is not UTF-8", shape{assoc: append(append(long(1), append(str(nil, "\xff"), str(nil, "x")...)...), 0)})
		shaped("published", "a text that is not UTF-8", shape{text: str(nil, "\xc3\x28 me@example.com")})
		shaped("published", "64 levels", shape{node: nodes(63)})
		shaped("undecodable", "65 levels", shape{node: nodes(64)})
		shaped("undecodable", "100,000 levels", shape{node: nodes(100_000)})

		headline := func(event string) []byte {
			return str(append(str(str(nil, member), event), long(now.UnixMilli())...), "Engineer")
		}
		add("output_rejected", "a schema of a long name", w.activity(member, "long name", headline("long name")))
		add("policy_not_in_force", "a long category", w.activity(member, "long category", headline("long category")))

		fit := func(size int) *kgo.Record {
			r := w.activity(member, "post", post(member, "large", "large", "", now))
			text := size - len(r.Value) - 2 // its length takes three bytes, not one
			return w.activity(member, "post", post(member, "large", "large", strings.Repeat(" ", text), now))
		}
		add("published", "1 MiB", fit(1<<20))
		add("too_large", "1 MiB and a byte", fit(1<<20+1))
		if len(fit(1<<20).Value) != 1<<20 {
			t.Fatal("the sample has another size")
		}
		// Other clients' partitioners.
		hashes := map[string]func(string) uint32{
			"CRC32": func(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) },
			"FNV-1a": func(s string) uint32 {
				h := fnv.New32a()
				h.Write([]byte(s))
				return h.Sum32()
			},
		}
		var placed []input
		for name, hash := range hashes {
			for i := range 12 {
				id := fmt.Sprint("placed-", i)
				r := w.activity(id, "post", post(id, fmt.Sprint("e-", name, i), "c", "x", now))
				r.Partition = int32(hash(id) % partitions)
				want := "wrong_partition"
				if r.Partition == home(id) {
					want = "member_unknown"
				}
				placed = append(placed, input{fmt.Sprint(name, " of ", id), r, want})
			}
		}

		stop := w.run()
		for _, in := range inputs {
			w.producer.Produce(w.ctx, in.record, nil)
		}
		if err := w.producer.Flush(w.ctx); err != nil {
			t.Fatal(err)
		}
		for _, in := range placed {
			if err := w.manual.ProduceSync(w.ctx, in.record).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		inputs = append(inputs, placed...)
		good("the last")
		w.send(inputs[len(inputs)-1].record)
		decided := w.decided(len(inputs))
		stop()
		letters := w.deadLetters()
		dead := 0
		for _, in := range inputs {
			if got := reason(decided, in.record, 0); got != in.want {
				t.Errorf("%s: %s, want %s", in.name, got, in.want)
			}
			got, ok := letters[place(in.record.Topic, in.record.Partition, in.record.Offset)]
			wants := !slices.Contains([]string{"published", "member_unknown", "policy_not_in_force"}, in.want)
			if wants {
				dead++
			}
			if ok != wants || wants && got != in.want {
				t.Errorf("%s: dead letter %q", in.name, got)
			}
		}
		if len(letters) != dead {
			t.Errorf("%d dead letters, want %d", len(letters), dead)
		}
		unreadable := 0
		for _, r := range w.all(w.output(0)) {
			if w.record(r.Value)["text"] == "[unreadable]" {
				unreadable++
			}
		}
		if unreadable != 1 {
			t.Errorf("%d texts are [unreadable], want 1", unreadable)
		}
		w.complete(len(inputs))
	})
}

// TestBatchesThatUnpackLarge: a broker measures what is compressed. What unpacks to
// far more is too large like anything else, and what comes behind it is decided.
func TestBatchesThatUnpackLarge(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		const size = unpackedBytes + 1<<20
		zeros := make([]byte, size)
		stop := w.run()
		defer stop()
		now := time.Now()
		for _, id := range []string{"m", "n"} {
			w.send(w.settings(schema.SettingsChanged{EventID: "s" + id, MemberID: id, Version: 1, Country: pointer("US")}))
		}
		var sent []*kgo.Record
		good := func(member string) {
			id := fmt.Sprint("good-", len(sent))
			sent = append(sent, w.activity(member, "post", post(member, id, id, "words", now)))
			w.send(sent[len(sent)-1])
		}
		good("m")
		for _, codec := range []kgo.CompressionCodec{kgo.GzipCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()} {
			large := w.cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerBatchCompression(codec),
				kgo.ProducerBatchMaxBytes(size+1<<20), kgo.BrokerMaxWriteBytes(size+2<<20))
			r := &kgo.Record{Topic: w.spec.Activity[0], Key: []byte("m"), Value: zeros}
			if err := large.ProduceSync(w.ctx, r).FirstErr(); err != nil {
				t.Fatal(err)
			}
			sent = append(sent, r)
			good("m")
		}
		// Of settings too: whoever they were about is not published any more.
		large := w.cluster.Client(t, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerBatchCompression(kgo.ZstdCompression()),
			kgo.ProducerBatchMaxBytes(size+1<<20), kgo.BrokerMaxWriteBytes(size+2<<20))
		change := &kgo.Record{Topic: w.spec.Settings, Key: []byte("n"), Value: zeros}
		if err := large.ProduceSync(w.ctx, change).FirstErr(); err != nil {
			t.Fatal(err)
		}
		good("n")
		good("m")
		decided := w.decided(len(sent))
		for i, r := range sent {
			want := "published"
			switch {
			case len(r.Value) == size:
				want = "too_large"
			case string(r.Key) == "n":
				want = "settings_unreadable"
			}
			if got := reason(decided, r, 0); got != want {
				t.Errorf("record %d: %s, want %s", i, got, want)
			}
		}
		letters := w.deadLetters()
		if got := letters[place(change.Topic, change.Partition, change.Offset)]; len(letters) != 4 || got != "too_large" {
			t.Errorf("%d dead letters, %q for the settings", len(letters), got)
		}
	})
}

// unpackedBytes is what the client unpacks a batch to, and no more.
const unpackedBytes = 64 << 20

// evolving is a version of an upstream schema, with some fields of its own.
func evolving(fields string) string {
	return `{"type":"record","name":"Evolving","namespace":"com.example","sluice":{"category":"post"},"fields":[
	{"name":"member","type":"string","sluice":{"role":"member_id"}},
	{"name":"event","type":"string","sluice":{"role":"event_id"}},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"sluice":{"role":"event_time"}}` + fields + `]}`
}

// TestOutputsEvolve: fields come and go upstream, and a registry that asks for as
// much as one can takes what becomes of them.
func TestOutputsEvolve(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		for _, purpose := range w.policy.Purposes() {
			w.compatible(purpose.Topic+"-"+purpose.Name+".com.example.Evolving", "FULL_TRANSITIVE")
		}
		id, now := "m", time.Now()
		w.send(w.settings(schema.SettingsChanged{EventID: "s", MemberID: id, Version: 1, Country: pointer("US")}))
		stop := w.run()
		defer stop()
		want := 0
		for _, version := range []struct {
			fields string
			body   []byte
		}{
			{`,{"name":"a","type":"string","sluice":{"kind":"text"}}`, str(nil, "words")},
			{`,{"name":"a","type":"string","sluice":{"kind":"text"}},{"name":"b","type":"int","sluice":{"kind":"plain"}}`, append(str(nil, "words"), 2)},
			{`,{"name":"b","type":"int","sluice":{"kind":"plain"}},{"name":"c","type":"string","sluice":{"kind":"plain","category":"profile"}}`, str([]byte{2}, "Engineer")},
			{`,{"name":"b","type":"int","sluice":{"kind":"plain"}},{"name":"d","sluice":{"kind":"plain"},"type":{"type":"record","name":"D","fields":[` +
				`{"name":"e","sluice":{"kind":"plain"},"type":{"type":"fixed","name":"F","size":2}},` +
				`{"name":"g","sluice":{"kind":"plain"},"type":{"type":"enum","name":"G","symbols":["X","Y"]}},` +
				`{"name":"h","sluice":{"kind":"plain"},"type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},` +
				`{"name":"i","sluice":{"kind":"plain"},"type":["double","null"]},` +
				`{"name":"j","sluice":{"kind":"plain"},"type":{"type":"map","values":"boolean"}}]}}`,
				append([]byte{2, 'x', 'y', 2, 2, 7, 0}, make([]byte, 9)...)},
		} {
			name := fmt.Sprint("evolving-", want)
			w.register(name, evolving(version.fields))
			body := append(append(str(str(nil, id), name), long(now.UnixMilli())...), version.body...)
			r := w.activity(id, name, body)
			w.send(r)
			want++
			decided := w.decided(want)
			for purpose := range 2 {
				if got := reason(decided, r, purpose); got != "published" {
					t.Errorf("version %d, purpose %d: %s", want, purpose, got)
				}
			}
		}
	})
}

// compatible makes the registry ask for a level of a subject's versions. The one in
// the process takes everything.
func (w *world) compatible(subject, level string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPut, w.cluster.RegistryURL+"/config/"+subject, strings.NewReader(`{"compatibility":"`+level+`"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("compatibility of %s: %s", subject, res.Status)
	}
}

// refusing puts a registry in front of the world's that refuses subjects, as one
// with rules does; the one in the process takes everything.
func (w *world) refusing(part string, status int) {
	w.t.Helper()
	to, err := url.Parse(w.cluster.RegistryURL)
	if err != nil {
		w.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, part) {
			rw.Header().Set("Content-Type", "application/vnd.schemaregistry.v1+json")
			rw.WriteHeader(status)
			fmt.Fprintf(rw, `{"error_code":%d,"message":"refused by a rule"}`, status)
			return
		}
		r.Host = to.Host
		proxy.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(server.Close)
	if w.registry, err = registry.New(registry.Config{URL: server.URL}); err != nil {
		w.t.Fatal(err)
	}
}

// TestOutputRejected: what the broker or the registry refuses for its content is
// dead for that purpose, and what shared a batch with it is not.
func TestOutputRejected(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.register("hidden title", strings.ReplaceAll(onlyProfile, "OnlyProfile", "Refused"))
		w.refusing(w.output(1)+"-ad_targeting.com.example.Refused", http.StatusConflict)
		id, now := "m", time.Now()
		w.send(w.settings(schema.SettingsChanged{EventID: "s", MemberID: id, Version: 1, Country: pointer("US")}))
		want := map[*kgo.Record][2]string{}
		send := func(r *kgo.Record, ai, ads string) {
			want[r] = [2]string{ai, ads}
			w.send(r)
		}
		// Nothing that compresses: the broker measures what is compressed.
		var text strings.Builder
		for range 10_000 {
			text.WriteRune(rune(0x4e00 + rand.IntN(0x5000)))
		}
		large := text.String()
		stop := w.run()
		send(w.activity(id, "post", post(id, "first", "first", large, now)), "published", "published")
		w.decided(1)
		// The broker's limit is lowered under the processor, so it is the broker
		// that refuses; the next start knows the limit.
		w.configure(w.output(0), "max.message.bytes", "20000")
		// Enough that some of the transaction lie in batches behind the refused ones.
		const tail = 1500
		var burst []*kgo.Record
		add := func(r *kgo.Record, ai string) {
			want[r] = [2]string{ai, "published"}
			burst = append(burst, r)
		}
		for i := range 20 {
			add(w.activity(id, "post", post(id, fmt.Sprint("small", i), fmt.Sprint("small", i), "words", now)), "published")
			if i%7 == 3 {
				add(w.activity(id, "post", post(id, fmt.Sprint("large", i), fmt.Sprint("large", i), large, now)), "output_rejected")
			}
		}
		for i := range tail {
			add(w.activity(id, "post", post(id, fmt.Sprint("tail", i), fmt.Sprint("tail", i), "words", now)), "published")
		}
		w.send(burst...)
		refused := w.activity(id, "hidden title", str(append(str(str(nil, id), "refused"), long(now.UnixMilli())...), "Engineer"))
		send(refused, "published", "output_rejected")
		w.decided(len(want))
		stop()
		stop = w.run()
		send(w.activity(id, "post", post(id, "known", "known", large, now)), "output_rejected", "published")
		decided := w.decided(len(want))
		stop()
		letters := w.deadLetters()
		for r, reasons := range want {
			dead := false
			for purpose, wanted := range reasons {
				d := decided[place(r.Topic, r.Partition, r.Offset)].Outcomes[purpose]
				if d.Reason != wanted {
					t.Errorf("offset %d, purpose %d: %s, want %s", r.Offset, purpose, d.Reason, wanted)
				}
				if wanted == "output_rejected" {
					dead = true
					if d.Verdict != schema.Dead || d.RecordID != nil {
						t.Errorf("offset %d: verdict %d with record id %x", r.Offset, d.Verdict, d.RecordID)
					}
				}
			}
			if got, ok := letters[place(r.Topic, r.Partition, r.Offset)]; ok != dead || dead && got != "output_rejected" {
				t.Errorf("offset %d: dead letter %q", r.Offset, got)
			}
		}
		// What was tried alone keeps its place among what its member did.
		sent := slices.SortedFunc(maps.Keys(want), func(a, b *kgo.Record) int { return int(a.Offset - b.Offset) })
		var order, got []string
		for _, r := range sent {
			if id := decided[place(r.Topic, r.Partition, r.Offset)].Outcomes[0].RecordID; id != nil {
				order = append(order, hex.EncodeToString(id))
			}
		}
		for _, r := range w.all(w.output(0)) {
			got = append(got, w.record(r.Value)["record_id"].(string))
		}
		if !slices.Equal(got, order) {
			t.Errorf("%d outputs are not in the order of their %d records", len(got), len(order))
		}
		if ai, ads := len(w.all(w.output(0))), len(w.all(w.output(1))); ai != 22+tail || ads != 25+tail {
			t.Errorf("%d and %d records left, want %d and %d", ai, ads, 22+tail, 25+tail)
		}
		w.complete(len(want))
	})
}
