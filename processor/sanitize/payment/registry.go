package payment

// ibanRegistry is each country's basic bank account number, as the IBAN registry
// (ISO 13616-2, SWIFT, release 98) writes its structure: lengths with n for
// digits, a for capital letters, c for both. Those after the blank line are in
// use by national banks but not in the registry; those at the end are
// territories whose numbers were also issued under their own code.
const ibanRegistry = `
AD 4n4n12c
AE 3n16n
AL 8n16c
AT 5n11n
AZ 4a20c
BA 3n3n8n2n
BE 3n7n2n
BG 4a4n2n8c
BH 4a14c
BI 5n5n11n2n
BR 8n5n10n1a1c
BY 4c4n16c
CH 5n12c
CR 4n14n
CY 3n5n16c
CZ 4n6n10n
DE 8n10n
DJ 5n5n11n2n
DK 4n9n1n
DO 4c20n
EE 2n2n11n1n
EG 4n4n17n
ES 4n4n1n1n10n
FI 3n11n
FK 2a12n
FO 4n9n1n
FR 5n5n11c2n
GB 4a6n8n
GE 2a16n
GI 4a15c
GL 4n9n1n
GR 3n4n16c
GT 4c20c
HN 4a20n
HR 7n10n
HU 3n4n1n15n1n
IE 4a6n8n
IL 3n3n13n
IQ 4a3n12n
IS 4n2n6n10n
IT 1a5n5n12c
JO 4a4n18c
KW 4a22c
KZ 3n13c
LB 4n20c
LC 4a24c
LI 5n12c
LT 5n11n
LU 3n13c
LV 4a13c
LY 3n3n15n
MC 5n5n11c2n
MD 2c18c
ME 3n13n2n
MK 3n10c2n
MN 4n12n
MR 5n5n11n2n
MT 4a5n18c
MU 4a2n2n12n3n3a
NI 4a20n
NL 4a10n
NO 4n6n1n
OM 3n16c
PK 4a16c
PL 8n16n
PS 4a21c
PT 4n4n11n2n
QA 4a21c
RO 4a16c
RS 3n13n2n
RU 9n5n15c
SA 2n18c
SC 4a2n2n16n3a
SD 2n12n
SE 3n16n1n
SI 5n8n2n
SK 4n6n10n
SM 1a5n5n12c
SO 4n3n12n
ST 4n4n11n2n
SV 4a20n
TL 3n14n2n
TN 2n3n13n2n
TR 5n1n16c
UA 6n19c
VA 3n15n
VG 4a16n
XK 4n10n2n
YE 4a4n18c

AO 21n
BF 2c22n
BJ 2c22n
CF 23n
CG 23n
CI 2c22n
CM 23n
CV 21n
DZ 22n
GA 23n
GQ 23n
GW 2c19n
IR 22n
KM 23n
MA 24n
MG 23n
ML 2c22n
MZ 21n
NE 2c22n
SN 2c22n
TD 23n
TG 2c22n

AX 3n11n
BL 5n5n11c2n
GF 5n5n11c2n
GG 4a6n8n
GP 5n5n11c2n
IM 4a6n8n
JE 4a6n8n
MF 5n5n11c2n
MQ 5n5n11c2n
NC 5n5n11c2n
PF 5n5n11c2n
PM 5n5n11c2n
RE 5n5n11c2n
TF 5n5n11c2n
WF 5n5n11c2n
YT 5n5n11c2n
`

// maxIBAN is the longest number that ISO 13616 allows.
const maxIBAN = 34

// bban is one country's structure: for each place a class of characters.
type bban struct {
	// length counts the whole number; 0 means no such country.
	length  int
	classes [maxIBAN]byte
}

// structures are by country code: (first letter)*26 + second.
var structures = func() (t [26 * 26]bban) {
	for i := 0; i < len(ibanRegistry); {
		if ibanRegistry[i] == '\n' {
			i++
			continue
		}
		s := bban{length: 4, classes: [maxIBAN]byte{'a', 'a', 'n', 'n'}}
		at := countryIndex(ibanRegistry[i], ibanRegistry[i+1])
		for i += 3; ibanRegistry[i] != '\n'; i++ {
			n := 0
			for ; ibanRegistry[i] <= '9'; i++ {
				n = n*10 + int(ibanRegistry[i]-'0')
			}
			for range n {
				s.classes[s.length] = ibanRegistry[i]
				s.length++
			}
		}
		t[at] = s
	}
	return t
}()

func countryIndex(a, b byte) int { return int(a-'A')*26 + int(b-'A') }
