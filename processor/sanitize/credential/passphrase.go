package credential

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// passphraseNames are what a password of several words is called, after GnuPG's messages in these languages.
var passphraseNames = []string{"passphrase", "pass phrase", "pass-phrase", "phrase de passe", "phrase secrète", "frase contraseña", "frase de contraseña", "frase de contrasena", "frase de paso", "frase-senha", "frase de acesso", "frase di accesso", "wachtwoordzin", "wachtzin",
	"lösenfras", "lösenordsfras", "passfras", "adgangsfrase", "adgangssætning", "salalause", "парольная фраза", "парольную фразу", "кодовая фраза", "парольна фраза", "кодова фраза", "密码短语", "密碼短語", "パスフレーズ", "암호 문구", "패스프레이즈"}

const (
	// A passphrase without quotes has so many words, of at most so many bytes.
	minPhrase, maxPhrase = 3, 12
	phraseWordBytes      = 24
	// phraseOrdinary is how many of them may be words that follow a password's name in ordinary sentences: correct.
	phraseOrdinary = 1
)

// passphrase finds the words that follow the name at v.Pos up to the sentence's end, behind a sign or a copula.
func passphrase(v *detect.View) (detect.Hit, bool) {
	b, i := v.B, nameEnd(v.B, v.End)
	v.Spend(60)
	told := false
	for limit := min(len(b), i+8); i < limit; i++ {
		if c := b[i]; c == ':' || c == '=' {
			told = true
		} else if c != ' ' {
			break
		}
	}
	if !told {
		end := run(b, i, phraseWordBytes, func(c byte) bool { return c > ' ' })
		if !copulaOf(b[v.Pos:v.End], b[i:end]) {
			return detect.None()
		}
		i = spaces(b, end, min(len(b), end+2))
	}
	start, end, count, ordinary := i, i, 0, 0
	for i < len(b) && count < maxPhrase {
		end = run(b, i, phraseWordBytes, func(c byte) bool { return detect.IsWord(c) || c >= 0x80 || c == '-' || c == '\'' })
		v.Spend(2 * (end - i))
		if end == i {
			return detect.None()
		}
		if count++; notValues.has(b[i:end]) || qualities.has(b[i:end]) {
			ordinary++
		}
		if end == len(b) || b[end] != ' ' {
			break
		}
		i = end + 1
	}
	if count < minPhrase || ordinary > phraseOrdinary || !last(b, end) {
		return detect.None()
	}
	return detect.Hit{Type: detect.Credential, Start: start, End: end}, true
}
