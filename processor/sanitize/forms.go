package sanitize

// Which characters stand for others. Sources: Unicode Character Database
// (categories Nd, Zs, Cf; blocks Halfwidth and Fullwidth Forms, Mathematical
// Alphanumeric Symbols, Enclosed Alphanumerics) and, for look-alikes, Unicode
// Technical Standard 39, confusables.txt.

// twoByteForm is the form of the character that UTF-8 writes as c, d.
func twoByteForm(c, d byte) form {
	switch c {
	case 0xC2:
		switch d {
		case 0xA0:
			return asSpace
		case 0xAD:
			return asNothing
		}
	case 0xCD:
		if d == 0x8F { // combining grapheme joiner
			return asNothing
		}
	case 0xCE, 0xCF, 0xD0, 0xD1, 0xD2, 0xD4, 0xD5:
		if latinOf(rune(c&0x1F)<<6|rune(d&0x3F)) != 0 {
			return lookAlike
		}
	case 0xD8:
		if d == 0x9C { // Arabic letter mark
			return asNothing
		}
	case 0xD9:
		if d >= 0xA0 && d <= 0xA9 {
			return asDigit
		}
	case 0xDB:
		if d >= 0xB0 && d <= 0xB9 {
			return asDigit
		}
	case 0xDF:
		if d >= 0x80 && d <= 0x89 { // N'Ko
			return asDigit
		}
	}
	return asItIs
}

// twoByteForms are those of all of them, by their bits.
var twoByteForms = func() (t [1 << 11]form) {
	for i := range t {
		t[i] = twoByteForm(0xC0|byte(i>>6), 0x80|byte(i&0x3F))
	}
	return t
}()

// wideForm is the form of a character of three or four bytes.
func wideForm(r rune) form {
	switch {
	case r < 0x2000:
		if r >= 0x0966 && r <= 0x1819 {
			if _, ok := digit(r); ok {
				return asDigit
			}
		}
		if r == 0x1680 {
			return asSpace
		}
		return asItIs
	case r < 0x2100:
		switch {
		case r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x2028, r == 0x2029:
			return asSpace
		case r >= 0x2010 && r <= 0x2015:
			return asHyphen
		case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r == 0x20E3:
			return asNothing
		}
		return asItIs
	case r == 0x2212:
		return asHyphen
	case r == 0x3000:
		return asSpace
	case r >= 0xFF01 && r <= 0xFF5E, r >= 0x2460 && r <= 0x2468, r >= 0x24B6 && r <= 0x24EA:
		return asDigit
	case r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF:
		return asNothing
	case r == 0x3002 || r == 0xFF61: // ideographic full stop: a sentence's end, not a dot
		return asItIs
	case r == 0xFE52, r == 0xFE6B: // small stop and at sign
		return asDigit
	case r >= 0x1D400 && r <= 0x1D7FF:
		return asDigit
	case r >= 0xE0000 && r <= 0xE007F: // tags
		return asNothing
	}
	return asItIs
}

// ascii is the ASCII character that a character of form asDigit stands for, 0 if none.
func ascii(r rune) byte {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return byte(r - 0xFF01 + '!')
	case r >= 0x2460 && r <= 0x2468:
		return byte(r - 0x2460 + '1')
	case r == 0x24EA:
		return '0'
	case r == 0xFE52:
		return '.'
	case r == 0xFE6B:
		return '@'
	case r >= 0x24D0 && r <= 0x24E9:
		return byte(r - 0x24D0 + 'a')
	case r >= 0x24B6 && r <= 0x24CF:
		return byte(r - 0x24B6 + 'A')
	case r >= 0x1D7CE && r <= 0x1D7FF:
		return '0' + byte((r-0x1D7CE)%10)
	case r >= 0x1D400 && r <= 0x1D6A3: // thirteen alphabets of 52 letters
		if k := byte((r - 0x1D400) % 52); k < 26 {
			return 'A' + k
		} else {
			return 'a' + k - 26
		}
	}
	if d, ok := digit(r); ok {
		return '0' + d
	}
	return 0
}

// digitZeros are the zeros of the scripts whose ten digits follow each other
// (Unicode category Nd) and that members write numbers in.
var digitZeros = [...]rune{
	0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
	0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810,
}

// digit is the value of a decimal digit of another script.
func digit(r rune) (byte, bool) {
	if r < 0x0660 || r > 0x1819 {
		return 0, false
	}
	for _, zero := range digitZeros {
		if r >= zero && r <= zero+9 {
			return byte(r - zero), true
		}
	}
	return 0, false
}

// latin holds the look-alikes: Greek and Cyrillic (and a few Armenian) letters
// from U+0370 on.
var latin = func() (t [0x0600 - 0x0370]byte) {
	for _, pair := range []string{
		"ΑA", "ΒB", "ΕE", "ΖZ", "ΗH", "ΙI", "ΚK", "ΜM", "ΝN", "ΟO", "ΡP", "ΤT", "ΥY", "ΧX", "οo", "νv", "ρp", "αa", "ιi", "κk", "υu", "ϲc", "ϳj", "ϹC",
		"АA", "ВB", "ЕE", "КK", "МM", "НH", "ОO", "РP", "СC", "ТT", "УY", "ХX", "ЅS", "ІI", "ЈJ",
		"аa", "еe", "оo", "рp", "сc", "уy", "хx", "ѕs", "іi", "јj", "ԁd", "һh", "ԛq", "ԝw", "Ԍg", "ѵv", "к" + "k", "м" + "m", "т" + "t", "н" + "h", "в" + "b", "г" + "r", "п" + "n",
		"օo", "սu", "ոn", "հh",
	} {
		r := []rune(pair)
		t[r[0]-0x0370] = byte(r[1])
	}
	return t
}()

// latinOf is the Latin letter that r looks like, or 0.
func latinOf(r rune) byte {
	if i := int(r) - 0x0370; i >= 0 && i < len(latin) {
		return latin[i]
	}
	return 0
}
