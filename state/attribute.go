package state

// attribute is what a value is about: the country, minority, the account, or
// from firstSetting on a setting by its index in Consent.names.
type attribute uint16

const (
	aboutCountry attribute = iota
	aboutMinor
	aboutAccount
	firstSetting
)

// value is an attribute's value: the two letters of a country (0: unknown), 1
// for a minor, an Account, a Choice.
type value uint16

const unknownCountry value = 0

// countryValue keeps a country's code. Anything but two upper-case letters is
// an unknown country, which no rule knows.
func countryValue(code string) value {
	if len(code) != 2 || code[0]-'A' > 25 || code[1]-'A' > 25 {
		return unknownCountry
	}
	return value(code[0])<<8 | value(code[1])
}

// countryCodes has every code, so that a value becomes one without an
// allocation.
var countryCodes = func() (codes [26 * 26]string) {
	for i := range codes {
		codes[i] = string([]byte{'A' + byte(i/26), 'A' + byte(i%26)})
	}
	return codes
}()

// country is the code of a country's value; empty: unknown.
func (v value) country() string {
	if v == unknownCountry {
		return ""
	}
	return countryCodes[int(v>>8-'A')*26+int(v&0xff-'A')]
}

// valid says whether v can be a value of the attribute.
func (v value) valid(a attribute) bool {
	switch a {
	case aboutCountry:
		return v == unknownCountry || v>>8-'A' <= 25 && v&0xff-'A' <= 25
	case aboutMinor:
		return v <= 1
	case aboutAccount:
		return v <= value(AccountErased)
	}
	return v <= value(Deny)
}

// denies says whether v forbids by itself. A country's rules are the policy's
// to know.
func (v value) denies(a attribute) bool {
	switch a {
	case aboutCountry:
		return false
	case aboutMinor, aboutAccount:
		return v != 0
	}
	return Choice(v) == Deny
}

// lingers says whether v holds on at the two ends of its time, where clocks may
// err: denials do, and countries, of which any may be the stricter one.
func (v value) lingers(a attribute) bool { return a == aboutCountry || v.denies(a) }

// resolve is what two values of equal standing amount to: the more restrictive
// one; of two different countries neither.
func resolve(a attribute, v, w value) value {
	switch {
	case a == aboutCountry:
		if v != w {
			return unknownCountry
		}
		return v
	case a < firstSetting:
		return max(v, w)
	}
	if (restriction(Choice(v)) >= restriction(Choice(w))) != mutant("ties allow") {
		return v
	}
	return w
}

// restriction orders choices: DENY, UNSPECIFIED, ALLOW.
func restriction(c Choice) int {
	switch c {
	case Deny:
		return 2
	case Unspecified:
		return 1
	}
	return 0
}
