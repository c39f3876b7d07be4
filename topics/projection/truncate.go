package projection

import "math"

// Unit is what a time is truncated to, in UTC.
type Unit uint8

// Units, from fine to coarse.
const (
	Second Unit = iota
	Minute
	Hour
	Day
)

// seconds in each unit.
var seconds = [...]int64{1, 60, 3600, 86400}

// Truncate is an instant in microseconds, truncated towards minus infinity.
func Truncate(micros int64, u Unit) int64 { return truncate(micros, seconds[u]*1e6) }

// truncate rounds down to a multiple of step; where that lies before the first
// instant there is, up to the first multiple.
func truncate(v, step int64) int64 {
	rest := v % step
	if rest < 0 {
		rest += step
	}
	if v < math.MinInt64+rest {
		return v + (step - rest)
	}
	return v - rest
}
