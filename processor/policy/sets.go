package policy

import "math/bits"

// MaxCategories and MaxSettings bound a policy: sets of them are one word.
const (
	MaxCategories = 64
	MaxSettings   = 64
)

// Category is the index of a category in Policy.Categories.
type Category uint8

// CategorySet is a set of categories, one bit each.
type CategorySet uint64

// Has says whether c is in the set.
func (s CategorySet) Has(c Category) bool { return s>>c&1 != 0 }

// With is the set and c.
func (s CategorySet) With(c Category) CategorySet { return s | 1<<c }

// Len is how many categories are in the set.
func (s CategorySet) Len() int { return bits.OnesCount64(uint64(s)) }

// Setting is the index of a setting in Policy.SettingNames.
type Setting uint8

// SettingSet is a set of settings, one bit each.
type SettingSet uint64

// Has says whether x is in the set.
func (s SettingSet) Has(x Setting) bool { return s>>x&1 != 0 }
