package simtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sluice-stream/sluice/processor/simtest/oracle"
)

// batch reads a DecisionBatch.
func (c *longCheck) batch(r *kgo.Record) error {
	v := avroReader{b: r.Value}
	v.skip(5)
	topic := v.text()
	number := int32(v.long())
	v.long() // decided_at
	fence := v.long()
	v.long() // rerouted_offset
	v.skip(int(v.long()))
	purposes := make([]int, 0, purposeCount)
	v.list(func() {
		switch v.text() {
		case "ai_training":
			purposes = append(purposes, forAI)
		case "ad_targeting":
			purposes = append(purposes, forAds)
		default:
			v.bad = true
		}
	})
	v.list(func() { v.text() })
	previous := v.bytes()
	if v.bad || topic != c.spec.spec.Activity[0] || number != r.Partition || int(number) >= len(c.partitions) {
		return errors.New("E4: a batch that cannot be read")
	}
	p := c.partitions[number]
	if p.batches > 0 && !bytes.Equal(previous, p.previous[:]) || p.batches == 0 && len(previous) > 0 {
		c.fail("E4: batch %d of partition %d does not name the one before it", p.batches, number)
	}
	p.previous = sha256.Sum256(r.Value)
	p.batches++
	if fence < p.fence || fence > p.settings {
		c.fail("C3: partition %d is decided at settings offset %d after %d, of %d", number, fence, p.fence, p.settings)
	}
	p.fence = fence
	by := transaction{r.ProducerID, r.ProducerEpoch}
	c.producers[r.ProducerID] = true
	v.list(func() {
		offset := v.long()
		category := v.text()
		if offset != p.decided {
			c.fail("E1, E2: partition %d: a verdict on offset %d, want %d", number, offset, p.decided)
		}
		p.decided = max(p.decided, offset+1)
		rec := p.at(offset)
		if rec == nil || category != "post" {
			c.fail("E1: partition %d: a verdict on offset %d, category %q, that is not due", number, offset, category)
			rec = &longRecord{member: c.members[0]}
		}
		rec.decided = true
		if fence < rec.least {
			c.fail("C1: partition %d: offset %d is decided at settings offset %d, %d was acknowledged before it was sent", number, offset, fence, rec.least)
		}
		n := 0
		v.list(func() {
			purpose, verdict, reason := purposes[v.long()], v.long(), v.text()
			v.long() // rule
			var id []byte
			if v.long() == 1 {
				id = v.bytes()
			}
			want, epoch := rec.member.verdict(purpose, rec.at, fence)
			if reason != want || (verdict == 1) != (want == "published") || verdict > 1 {
				c.fail("C3: partition %d: offset %d, purpose %d, is %s at settings offset %d, want %s", number, offset, purpose, reason, fence, want)
			}
			if m := rec.member; m.watched && (reason == "published" || reason == "choice_denied") {
				c.sequence++
				m.history[purpose] = append(m.history[purpose], oracle.Operation{Allow: verdict == 1, Begun: rec.begun, Known: c.sequence})
			}
			if verdict == 1 {
				if rec.out[purpose] {
					c.leaves(purpose, rec, rec.id[purpose], rec.txn[purpose], epoch, id, by)
				}
				rec.publish[purpose], rec.epoch[purpose], rec.txn[purpose] = true, epoch, by
				copy(rec.id[purpose][:], id)
				c.published++
			} else if rec.out[purpose] {
				c.fail("C1: partition %d: offset %d left for purpose %d and is %s", number, offset, purpose, reason)
			}
			n++
		})
		if n != purposeCount {
			c.fail("E2: partition %d: offset %d has %d verdicts", number, offset, n)
		}
		c.decisions++
	})
	if v.bad || len(v.b) > 0 {
		return errors.New("E4: a batch that cannot be read")
	}
	p.settle()
	select {
	case c.moved <- struct{}{}:
	default:
	}
	return nil
}

// leaves compares an output with its verdict, once both are known.
func (c *longCheck) leaves(purpose int, rec *longRecord, id [16]byte, txn transaction, epoch uint32, want []byte, by transaction) {
	if !bytes.Equal(id[:], want) {
		c.fail("E4: an output of %s for purpose %d has another record id than its verdict", rec.member.id, purpose)
	}
	if txn != by {
		c.fail("E4: an output of %s for purpose %d was written in %v, its verdict in %v", rec.member.id, purpose, txn, by)
	}
	if rec.epoch[purpose] != epoch {
		c.fail("C2: an output of %s for purpose %d has the subject of epoch %d, want %d", rec.member.id, purpose, rec.epoch[purpose], epoch)
	}
}

// output reads a projected record.
func (c *longCheck) output(purpose int, r *kgo.Record) error {
	v := avroReader{b: r.Value}
	v.skip(5)
	subject, id, at, category, n, text := v.text(), v.text(), v.long(), v.text(), v.long(), v.text()
	if v.bad || len(v.b) > 0 || n < 0 {
		return errors.New("E4: it cannot be read")
	}
	number, offset := int32(n%int64(len(c.partitions))), n/int64(len(c.partitions))
	p := c.partitions[number]
	if offset < p.base {
		return fmt.Errorf("E1: offset %d of partition %d is settled, and leaves once more", offset, number)
	}
	rec := p.at(offset)
	if rec == nil {
		return fmt.Errorf("E1: offset %d of partition %d was never sent", offset, number)
	}
	m := rec.member
	if rec.out[purpose] {
		return fmt.Errorf("E1: offset %d of partition %d leaves twice", offset, number)
	}
	if len(m.changes) == 0 {
		return fmt.Errorf("C4: offset %d of partition %d leaves, and nobody said anything of its member", offset, number)
	}
	if rec.decided && !rec.publish[purpose] {
		return fmt.Errorf("C1: offset %d of partition %d leaves, and is not to", offset, number)
	}
	if offset < m.last[purpose] {
		c.fail("E3: offset %d of partition %d leaves after offset %d of the same member", offset, number, m.last[purpose])
	}
	m.last[purpose] = offset + 1
	for m.subject[purpose] != subject {
		// Epochs rise. The one before may still come, of an earlier transaction.
		now := m.changes[len(m.changes)-1].epoch[purpose]
		if m.subject[purpose] != "" && m.epoch[purpose] >= now {
			return fmt.Errorf("C5: offset %d of partition %d has a subject that %s never has after epoch %d", offset, number, m.id, m.epoch[purpose])
		}
		if m.subject[purpose] != "" {
			m.epoch[purpose]++
		}
		m.subject[purpose] = c.purposes[purpose].Subject(m.id, m.epoch[purpose])
	}
	rawID, err := hex.DecodeString(id)
	unit := int64(24 * 3600 * 1000)
	if purpose == forAds {
		unit = 3600 * 1000
	}
	switch {
	case err != nil || len(rawID) != 16 || string(r.Key) != id:
		return fmt.Errorf("E4: record id %q, key %q", id, r.Key)
	case category != "post" || at != rec.at-rec.at%unit:
		return fmt.Errorf("E4: category %q, time %d", category, at)
	case text != longTexts[n%int64(len(longTexts))].after:
		return fmt.Errorf("C6: its text is %q", text)
	}
	if n%64 == 0 { // a hash each: some do
		if want := c.purposes[purpose].Event(longEventID(n)); id != want {
			return fmt.Errorf("E4: record id %s, want %s", id, want)
		}
	}
	rec.out[purpose] = true
	by := transaction{r.ProducerID, r.ProducerEpoch}
	if rec.decided {
		epoch, want, txn := rec.epoch[purpose], rec.id[purpose], rec.txn[purpose]
		rec.epoch[purpose] = m.epoch[purpose]
		c.leaves(purpose, rec, [16]byte(rawID), by, epoch, want[:], txn)
		p.settle()
		return nil
	}
	rec.id[purpose], rec.txn[purpose], rec.epoch[purpose] = [16]byte(rawID), by, m.epoch[purpose]
	return nil
}

// retraction reads one: due, and once.
func (c *longCheck) retraction(purpose int, r *kgo.Record) error {
	v := avroReader{b: r.Value}
	v.skip(5)
	subject := v.text()
	v.list(func() { v.text(); v.bad = true }) // all categories
	if v.bad || subject != string(r.Key) {
		return errors.New("E4: a retraction that is none of these members'")
	}
	if !c.retractions[purpose][subject] {
		return fmt.Errorf("E1: a retraction of %s that is not due, or was there before", subject)
	}
	delete(c.retractions[purpose], subject)
	return nil
}

// receiptOf reads a receipt.
func (c *longCheck) receiptOf(r *kgo.Record) error {
	v := avroReader{b: r.Value}
	v.skip(5)
	v.text()
	member, number, offset, version := v.text(), v.long(), v.long(), v.long()
	v.long()
	permitted := [purposeCount]int{-1, -1}
	v.list(func() {
		purpose := slices.Index([]string{"ai_training", "ad_targeting"}, v.text())
		if purpose < 0 {
			v.bad = true
			return
		}
		permitted[purpose] = 0
		v.list(func() { v.text(); permitted[purpose]++ })
	})
	if v.bad || len(v.b) > 0 || number < 0 || number >= int64(len(c.partitions)) || !strings.HasPrefix(member, markMember) {
		return errors.New("E4: a receipt that cannot be read")
	}
	p := c.partitions[number]
	if offset < p.receipt || p.receipts[offset] || offset >= p.settings {
		return fmt.Errorf("E1: a receipt of settings offset %d of partition %d that is not due", offset, number)
	}
	var index int
	if _, err := fmt.Sscanf(member, markMember+"%d", &index); err != nil || index >= len(c.members) {
		return fmt.Errorf("E4: a receipt of %s", member)
	}
	m := c.members[index]
	if version < 1 || version > int64(len(m.changes)) || m.changes[version-1].offset != offset || m.partition != int32(number) {
		return fmt.Errorf("E4: a receipt of %s, version %d, offset %d", member, version, offset)
	}
	for i := range permitted {
		want := 5
		if m.changes[version-1].deny[i] || i == forAds && m.european {
			want = 0
		}
		if permitted[i] != want {
			c.fail("C5: the receipt of %s, version %d, permits %d categories for purpose %d, want %d", member, version, permitted[i], i, want)
		}
	}
	p.receipts[offset] = true
	for p.receipts[p.receipt] {
		delete(p.receipts, p.receipt)
		p.receipt++
	}
	c.receipts++
	return nil
}

func appendLong(b []byte, n int64) []byte { return binary.AppendUvarint(b, uint64(n<<1^n>>63)) }

func appendText(b []byte, s string) []byte { return append(appendLong(b, int64(len(s))), s...) }

// avroReader reads Avro binary. Once bad it only gives zeros.
type avroReader struct {
	b   []byte
	bad bool
}

func (r *avroReader) long() int64 {
	u, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return int64(u>>1) ^ -int64(u&1)
}

func (r *avroReader) skip(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *avroReader) bytes() []byte { return r.skip(int(r.long())) }

func (r *avroReader) text() string { return string(r.bytes()) }

// list reads an array's or a map's blocks.
func (r *avroReader) list(item func()) {
	for n := r.long(); n != 0 && !r.bad; n = r.long() {
		if n < 0 {
			n = -n
			r.long()
		}
		for range n {
			if item(); r.bad {
				return
			}
		}
	}
}
