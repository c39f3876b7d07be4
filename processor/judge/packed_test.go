package judge

import (
	"math/rand/v2"
	"testing"

	"github.com/sluice-stream/sluice/processor/policy"
)

// A member comes out of its packed form as it went in, under a policy of any number of
// purposes, and takes as many bytes as a cache was made for.
func TestPacked(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for purposes := range MaxPurposes + 1 {
		j := &Judge{purposes: make([]purpose, purposes)}
		var got Member
		for range 1000 {
			want := Member{
				Denied: policy.SettingSet(random.Uint64()), Allowed: policy.SettingSet(random.Uint64()),
				KnownFromMicros: int64(random.Uint64()), SettledMicros: int64(random.Uint64()),
				country: [2]byte{byte(random.Uint32()), byte(random.Uint32())}, flags: memberFlags(random.Uint32()),
			}
			for i := range purposes {
				p := &want.purposes[i]
				for k := range p.subject {
					p.subject[k] = byte(random.Uint32())
				}
				p.home = int32(random.Uint32())
			}
			packed := j.AppendPacked(nil, &want)
			if len(packed) != j.PackedBytes() {
				t.Fatalf("%d bytes of %d", len(packed), j.PackedBytes())
			}
			if j.Unpack(&got, packed); got != want {
				t.Fatalf("%+v came back as %+v", want, got)
			}
		}
	}
}
