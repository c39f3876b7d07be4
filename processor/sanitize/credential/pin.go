package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// pinNames are what a number that opens something is called: of cards, telephones and
// doors, and those that are sent to confirm. Sources: banks' and mobile operators' help
// pages in these languages.
var pinNames = []string{
	"pin code", "pin-code", "pincode", "pin number", "my pin", "your pin", "pin is", "door code", "alarm code", "code for the alarm", "gate code", "garage code", "lock code", "code for the door", "code for the gate", "code for the safe", "code to the safe", "lockbox code", "keypad code", "entry code", "access code", "backup code", "recovery code", "unlock code", "confirmation code", "otp code", "your otp", "login code", "sms code", "2fa code", "2fa backup",
	"sim pin", "card pin", "code at the gate", "use code", "puk code", "puk: ", "puk ist", " puk ", "safe combination", "lock combination", "combination is", "combination:", "door pin", "entry pin", "voicemail pin",
	"türcode", "tür-code", "code für die tür", "code fürs tor", "haustürcode", "tan lautet", "tan: ", "mtan", "digicode", "code de la porte", "code du portail", "code de l'immeuble", "code de l'alarme", "código de la puerta", "código del portal", "código de la alarma",
	"código do portão", "código da porta", "código do alarme", "codice del cancello", "codice del portone", "codice dell'allarme", "deurcode", "poortcode", "portkod", "dörrkod", "dørkode", "ovikoodi", "kod do drzwi", "kod do domofonu", "kod do bramy", "kod weryfikacyjny", "kód od dveří", "kód od brány", "kód k alarmu",
	"kapukód", "codul de la interfon", "codul interfonului", "codul de verificare", "код от подъезда", "код подъезда", "код домофона", "код от домофона", "код от двери", "код від під'їзду", "код домофону", "kapı kodu", "kapı şifresi", "הקוד לדלת", "הקוד לשער", "קוד האימות", "קוד האינטרקום", "الرقم السري", "رمز الباب", "رمز کارت", "کد تایید", "کد تأیید", "رمز در",
	"otp ", "otp है", "ओटीपी", "门禁密码", "門禁密碼", "门锁密码", "暗証番号", "현관 비번", "현관 비밀번호", "mã cửa", "kode pintu",
	"pin lautet", "pin ist", "pin-nummer", "geheimzahl", "geheimnummer", "zugangscode", "bestätigungscode",
	"code pin", "mon pin", "code confidentiel", "code de vérification", "code d'accès", "mi pin", "tu pin", "código pin", "codigo pin", "clave pin", "número secreto", "código de verificación",
	"código de acceso", "meu pin", "código de acesso", "codigo de acesso", "código de verificação", "mio pin", "codice pin", "il pin", "codice di verifica", "codice di accesso", "codul pin", "cod pin", "pin este",
	"codi pin", "mijn pin", "toegangscode", "verificatiecode", "min pin", "pinkod", "pin-kod", "pin kod", "kodu pin", "adgangskod", "adgangskode", "tilgangskode", "åtkomstkod", "pääsykoodi", "tunnusluku", "tunnuslukuni",
	"pin-koodi", "pinkoodi", "pin-kood", "pin kood", "kod pin", "mój pin", "moj pin", "můj pin", "pin je ", "pin kód", "pin-kód", "pinkód", "přístupový kód", "prístupový kód", "pristupni kod", "kod dostępu", "ověřovací kód", "doğrulama kodu",
	"erişim kodu", "hozzáférési kód", "mã pin", "mã otp", "mã xác nhận", "pin saya", "pin atm", "kode pin", "kode otp", "kode akses", "nomor pin", "kod akses", "pin yangu", "pin ko ",
	"το pin", "pin μου", "pin είναι", "κωδικός pin", "пин-код", "пин код", "пинкод", "мой пин", "пін-код", "пін код", "пинът", "код доступа", "код доступу", "код подтверждения", "код підтвердження", "секретный код", "секретний код",
	"الرمز السري", "رمز التحقق", "رقم سري", "رمز التأكيد", "رمز دوم", "رمز پویا", "קוד סודי", "קוד אימות", "קוד כניסה", "पिन ", "पिन:", "पिन है", "पिन नंबर", "পিন ", "পিন নম্বর", "پن کوڈ",
	"รหัส pin", "รหัสพิน", "รหัส otp", "รหัสเอทีเอ็ม", "pin码", "验证码", "驗證碼", "校验码", "取件码", "pinは", "pinコード", "確認コード", "認証コード", "핀번호", "인증번호", "인증 번호", "확인 코드", "보안 코드", "pin은", "pin번호",
}

const (
	// pinBytes is how far behind its name a number is looked for, pinWords how many words may
	// stand between.
	pinBytes = 48
	pinWords = 3
	// Digits of a number, which may be in two groups.
	minPIN, maxPIN = 4, 8
)

// pin finds the number that the name at v.Pos leads to: at once, over a word, or over a few
// of which the last is a copula, or with a sign.
func pin(v *detect.View) (detect.Hit, bool) {
	b := v.B
	if v.Pos > 0 && detect.IsWord(b[v.Pos]) && detect.IsLetter(b[v.Pos-1]) {
		return detect.None()
	}
	v.Spend(80)
	i := v.End
	if i < len(b) && b[i-1] != ' ' && !detect.IsDigit(b[i]) {
		i = nameEnd(b, i) // pinkoden, ПИН-кодът
	}
	told, words := b[v.End-1] == ':', 0
	for limit := min(len(b), i+pinBytes); i < limit; {
		c := b[i]
		switch {
		case detect.IsDigit(c):
			end, n := pinEnd(b, i)
			if n < minPIN || n > maxPIN || !told && (words > 1 || words == 1 && year(b[i:end])) || !detect.EndsWord(b, end) {
				return detect.None()
			}
			return detect.Hit{Type: detect.Credential, Start: i, End: moreDigits(v, end, n)}, true
		case c == ':' || c == '=':
			told = true
			i++
		case c == '.' || c == '!' || c == '?' || c == ';' || c == '\n' || c == '[' || c == '/':
			return detect.None()
		case c == 0xE2 && i+2 < len(b) && b[i+1] == 0x80, c == 0xE3 && i+2 < len(b) && b[i+1] == 0x80, c == 0xEF && i+2 < len(b) && b[i+1] == 0xBC:
			told = told || c == 0xEF // a full-width colon
			i += 3                   // dashes, quotation marks, full-width punctuation
		case detect.IsLetter(c) || c >= 0x80:
			at := i
			for i < limit && (detect.IsLetter(b[i]) || b[i] >= 0x80 && (i == at || b[i] != 0xE3 && b[i] != 0xEF)) {
				i++
			}
			v.Spend(40 + 2*(i-at))
			told = copulas.has(b[at:i]) || everyday.has(b[at:i])
			if words++; words > pinWords {
				return detect.None()
			}
		default:
			i++
		}
	}
	return detect.None()
}

// pinCapitals are the names that count in capitals alone.
var pinCapitals = []string{"pin ", "tan "}

// capitals finds the number right behind PIN or TAN, which in small letters are everyday words: the four digits of the one, the six of
// the other. India's PIN code of six is a postal one.
func capitals(v *detect.View) (detect.Hit, bool) {
	b := v.B
	most := 0
	switch string(b[v.Pos:v.End]) {
	case "PIN ":
		most = 4
	case "TAN ":
		most = 6
	default:
		return detect.None()
	}
	end, n := pinEnd(b, v.End)
	if v.Pos > 0 && detect.IsWord(b[v.Pos-1]) || n != most || end-v.End != most || year(b[v.End:end]) || !detect.EndsWord(b, end) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: v.End, End: end}, true
}

// moreDigits is the end of the last of several codes of n digits that are told together, behind the first, which ends at stop.
func moreDigits(v *detect.View, stop, n int) int {
	return together(v, stop, func(i int) (int, bool) {
		end, digits := pinEnd(v.B, i)
		return end, digits == n && detect.EndsWord(v.B, end)
	})
}

// codeTails stand behind a code that was sent to confirm: 123456 is your verification code.
var codeTails = []string{"is your verification", "is your whatsapp", "is your google", "is your otp", "is your login", "is your security code", "is your code", "is your one-time", "is your one time", "is your confirmation", "is your 2fa",
	"is your facebook", "is your instagram", "is your microsoft", "is your amazon", "is your telegram", "is your authentication", "is your activation", "ist ihr code", "ist dein code", "ist ihr bestätigungscode", "ist dein bestätigungscode", "est votre code", "est ton code",
	"es tu código", "es su código", "é o seu código", "é seu código", "è il tuo codice", "to twój kod", "— ваш код", "- ваш код", "是您的验证码", "是你的验证码"}

// sent finds the code before the words at v.Pos.
func sent(v *detect.View) (detect.Hit, bool) {
	b, end := v.B, v.Pos
	for end > 0 && v.Pos-end < 3 && (b[end-1] == ' ' || b[end-1] == ':') {
		end--
	}
	start, n := end, 0
	for start > 0 && end-start <= maxPIN && (detect.IsDigit(b[start-1]) || (b[start-1] == '-' || b[start-1] == ' ') && n == 3 && start > 1 && detect.IsDigit(b[start-2])) {
		start--
		if detect.IsDigit(b[start]) {
			n++
		}
	}
	v.Spend(20)
	if n < minPIN || n > maxPIN || !detect.StartsWord(b, start) || start > 1 && (b[start-1] == '.' || b[start-1] == ',') {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
}

// year says whether digits are a year of this century or the last.
func year(b []byte) bool {
	return len(b) == 4 && (b[0] == '1' && b[1] == '9' || b[0] == '2' && b[1] == '0')
}

// pinEnd is the end of the digits at i, in one group or two of the same size, and how many
// there are.
func pinEnd(b []byte, i int) (end, n int) {
	end = run(b, i, maxPIN+1, detect.IsDigit)
	n = end - i
	if end+1 < len(b) && (b[end] == ' ' || b[end] == '-') && detect.IsDigit(b[end+1]) {
		stop := run(b, end+1, maxPIN+1, detect.IsDigit)
		if stop-end-1 == n && n <= minPIN {
			return stop, 2 * n
		}
	}
	if end+1 < len(b) && (b[end] == '.' || b[end] == ',' || b[end] == '-' || b[end] == '/' || b[end] == ':') && detect.IsDigit(b[end+1]) {
		return end, 0 // a date, an amount, a time
	}
	return end, n
}
