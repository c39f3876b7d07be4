package nationalid

// Bangladesh, India, Sri Lanka, Nepal and Pakistan. Sources: BD Election
// Commission; IN UIDAI (Aadhaar, VID), Income Tax Department (PAN), ECI (EPIC), GST law; LK
// Department for Registration of Persons; NP; PK NADRA, FBR.
var southAsia = []scheme{
	{cc: "BD", name: "NID", kind: identity, forms: "10n|13n|17n", words: "nid|national id|জাতীয় পরিচয়পত্র|এনআইডি", reach: named},
	{cc: "IN", name: "Aadhaar", kind: identity, forms: "12n", words: "aadhaar|aadhar|adhaar|uidai|uid|आधार|ஆதார்|ఆధార్|আধার|ಆಧಾರ್|ആധാർ|આધાર|ਆਧਾਰ", check: inAadhaar, reach: written, layout: "4~4~4"},
	{cc: "IN", name: "VID", kind: identity, forms: "16n", words: "vid|virtual id", check: inVID},
	{cc: "IN", name: "PAN", kind: tax, forms: "5a4n1a", words: "pan|pan card|permanent account number|पैन", check: inPAN, reach: anywhere},
	{cc: "IN", name: "EPIC", kind: identity, forms: "3a7n", words: "epic|voter id|voter|voter card|election card|मतदाता", check: inEPIC},
	{cc: "IN", name: "GSTIN", kind: tax | business, forms: "2n5a4n1a1cZ1c", words: "gstin|gst", check: inGSTIN, reach: anywhere},
	{cc: "LK", name: "NIC", kind: identity, forms: "9n1a|12n", words: "nic|national identity card|ජාතික හැඳුනුම්පත", check: lkNIC},
	{cc: "NP", name: "नागरिकता", kind: identity, forms: "8n|9n|10n|11n|12n|14n", words: "नागरिकता|citizenship number|citizenship no", reach: named},
	{cc: "PK", name: "CNIC", kind: identity | tax, forms: "13n", words: "cnic|nicop|شناختی کارڈ|nadra", check: pkCNIC, layout: "5-7-1"},
	{cc: "PK", name: "NTN", kind: tax, forms: "7n1c", words: "ntn", reach: named},
}

func inAadhaar(s []byte) bool { return s[0] >= '2' && verhoeff(s) && !palindrome(s) }

func inVID(s []byte) bool { return s[0] >= '2' && verhoeff(s) && !palindrome(s) }

func palindrome(s []byte) bool {
	for i := range len(s) / 2 {
		if s[i] != s[len(s)-1-i] {
			return false
		}
	}
	return true
}

// inPAN: the fourth letter is the kind of holder.
func inPAN(s []byte) bool { return oneOf(s[3], "ABCEFGHJKLPT") && number(s[5:9]) > 0 }

func inEPIC(s []byte) bool { return luhn(s[3:]) }

// inGSTIN: a state, a PAN, an entity, Z, and a character by 36.
func inGSTIN(s []byte) bool {
	sum := 0
	for i, c := range s[:14] {
		v := value(c) * (i%2 + 1)
		sum += v/36 + v%36
	}
	state := number(s[:2])
	return (state >= 1 && state <= 38 || state == 97 || state == 99) && inPAN(s[2:12]) && (36-sum%36)%36 == value(s[14])
}

// lkNIC: a year, the day of the year (500 more for women), a serial number; V or
// X for the right to vote until 2016.
func lkNIC(s []byte) bool {
	d := 0
	if len(s) == 10 {
		if s[9] != 'V' && s[9] != 'X' {
			return false
		}
		d = number(s[2:5])
	} else {
		if y := number(s[:4]); y < 1900 || y > 2099 {
			return false
		}
		d = number(s[4:7])
	}
	return d%500 >= 1 && d%500 <= 366 && d < 867
}

// pkCNIC: a province (1 to 7), and the sex as the last digit.
func pkCNIC(s []byte) bool { return s[0] >= '1' && s[0] <= '7' && s[12] != '0' && !same(s) }
