package network_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-stream/sluice/processor/sanitize"
	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// only is a scanner of some types, beside those that are always on.
func only(t testing.TB, types ...string) *sanitize.Scanner {
	set, err := sanitize.ParseTypes(types)
	if err != nil {
		t.Fatal(err)
	}
	return sanitize.New(set).NewScanner()
}

// check compares the findings of a text with those marked in it: ⟦value⟧.
func check(t *testing.T, s *sanitize.Scanner, typ detect.Type, marked string) {
	t.Helper()
	plain := strings.NewReplacer("⟦", "", "⟧", "").Replace(marked)
	var got strings.Builder
	at := 0
	for _, f := range s.Find([]byte(plain), "") {
		if f.Type != typ {
			t.Errorf("%s: %s at %d", plain, f.Type, f.Start)
		}
		fmt.Fprintf(&got, "%s⟦%s⟧", plain[at:f.Start], plain[f.Start:f.End])
		at = f.End
	}
	got.WriteString(plain[at:])
	if got.String() != marked {
		t.Errorf("got  %s\nwant %s", got.String(), marked)
	}
}

func TestIP(t *testing.T) {
	s := only(t, "ip")
	for _, marked := range []string{
		// IPv4 and where it ends.
		"⟦192.0.2.1⟧", "at ⟦198.51.100.7⟧, then", "ends with ⟦203.0.113.9⟧.", "(⟦10.0.0.1⟧)", "⟦192.0.2.1⟧:8080/x", "https://⟦192.0.2.1⟧/",
		"⟦10.0.0.0/8⟧", "⟦0.0.0.0/0⟧", "⟦192.0.2.1⟧/33", "⟦192.0.2.1⟧/index.html", "⟦10.0.0.1⟧-⟦10.0.0.9⟧", "⟦192.0.2.1⟧@eth0",
		"我的地址是⟦192.0.2.1⟧。", "⟦255.255.255.255⟧ ⟦0.0.0.0⟧",
		"256.0.0.1", "192.0.2", "192.0.2.1.5", "1.2.3.04", "1.2.3.4.5.6.7.8", "x192.0.2.1", "192.0.2.1x", "300.1.2.3", "a-1.2.3.4-b",
		// Versions and sections.
		"version 1.2.3.4", "v1.2.3.4", "V 1.2.3.4", "Version: 10.0.19.1", "firmware 2.0.4.1", "версия 4.5.6.7", "版本 1.2.3.4", "see section 4.1.2.3",
		"version 2 of the server ⟦192.0.2.1⟧", "version 7, address ⟦192.0.2.1⟧",
		// IPv6, RFC 4291 section 2.2 and RFC 5952.
		"⟦2001:db8:0:0:8:800:200c:417a⟧", "⟦2001:DB8::8:800:200C:417A⟧", "⟦ff01::101⟧", "⟦::1⟧", "⟦::13.1.68.3⟧", "⟦::ffff:129.144.52.38⟧",
		"⟦0:0:0:0:0:ffff:129.144.52.38⟧", "⟦2001:db8::/32⟧", "⟦::/0⟧", "⟦fe80::1%eth0⟧", "⟦fe80::1%eth0/64⟧", "[⟦2001:db8::1⟧]:80", "addr:⟦fe80::1⟧",
		"ip=⟦fe80::7⟧.", "⟦2001:db8::1⟧: up", "the address ⟦::⟧", "⟦64:ff9b::192.0.2.33⟧", "⟦1:2:3:4:5:6:7::⟧", "⟦::2:3:4:5:6:7:8⟧", "⟦2001:db8::a.⟧"[:len("⟦2001:db8::a")] + "⟧.",
		"12:30:45", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "2001::25de::cade", "::ffff:256.0.0.1", "::ffff:192.168.1", "12345::1", "std::vector", "Foo::Bar::baz", "say a::b here", "MyClass::add", "x2001:db8::1", "x :: y",
	} {
		check(t, s, detect.IP, marked)
	}
}

// Every spelling of every address is found whole, as net/netip reads it.
func TestIPProperty(t *testing.T) {
	s := only(t, "ip")
	rapid.Check(t, func(t *rapid.T) {
		var a netip.Addr
		if rapid.Bool().Draw(t, "four") {
			a = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "b")))
		} else {
			// Groups of zero are common, so that some are elided.
			var b [16]byte
			for i := range 8 {
				if rapid.Bool().Draw(t, "zero") {
					continue
				}
				b[2*i], b[2*i+1] = rapid.Byte().Draw(t, "hi"), rapid.Byte().Draw(t, "lo")
			}
			a = netip.AddrFrom16(b)
		}
		spelling := a.String()
		switch rapid.IntRange(0, 2).Draw(t, "form") {
		case 1:
			spelling = a.StringExpanded()
		case 2:
			spelling = strings.ToUpper(spelling)
		}
		text := "the address is " + spelling + ", I think"
		// EUI-64 has the form of some addresses.
		for _, f := range s.Find([]byte(text), "") {
			if text[f.Start:f.End] == spelling && f.Type == detect.IP {
				return
			}
		}
		t.Fatalf("missed %s", spelling)
	})
}

// What is found alone is an address to net/netip.
func FuzzIP(f *testing.F) {
	for _, seed := range []string{"::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1.2.3.4", "fe80::1%lo", "1::2::3", "01.2.3.4", "::1.2.3.4:5"} {
		f.Add(seed)
	}
	s := only(f, "ip")
	f.Fuzz(func(t *testing.T, text string) {
		for _, x := range s.Find([]byte(text), "") {
			got := text[x.Start:x.End]
			if x.Type != detect.IP || strings.ContainsFunc(got, func(r rune) bool { return r >= 0x80 }) {
				continue // in forms that netip does not read
			}
			got, _, _ = strings.Cut(got, "/")
			if zone := strings.IndexByte(got, '%'); zone >= 0 {
				got = got[:zone]
			}
			if _, err := netip.ParseAddr(got); err != nil && !strings.ContainsAny(text, "&%\u00ad\u200b") && len(s.Find([]byte(got), "")) != 1 {
				t.Fatalf("%q in %q: %v", got, text, err)
			}
		}
	})
}

func TestMAC(t *testing.T) {
	s := only(t, "mac")
	for _, marked := range []string{
		"⟦00:1A:2B:3C:4D:5E⟧", "mac:⟦00:1a:2b:3c:4d:5e⟧.", "⟦01:23:45:67:89:ab⟧ is it", "the mac is ⟦00-1A-2B-3C-4D-5E⟧", "MAC address ⟦AA-BB-CC-DD-EE-FF⟧",
		"⟦0012.3456.789a⟧", "⟦0012.3456.789a.bcde⟧", "⟦00:1a:2b:ff:fe:3c:4d:5e⟧", "ether ⟦0:1a:2b:3c:4d:5e⟧", "MAC: ⟦01 02 03 04 05 ab⟧", "⟦12-34-56-78-9a-bc⟧",
		"00:1A:2B:3C:4D", "00:1A:2B:3C:4D:5G", "00:1A:2B:3C:4D:5E:6F", "12:30:45", "00-1A-2B-3C-4D", "1234.5678.9012", "1:2:3:4:5:6", "a12.34567.789a",
	} {
		check(t, s, detect.MAC, marked)
	}
}

func TestLinks(t *testing.T) {
	s := only(t, "url")
	for _, marked := range []string{
		"see ⟦http://example.com⟧.", "(⟦https://example.com/a_(b)⟧)", "<⟦https://example.com/?q=1#f⟧>", "\"⟦https://example.com/x⟧\"", "⟦HTTPS://EXAMPLE.COM/⟧",
		"⟦ftp://files.example.org:21/a/b.txt⟧, or", "⟦http://[2001:db8::1]:80/index.html⟧", "⟦http://192.0.2.1/x⟧!", "⟦file:///etc/hosts⟧", "⟦http://localhost:8080/⟧",
		"⟦example.com⟧", "⟦example.com⟧😀", "⟦Example.Com⟧", "⟦http://☺.example.com/⟧", "go to ⟦example.co.uk/path?x=1⟧...", "⟦www.example.com⟧?", "⟦münchen.de/straße⟧", "⟦http://中国.中国/路径⟧", "⟦https://ru.wikipedia.org/wiki/Россия⟧",
		"見て⟦example.com⟧を", "⟦https://example.com/abc⟧を見て", "⟦http://example.com⟧だよね", "⟦//example.com/x⟧"[:len("⟦")] + "//example.com/x⟧",
		"⟦http://a.example/?u=http://b.example/x⟧", "⟦192.0.2.1:8080/path⟧", "⟦mailto:anna@example.com⟧", "**⟦https://example.com/x⟧**", "{⟦https://example.com/{id}⟧}",
		"⟦https://example.com/%7Eanna⟧", "⟦matrix:r/room:example.org⟧", "url=⟦example.com/x⟧",
		"http://", "http:// example", "://", "a.b.c", "file.html", "e.g. this", "I went home.In the", "3.14", "main.go:12", "1.2.3", "person.name(x)", "$ex.com", "#ex.com", "...com", "node.js",
	} {
		marked = strings.Replace(marked, "⟦//", "//⟦", 1)
		check(t, s, detect.URL, marked)
	}
	// An address is no link.
	for _, text := range []string{"anna.smith@example.com", "john.doe.info@mail.example.com"} {
		check(t, s, detect.URL, text)
	}
}

func TestProfileLinks(t *testing.T) {
	s := only(t, "profile_url")
	for _, marked := range []string{
		"⟦https://www.linkedin.com/in/anna-müller-12345/⟧", "⟦linkedin.com/in/anna⟧", "⟦https://de.linkedin.com/pub/anna/1/2/3⟧,", "⟦https://www.linkedin.com/profile/view?id=123⟧",
		"⟦https://www.facebook.com/anna.smith⟧", "⟦https://m.facebook.com/profile.php?id=1000⟧", "⟦x.com/anna⟧", "⟦https://twitter.com/anna/status/1⟧", "⟦https://twitter.com/#!/anna⟧",
		"⟦instagram.com/anna_s⟧", "⟦https://github.com/anna⟧", "⟦https://github.com/anna/⟧", "⟦https://www.xing.com/profile/Anna_Smith⟧", "⟦https://www.tiktok.com/@anna⟧",
		"⟦youtube.com/@anna⟧", "⟦https://mastodon.social/@anna⟧", "⟦https://vk.com/id12345⟧", "⟦https://weibo.com/u/12345⟧", "⟦t.me/anna_s⟧", "⟦https://anna.tumblr.com/⟧",
		"⟦@anna@mastodon.social⟧", "by ⟦@a.b@example.org⟧.", "⟦https://www.reddit.com/user/anna⟧", "⟦https://stackoverflow.com/users/1/anna⟧", "⟦https://en.wikipedia.org/wiki/User:Anna⟧",
		"https://www.linkedin.com/company/example", "https://www.linkedin.com/in/", "https://x.com/home", "https://github.com/anna/repository", "https://www.instagram.com/p/abc/",
		"https://www.tumblr.com/", "https://t.me/joinchat/abc", "facebook.com", "https://www.facebook.com/groups/1", "https://notlinkedin.com/in/anna", "https://example.com/in/anna",
		"https://www.youtube.com/watch?v=1", "operator.github.com/v1", "https://docs.github.com/en", "anna@example.com", "@anna", "@@example.com",
	} {
		check(t, s, detect.ProfileURL, marked)
	}
}

// The time is linear: BenchmarkHostile shows the rate, this test that long
// texts stay readable.
func TestHostile(t *testing.T) {
	s := only(t, "all")
	for _, piece := range hostile {
		s.Find([]byte(strings.Repeat(piece, 1<<16/len(piece))), "")
		if s.Unreadable() {
			t.Errorf("%q repeated is unreadable", piece)
		}
	}
}

// No mixture of parts makes a text that scanning again never settles.
func TestSettles(t *testing.T) {
	s := only(t, "all")
	parts := []string{
		"http://", "a.co", "/x", "?", "=", "'", "(", ")", "..", ".", "@", "anna", "é", "中", "1-800-", "AB", "CDEF", "-", " ", "+49", "30", "555", "::", "1", "ab", ":",
		"00-11", "%", "[url]", "[phone]", " at ", " dot ", "com", "(at)", "x12", "phone ", "fe80", "1.2.3.4", "/24", "\"", "\\", "t.me/", "@b.co", "1234567", "mailto:", "linkedin.com/in/", "_", "#", "~",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 12).Draw(t, "parts"), ""), rapid.IntRange(1, 30).Draw(t, "times"))
		out, _ := s.Append(nil, []byte(text), "")
		if s.Unreadable() {
			t.Fatalf("%q does not settle", text)
		}
		if again, changed := s.Append(nil, out, ""); changed {
			t.Fatalf("%q becomes %q, then %q", text, out, again)
		}
	})
}

var hostile = []string{"http://a", "a.co/", "a.co=a.co/x", "//a.co", "a.co?", "日.本.", "1.2.3.4", "::1", "1:2:3:4:", "ab:cd:ef:", "00-11-", "aa-b1-", "@a@b.c ", "http://[::1]/", "http://a.b/(((", "fe80::1%", "a.b.c.d."}

func BenchmarkHostile(b *testing.B) {
	for _, piece := range hostile {
		for _, size := range []int{128 << 10, 256 << 10} {
			b.Run(fmt.Sprintf("%q/%dK", piece, size>>10), func(b *testing.B) {
				s := only(b, "ip", "mac", "url", "profile_url")
				text := []byte(strings.Repeat(piece, size/len(piece)))
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					s.Find(text, "")
				}
			})
		}
	}
}

func BenchmarkDense(b *testing.B) {
	s := only(b, "ip", "mac", "url", "profile_url")
	text := []byte("ssh to 192.0.2.17 or 2001:db8::17, MAC 00:1A:2B:3C:4D:5E, see https://www.linkedin.com/in/anna-17/ and example.com/a?b=c")
	s.Find(text, "")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Find(text, "")
	}
}

func TestNoAllocations(t *testing.T) {
	s := only(t, "ip", "mac", "url", "profile_url")
	text := []byte("ssh to 192.0.2.17 or 2001:db8::17, MAC 00:1A:2B:3C:4D:5E, version 1.2.3.4, see https://www.linkedin.com/in/anna-17/ and münchen.de/a?b=c, @a@b.com, mac address aa-bb-cc-dd-ee-ff")
	if len(s.Find(text, "")) < 6 {
		t.Fatal("too little is found")
	}
	if n := testing.AllocsPerRun(100, func() { s.Find(text, "") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
