package processor

import (
	"fmt"
	"testing"

	"github.com/sluice-stream/sluice/state"
)

// An overlay has each member of each partition once, as it was left, and none of
// them once it was cleared, whatever it had before.
func TestOverlay(t *testing.T) {
	o := newOverlay()
	id := func(i int) []byte { return fmt.Appendf(nil, "member-%d", i) }
	for round, n := range []int{3, 20 * overlayBlock, 5, 0, 2 * overlayBlock} {
		for i := range n {
			for partition := range int32(2) {
				if o.get(partition, id(i)) != nil {
					t.Fatalf("round %d: member %d of partition %d is there before", round, i, partition)
				}
				m, added := o.add(partition, id(i))
				if !added || m.was != 0 || m.encoded != nil || len(m.consent.AppendBinary(nil)) != len(new(state.Consent).AppendBinary(nil)) {
					t.Fatalf("round %d: member %d of partition %d begins as %+v", round, i, partition, m)
				}
				m.was, m.encoded = uint64(i)+1, id(i)
				m.consent.Apply(&state.Change{EventID: "e", Version: int64(i) + 1, Choices: []state.ChoiceChange{{Setting: "s", Choice: state.Deny}}})
			}
		}
		for i := range n {
			for partition := range int32(2) {
				m, added := o.add(partition, id(i))
				if added || m != o.get(partition, id(i)) || m.partition != partition || m.was != uint64(i)+1 {
					t.Fatalf("round %d: member %d of partition %d is %+v", round, i, partition, m)
				}
			}
		}
		o.clear()
	}
	if len(o.blocks) > 8 {
		t.Errorf("%d blocks are kept for transactions of few members", len(o.blocks))
	}
}
