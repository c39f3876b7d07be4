package sanitize

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// The benchmarks measure one goroutine. What they are to show, on one core of a
// server: plain text at 300 MB/s and 2 million short records a second without an allocation, a
// finding in every record at 60 MB/s, and no hostile text below 20 MB/s, in time that
// grows as the text does. docs/sanitizer.md has the numbers that were measured.

// plainRecords are ordinary posts of about 130 bytes in fourteen languages,
// nothing in them to be found.
var plainRecords = []string{
	"We spent the whole weekend rebuilding the garden shed, and the neighbours came over with cake on Sunday afternoon.",
	"The committee agreed that the old bridge should be repaired before winter, although nobody knows yet who will pay for it.",
	"Am Wochenende haben wir den alten Schuppen neu gebaut, und die Nachbarn kamen am Sonntag mit Kuchen vorbei.",
	"Le comité a décidé que le vieux pont devait être réparé avant l’hiver, mais personne ne sait encore qui paiera.",
	"El comité acordó que el viejo puente debía repararse antes del invierno, aunque nadie sabe todavía quién lo pagará.",
	"O comité concordou que a velha ponte deveria ser reparada antes do inverno, mas ninguém sabe ainda quem vai pagar.",
	"Komitet zgodził się, że stary most powinien zostać naprawiony przed zimą, choć nikt jeszcze nie wie, kto zapłaci.",
	"Komite, eski köprünün kıştan önce onarılması gerektiğine karar verdi, ama kimin ödeyeceğini henüz kimse bilmiyor.",
	"Комитет решил, что старый мост нужно отремонтировать до зимы, хотя пока никто не знает, кто за это заплатит.",
	"اتفقت اللجنة على أن الجسر القديم يجب أن يصلح قبل الشتاء، لكن لا أحد يعرف بعد من سيدفع.",
	"समिति ने तय किया कि पुराने पुल की मरम्मत सर्दियों से पहले होनी चाहिए, पर कोई नहीं जानता कि पैसे कौन देगा।",
	"คณะกรรมการเห็นพ้องกันว่าควรซ่อมสะพานเก่าก่อนฤดูหนาว แต่ยังไม่มีใครรู้ว่าใครจะเป็นคนจ่าย",
	"위원회는 겨울이 오기 전에 낡은 다리를 고쳐야 한다는 데 동의했지만 누가 돈을 낼지는 아직 아무도 모른다.",
	"委员会同意旧桥应该在冬天之前修好，虽然还没有人知道谁来付钱。",
	"委員会は古い橋を冬が来る前に直すべきだと決めたが、誰が払うのかはまだ誰も知らない。",
}

// foundRecords are the posts with a finding in each, of every type but url: 165 records of 172 bytes on average.
func foundRecords() (records []string) {
	found := []string{
		"anna.schmidt17@example.com", "+49 30 90182017", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "192.168.10.17", "password: Tr0ub4dor&17x",
		"gh" + "p_16C7e42F292c6912E7710c838347Ae178B17", "0x52908400098527886E0F7030069857D2E4169EE7", "https://www.linkedin.com/in/anna-17/", "00:1a:2b:3c:4d:5e", "SSN 219-09-9999",
	}
	for i, post := range plainRecords {
		for k := range found {
			records = append(records, post+" "+found[(i+k)%len(found)]+".")
		}
	}
	return records
}

// denseRecords are hardly anything but findings: 71 bytes on average, one or two in each.
func denseRecords() []string {
	return []string{
		"Mail me at anna.schmidt17@example.com or call +49 30 90182017, thanks!",
		"Card 4111 1111 1111 1111, expires 12/29, name on card as usual (17).",
		"Please wire it to DE89 3704 0044 0532 0130 00, reference 17.",
		"ssh root@192.168.10.17 and the password is Tr0ub4dor&17x, change it after login.",
		"token=gh" + "p_16C7e42F292c6912E7710c838347Ae178B17 do not share",
		"Wallet 0x52908400098527886E0F7030069857D2E4169EE7, see https://www.linkedin.com/in/anna-17/",
	}
}

func benchmark(b *testing.B, types Types, records []string) {
	s := New(types).NewScanner()
	texts, size := make([][]byte, len(records)), 0
	for i, r := range records {
		texts[i] = []byte(r)
		size += len(r)
	}
	dst := make([]byte, 0, 4096)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range texts {
			dst, _ = s.Append(dst[:0], t, "")
		}
	}
	b.ReportMetric(float64(len(texts))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrec/s")
}

func BenchmarkPlain(b *testing.B) { benchmark(b, DefaultTypes, plainRecords) }

func BenchmarkFound(b *testing.B) { benchmark(b, detect.All, foundRecords()) }

// TestFoundRecords holds that what BenchmarkFound reads has a finding in every record.
func TestFoundRecords(t *testing.T) {
	s := New(detect.All).NewScanner()
	for _, record := range foundRecords() {
		if findings := s.Find([]byte(record), ""); len(findings) != 1 {
			t.Errorf("%d findings in %q", len(findings), record)
		}
	}
}

func BenchmarkDense(b *testing.B) { benchmark(b, detect.All, denseRecords()) }

// hostileTexts are what made some scanner slow, to be repeated.
func hostileTexts() map[string]string {
	return map[string]string{
		"dots": ".", "digits": "1234567890", "zeros": "0", "spaced digits": "4 1 1 1 ", "digit groups": "4111 1111-", "at signs": "@", "addresses": "a@a.", "labels": "a.",
		"schemes": "://", "links": "http://a", "base64": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkr", "hex": "deadbeef0123456789",
		"colons": "ab:12:", "quotes": "\"'", "open quotes": "password: \"'", "letter": "a", "capital": "A", "password": "password ", "password is": "password is the password ",
		"keys": "key=", "blocks": "-----BEGIN PRIVATE" + " KEY-----\n", "jwt": "ey" + "JhbGciOi.", "spaces": " ", "zero width": "1\u200b", "percent": "%40%2", "entities": "&#64;&amp", "brackets": "([{",
		"combining": "e\u0301", "full width": "４１", "Thai": "รหัสผ่าน", "seed words": "abandon ability able about ", "hashes": "$2a$10$", "mixed": "a1 b2 ", "secret": "secret ", "iban": "DE89 ", "basic": "Basic basic ", "curl": "curl -u ", "dashes": "a-1-", "markers": "[credential] ",
		"phones": "+1 ", "slashes": "a1/b2/", "long words": strings.Repeat("abcdefgh", 40) + " ", "equal": "a1=b2&", "dollars": "$a$1$", "colon words": "пароль: ", "密码": "密码是",
		"spaced dashes": "1 - ", "underscores": "__1", "pairs of digits": "12 34 56 ", "dates": "12/29 ", "named numbers": "ID number 12345 ", "schemes and digits": "tel:1", "seed": "seed: ", "options": "--password ",
		"secrets": "secret a1b2 ", "short names": "pw ", "marker keys": "[credential]=", "Arabic digits": "٣٤ ", "groups of hex": "123e4567-e89b-",
		"names in a value": "access-key:", "names and commas": "api-key,", "quotes that stay open": "-key:“", "spelled dots": "12 dot ", "octets": "1=1.2.3.4", "runs in a token": "a112=", "threes": "112 - ", "Han and dots": "是1.", "words that open": "1mnemonic", "ampersands": "&1&",
		// Found by search, on whichever the sanitizer was slowest.
		"key names": "aes_key", "opaque links": "mid:", "wide octets": "1１=1.2.3.4", "pairs and letters": "C00-1A-2B", "prefixes": "swmkey-1-", "spelled at signs": " malpa ", "ledgers": "eos address:", "toll-free": "1 877  ",
		"PIN names and colons": "пін-кодfe80::1الرمز السريluxury", "names and phones": "mb_sK_sk_пароль: 112 - 00:1Aпаролю\"pasI0800-", "names and cards": "advice_ey =12345678900800 пароль:{auth_eyadvice_key =1234567890800 пароль: authuy0808 pelicanoyster",
		"names and a call": "aes_keyaes_keyaes_keyסיסמת(.)", "spelled dots and signs": "12 dot 12 dot enable[arroba]12 dot 12 dot 12 dot ", "names of phrases and PINs": "cụm từ khôi phụcτο pin",
		"names of addresses": "112 34 56 mac адресxwpl_ap1.mac адресID number 12345 ", "addresses in a row": "=121=1.2.3.41=1.2.3.41=1.2.3.4", "tokens that are hashed": "minutecmvmdgtuanxietygather123e4567-e89b-a@a.",
		"names and toll-free": "apikeypass:1-844-1 855 пароль: код підтвердженняglide",
		"phrases and links":   "secret phraselikedin.com/injpass =pass =geo:", "escapes and names": "Fmysql &#64;&ampparola =tr_dev_mã xác nhậnbalcony\"BTC ", "many kinds": "аmid:endr+psswrd確認コードرمز وایp&ss =&aWp;4111 1111-.adresse macsiblingseed:webhookoffie.bom/webhookb2/",
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, piece := range hostileTexts() {
		for _, kib := range []int{16, 256, 1024} {
			b.Run(fmt.Sprintf("%s/%d", name, kib), func(b *testing.B) {
				benchmark(b, detect.All, []string{strings.Repeat(piece, kib<<10/len(piece))})
			})
		}
	}
}

// BenchmarkGrowth doubles each hostile text and fails where that takes more than 2.6
// times as long, by the least of a few times.
func BenchmarkGrowth(b *testing.B) {
	s := New(detect.All).NewScanner()
	var dst []byte
	least := func(text []byte) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			dst, _ = s.Append(dst[:0], text, "")
			best = min(best, time.Since(start))
		}
		return best
	}
	for name, piece := range hostileTexts() {
		b.Run(name, func(b *testing.B) {
			text := []byte(strings.Repeat(piece, 512<<10/len(piece)))
			growth := 0.0
			for range 4 {
				half := least(text[:len(text)/2/len(piece)*len(piece)])
				if growth = float64(least(text)) / float64(half); growth < 2.6 {
					break
				}
			}
			b.ReportMetric(growth, "growth")
			b.ReportMetric(0, "ns/op")
			if growth >= 2.6 {
				b.Errorf("twice the text takes %.1f times as long", growth)
			}
		})
	}
}
