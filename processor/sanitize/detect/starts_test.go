package detect

import (
	"slices"
	"strings"
	"testing"
)

// TestStarts compares the sets with what they are said to be, byte by byte.
func TestStarts(t *testing.T) {
	long := strings.Repeat("the key_id, ключ 12-ab «où» 密码是abc ", 9)
	for n := range len(long) {
		b := []byte(long[:n])
		var letters, all []int
		for i, c := range b {
			behind := i > 0 && IsLetter(b[i-1])
			letter := IsLetter(c) && !behind || c >= 0xC0
			if letter {
				letters = append(letters, i)
			}
			if letter || c > ' ' && c < 0x80 && !IsLetter(c) && !behind {
				all = append(all, i)
			}
		}
		var v View
		v.Reset(b, "")
		v.Lower()
		v.starts.readOthers(v.lower)
		for _, c := range []struct {
			all  bool
			want []int
		}{{false, letters}, {true, all}} {
			var up, down []int
			for i := v.starts.next(0, n, c.all); i >= 0; i = v.starts.next(i+1, n, c.all) {
				up = append(up, i)
			}
			for i := v.starts.last(0, n-1, c.all); i >= 0; i = v.starts.last(0, i-1, c.all) {
				down = append(down, i)
			}
			slices.Reverse(down)
			if !slices.Equal(up, c.want) || !slices.Equal(down, c.want) {
				t.Fatalf("%q: up %v, down %v; want %v", b, up, down, c.want)
			}
			// Within bounds only.
			for low := 0; low < n; low += 7 {
				for high := low; high < n; high += 13 {
					k, _ := slices.BinarySearch(c.want, low)
					if got := v.starts.next(low, high, c.all); got >= 0 != (k < len(c.want) && c.want[k] < high) || got >= 0 && got != c.want[k] {
						t.Fatalf("%q: next in [%d,%d) is %d", b, low, high, got)
					}
					k, found := slices.BinarySearch(c.want, high)
					if !found {
						k--
					}
					if got := v.starts.last(low, high, c.all); got >= 0 != (k >= 0 && c.want[k] >= low) || got >= 0 && got != c.want[k] {
						t.Fatalf("%q: last in [%d,%d] is %d", b, low, high, got)
					}
				}
			}
		}
	}
}
