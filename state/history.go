package state

// Past is one kept change, for a person to read.
type Past struct {
	// Version is the change's own; 0: the source has no versions.
	Version int64
	// OccurredMicros is when the member acted, AppendedMicros when the record
	// was appended; microseconds since the epoch.
	OccurredMicros, AppendedMicros int64
	// Partition and Offset are where the record was found.
	Partition int32
	Offset    int64

	// What the change says; nil or not named: nothing. An empty Country is an
	// unknown one.
	Country *string
	Minor   *bool
	Account *Account
	Choices []ChoiceChange
}

// History lists the kept changes, from superseded to superseding.
func (c *Consent) History() []Past {
	all := make([]Past, 0, len(c.kept))
	for i := range c.kept {
		k := &c.kept[i]
		p := Past{
			Version: k.version, OccurredMicros: k.occurred, AppendedMicros: k.appended,
			Partition: k.partition, Offset: k.offset,
		}
		for _, s := range k.says {
			switch s.about {
			case aboutCountry:
				code := s.value.country()
				p.Country = &code
			case aboutMinor:
				minor := s.value != 0
				p.Minor = &minor
			case aboutAccount:
				account := Account(s.value)
				p.Account = &account
			default:
				p.Choices = append(p.Choices, ChoiceChange{c.names[s.about-firstSetting], Choice(s.value)})
			}
		}
		all = append(all, p)
	}
	return all
}
