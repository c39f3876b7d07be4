package topics

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// The hashes are those of Kafka's own UtilsTest.
func TestMurmur2(t *testing.T) {
	for key, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string":                       -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
		if got := Murmur2Hash([]byte(key)); got != want&0x7fffffff || got < 0 {
			t.Errorf("Murmur2Hash(%q) = %d", key, got)
		}
		if got := Murmur2Partition([]byte(key), 12); got != (want&0x7fffffff)%12 {
			t.Errorf("Murmur2Partition(%q, 12) = %d", key, got)
		}
	}
}

// A key lies where the client's own partitioner puts it, which is where the
// producers of the inputs do.
func TestMurmur2AgainstClient(t *testing.T) {
	p := kgo.StickyKeyPartitioner(nil).ForTopic("t")
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "key")
		n := rapid.IntRange(1, 1000).Draw(t, "partitions")
		if got, want := Murmur2Partition(key, int32(n)), p.Partition(&kgo.Record{Key: key}, n); int(got) != want {
			t.Fatalf("key %x lies in %d of %d, the client says %d", key, got, n, want)
		}
	})
}

func TestMurmur2DoesNotAllocate(t *testing.T) {
	key := []byte(strings.Repeat("m", 37))
	if got := testing.AllocsPerRun(100, func() { _ = Murmur2Partition(key, 12) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkMurmur2(b *testing.B) {
	key := []byte("member-0123456789")
	for range b.N {
		_ = Murmur2Partition(key, 12)
	}
}
