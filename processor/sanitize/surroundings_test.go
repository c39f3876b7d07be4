package sanitize

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// surroundings are what a value stands in, at `{}`: sentences, quotes and brackets of several scripts, markup, and lists and texts as
// programs write them.
var surroundings = []string{
	"{}", "is {}", "is {}.", "{}!", "{}?", "{}…", "{}...", "{}:", "{}-", "{}--", "({})", "[{}]", `"{}"`, "'{}'", "<{}>", "„{}“", "«{}»", "“{}”", "‚{}‘", "it's {}'s",
	"- {}", "-{}", "—{}—", "–{}–", "•{}", "·{}", "→{}", "🎉{}🎉", "地址{}是", "は{}です", "电话：{}。", "【{}】", "（{}）", "ไทย{}ไทย", "العربية{}العربية", "हिन्दी{}हिन्दी",
	"\u00a0{}\u00a0", "\u200b{}\u200b", "\ufeff{}", "\t{}\t", "a\n{}\nb", "*{}*", "**{}**", "_{}_", "__{}__", "`{}`", "~{}~", "#{}", "/{}", `\{}`, `{}\`, "[v]({})",
	"<b>{}</b>", "<td>{}</td>", `<a href="{}">`, "{}<br>", ">{}", "&nbsp;{}&nbsp;", "&quot;{}&quot;", "%20{}%20", "v={}", "v={}&w=1", "v: {}", "v:{}", `{"v":"{}"}`, `\"{}\"`,
	`\n{}\n`, `a\t{}\tb`, `\r\n{}\r\n`, "a,{},b", "a;{};b", "a|{}|b", "{},{}", "{};{}", "{} {}", "{}\n{}", "{} / {}",
}

// TestInTheirSurroundings puts values of each type that need no word into each: nothing of them may stay.
func TestInTheirSurroundings(t *testing.T) {
	s := New(detect.All).NewScanner()
	for _, c := range []struct{ country, value string }{
		{"", "4111111111111111"}, {"", "4111 1111 1111 1111"}, {"", "5555-5555-5555-4444"}, {"", "3782 822463 10005"},
		{"", "DE89370400440532013000"}, {"", "DE89 3704 0044 0532 0130 00"}, {"", "GB29 NWBK 6016 1331 9268 19"},
		{"", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{"", "anna.schmidt@example.com"}, {"", "o.neil+tag@sub.example.co.uk"},
		{"", "+49 30 90182017"}, {"", "+1 (212) 555-0123"}, {"", "+442071838750"}, {"", "(212) 555-0123"}, {"US", "212-555-0123"},
		{"", "192.168.10.17"}, {"", "2001:db8::8a2e:370:7334"}, {"", "fe80::1"}, {"", "00:1a:2b:3c:4d:5e"}, {"", "00-1A-2B-3C-4D-5E"}, {"", "001a.2b3c.4d5e"},
		{"PH", "0917 123 4567"}, {"", "219-09-9999"}, {"BR", "012.345.678-90"}, {"BE", "93.05.18-223.61"},
		{"", "gh" + "p_16C7e42F292c6912E7710c838347Ae178B17"}, {"", "AK" + "IAIOSFODNN7EXAMPLF"},
		{"", "https://www.linkedin.com/in/anna-17/"},
	} {
		for _, around := range surroundings {
			text := strings.ReplaceAll(around, "{}", c.value)
			findings := s.Find([]byte(text), c.country)
			for at := strings.Index(text, c.value); at >= 0; {
				end := at + len(c.value)
				for _, f := range findings {
					if f.Start <= at && at < f.End {
						at = f.End
					}
				}
				if at < end {
					t.Errorf("%q: %q is left", text, text[at:end])
					break
				}
				next := strings.Index(text[end:], c.value)
				if at = end + next; next < 0 {
					break
				}
			}
		}
	}
}
