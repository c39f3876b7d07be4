package oracle

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/twmb/avro"
)

// settingsSchema is the reader's schema of SettingsChanged, from the contract.
var settingsSchema = avro.MustParse(`{"type":"record","name":"SettingsChanged","namespace":"sluice.v1","fields":[
	{"name":"event_id","type":"string"},{"name":"member_id","type":"string"},{"name":"version","type":"long","default":0},
	{"name":"occurred_at","type":"long"},{"name":"country","type":["null","string"],"default":null},
	{"name":"minor","type":["null","boolean"],"default":null},
	{"name":"account","type":["null",{"type":"enum","name":"Account","symbols":["OPEN","CLOSED","ERASED"]}],"default":null},
	{"name":"choices","type":{"type":"map","values":{"type":"enum","name":"Choice","symbols":["UNSPECIFIED","ALLOW","DENY"]}},"default":{}},
	{"name":"source","type":["null","string"],"default":null}]}`)

// applied is one thing that happens to a member's state.
type applied struct {
	rerouted bool
	offset   int64   // in the settings or rerouted partition it is applied from
	change   *change // nil: a record that could not be read
}

// place is where a record lies.
type place struct {
	topic     string
	partition int32
	offset    int64
}

func (p place) String() string { return fmt.Sprintf("%s/%d/%d", p.topic, p.partition, p.offset) }

// readSettings says what a settings record is: a change, or why not. Named are
// the members that it may be about.
func (k *checker) readSettings(r *Record) (c *change, reason string, named []string) {
	if isMember(string(r.Key)) && r.Key != nil {
		named = append(named, string(r.Key))
	}
	if len(r.Value) > 1<<20 {
		return nil, "too_large", named
	}
	id, body, ok := wireHeader(r.Value)
	if !ok {
		return nil, "undecodable", named
	}
	w, ok := k.schemas.writer(id)
	if !ok {
		return nil, "schema_unknown", named
	}
	resolved, ok := k.resolved[id]
	if !ok {
		resolved, _ = avro.Resolve(w.avro, settingsSchema)
		k.resolved[id] = resolved
	}
	if resolved == nil || w.root.name != "sluice.v1.SettingsChanged" {
		return nil, "undecodable", named
	}
	var decoded any
	rest, err := resolved.Decode(body, &decoded)
	v, _ := decoded.(map[string]any)
	if err != nil || len(rest) > 0 {
		return nil, "undecodable", named
	}
	c = &change{partition: r.Partition, offset: r.Offset, says: make(map[string]string), append: r.Timestamp * 1000}
	c.event, _ = v["event_id"].(string)
	c.member, _ = v["member_id"].(string)
	c.version, _ = v["version"].(int64)
	c.occurred, _ = v["occurred_at"].(int64)
	if c.occurred <= 0 || c.version < 0 || !isMember(c.member) {
		return nil, "undecodable", named
	}
	c.occurred *= 1000
	if country, ok := v["country"].(string); ok {
		if len(country) != 2 || country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' || country[1] > 'Z' {
			country = ""
		}
		c.says[aboutCountry] = country
	}
	if minor, ok := v["minor"].(bool); ok {
		c.says[aboutMinor] = strconv.FormatBool(minor)
	}
	if account, ok := v["account"].(string); ok {
		c.says[aboutAccount] = account
	}
	choices, _ := v["choices"].(map[string]any)
	for name, choice := range choices {
		c.says[aboutSetting+name], _ = choice.(string)
	}
	switch {
	case r.Key == nil || c.member != string(r.Key):
		if c.member != string(r.Key) {
			named = append(named, c.member)
		}
		return c, "key_mismatch", named
	case Partition(r.Key, k.partitions) != r.Partition:
		return c, "wrong_partition", named
	}
	return c, "", named
}

func isMember(id string) bool { return len(id) > 0 && len(id) <= 256 && utf8.ValidString(id) }

// source is where a rerouted record says it was found.
func source(r *Record) (at place, unreadable bool, millis int64) {
	for _, h := range r.Headers {
		n, _ := strconv.ParseInt(string(h.Value), 10, 64)
		switch h.Key {
		case "sluice-source-partition":
			at.partition = int32(n)
		case "sluice-source-offset":
			at.offset = n
		case "sluice-append-millis":
			millis = n
		case "sluice-unreadable":
			unreadable = true
		}
	}
	return at, unreadable, millis
}

// settings reads every settings record, expects its receipt or dead letter, and
// lists what happens to each member, by the member's own partition's order.
func (k *checker) settings() {
	topic := k.spec.Settings
	reroutes := make(map[string]*Record) // source and member to what was rerouted
	for p, records := range k.log.topics[k.spec.Rerouted] {
		for _, r := range records {
			at, _, _ := source(r)
			id := fmt.Sprint(at.partition, "/", at.offset, " ", string(r.Key))
			if reroutes[id] != nil {
				k.fail("E1", place{r.Topic, r.Partition, r.Offset}, "rerouted twice")
			}
			if Partition(r.Key, k.partitions) != p {
				k.fail("C4", place{r.Topic, r.Partition, r.Offset}, "rerouted to the wrong partition")
			}
			reroutes[id] = r
		}
	}
	for p, records := range k.log.topics[topic] {
		for _, r := range records {
			at := place{topic, p, r.Offset}
			c, reason, named := k.readSettings(r)
			if reason != "" {
				k.letters[at] = reason
			}
			if reason == "" {
				k.receiptsDue[at] = c
				k.happens(c.member, applied{offset: r.Offset, change: c})
				continue
			}
			if reason == "wrong_partition" {
				id := fmt.Sprint(p, "/", r.Offset, " ", c.member)
				k.receiptsDue[at] = c
				to := reroutes[id]
				delete(reroutes, id)
				if to == nil {
					k.pending++
					k.fail("E2", at, "settings on a wrong partition were not rerouted")
					continue
				}
				if _, unreadable, millis := source(to); unreadable || millis != r.Timestamp || string(to.Value) != string(r.Value) {
					k.fail("C5", at, "settings were changed on their way to the right partition")
				}
				k.happens(c.member, applied{rerouted: true, offset: to.Offset, change: c})
				continue
			}
			for _, member := range named {
				if Partition([]byte(member), k.partitions) == p {
					k.happens(member, applied{offset: r.Offset})
					continue
				}
				id := fmt.Sprint(p, "/", r.Offset, " ", member)
				to := reroutes[id]
				delete(reroutes, id)
				if to == nil {
					k.pending++
					k.fail("E2", at, "a record that cannot be read was not told to its member's partition")
					continue
				}
				if _, unreadable, _ := source(to); !unreadable {
					k.fail("C4", at, "a record that cannot be read was rerouted as one that can")
				}
				k.happens(member, applied{rerouted: true, offset: to.Offset})
			}
		}
	}
	for _, r := range reroutes {
		k.fail("E1", place{r.Topic, r.Partition, r.Offset}, "rerouted, but nothing of it was found on the settings topic")
	}
}

func (k *checker) happens(member string, a applied) {
	m := k.members[member]
	if m == nil {
		m = &person{id: member}
		k.members[member] = m
	}
	m.applied = append(m.applied, a)
}
