package sanitize

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestCredentials has a value for each way of recognising one. Values are made up; ⟦ and ⟧
// are around what is to go, and `~` splits what would look like a secret to scanners.
func TestCredentials(t *testing.T) {
	const (
		mixed = "aB3dE5fG7hJ9kL1mN0pQ2rS4tU6vW8xYzC"
		hexes = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	)
	for _, text := range []string{
		// Vendors, by prefix.
		// All of a number, not its first group.
		"password: ⟦+49 170 1234567⟧ and more", "password: ⟦4111-1111 1111 1111⟧", "pin: ⟦1234 5678 9012⟧", "密码是 ⟦138 1234 5678⟧",
		"my pin is ⟦1234⟧ 55 times", "pin: ⟦1234⟧ 2 of 3",
		"deploy with ⟦gh~p_" + mixed + "ab⟧ today",
		"GITHUB=⟦github~_pat_" + mixed + "⟧",
		"key ⟦AK~IA" + "ABCDEFGHIJ234567⟧ ok",
		"⟦gl~pat-" + mixed[:20] + "⟧",
		"⟦xo~xb-1234567890-" + mixed + "⟧",
		"⟦sk~_live_" + mixed + "⟧",
		"pip: ⟦py~pi-" + mixed + mixed + "⟧",
		"⟦S~G." + mixed[:22] + "." + mixed + "abcdefghi⟧",
		"⟦h~f_abcdefghijklmnopqrstuvwxyzABCDEFGH⟧",
		"⟦do~p_v1_" + hexes + hexes + "⟧",
		"bot ⟦123456789:A~A" + mixed[:33] + "⟧",
		"⟦AI~zaSy" + mixed[:33] + "⟧",
		// Structures.
		"⟦-----BEGIN RSA PRIV~ATE KEY-----\nMIIB\nabcd==\n-----END RSA PRIV~ATE KEY-----⟧\nbye",
		"⟦-----BEGIN PGP PRIV~ATE KEY BLOCK-----\nVersion: 1\n\nabcd\n-----END PGP PRIV~ATE KEY BLOCK-----⟧",
		"⟦ey~JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl⟧",
		"Authorization: Basic ⟦dXNlcjpw~YXNzd29yZA==⟧",
		"curl -H 'Authorization: Bearer ⟦" + mixed + "⟧'",
		"postgres://app:⟦s3~cret!⟧@db.internal/x",
		"$2a hash: ⟦$2~a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy⟧",
		"curl -u anna:⟦hunter~22⟧ https://example.com",
		"machine example.com login anna password ⟦hunter~22⟧",
		"mysql -u root -p⟦Tr0ub~4dor⟧ db",
		"⟦p~k_7654321_AB3DE5FG7HJ9KL1MN0PQ2RS4TU6VW8XY⟧",
		"BUNDLE_ENTERPRISE__CONTRIBSYS__COM=⟦0badcafe:feed~face⟧",
		// Assignments.
		"password = \"⟦hunter2⟧\"",
		"DB_PASSWORD: ⟦hunter2⟧",
		"<password>⟦hunter2⟧</password>",
		"Server=db;User=sa;Password=⟦#gets0m3⟧;Timeout=3",
		"setProperty(\"api_key\", \"⟦" + mixed + "⟧\")",
		"const secret: string = '⟦" + hexes + "⟧';",
		"if (\"⟦Tr0ub4dor&3⟧\" === password) {",
		"--token ⟦" + mixed + "⟧ --verbose",
		"acme_client_secret: ⟦" + hexes + "⟧",
		"https://api.example.com/v1?access_token=⟦" + mixed + "⟧&page=2",
		// Where a format or a program gives the password a place.
		"creds: anna/⟦Lantern~-77⟧",
		"pw is ⟦abc~123⟧. Then",
		"client.login(\"anna\", \"⟦lantern~77⟧\")",
		"auth=('anna', '⟦lantern~77⟧')",
		"WIFI:T:WPA;S:Home;P:⟦Lantern~77⟧;;",
		"jdbc:oracle:thin:scott/⟦tiger~77⟧@db:1521:XE",
		"db.example.com:5432:app:anna:⟦Lantern~77⟧",
		"echo \"anna:⟦Lantern~77⟧\" | chpasswd",
		"echo ⟦Lantern~77⟧ | sudo -S ls",
		"redis-cli -h cache -a ⟦Lantern~77⟧ ping",
		"unzip -P ⟦Lantern~77⟧ a.zip",
		"7z x -p⟦Lantern~77⟧ a.7z",
		"ldapsearch -D cn=admin -w ⟦Lantern~77⟧ -b dc=x",
		"smbclient //srv/share -U anna%⟦Lantern~77⟧",
		"lftp -u anna,⟦Lantern~77⟧ ftp.example.com",
		"net use Z: \\\\srv\\share /user:anna ⟦Lantern~77⟧",
		"connectionString=\"Server=db\\\\a; Database=b: User Id=c; password= ⟦Lantern~77⟧\" x",
		"requirepass ⟦Lantern~77⟧",
		"snmp-server community ⟦Lantern~77⟧ RO",
		"passwd: &pw \"⟦Lantern~77⟧\"",
		"&lt;password&gt;⟦Lantern~77⟧&lt;/password&gt;",
		"- name: API_TOKEN\n  value: \"⟦ruYIyJVEGKJKxpxnAecsYj~emJLgIMF⟧\"",
		"SECRET_KEY = '⟦(lkmpx*ivf5_$2^po@#avq~+gf%n(69hu*⟧'",
		"⟦---- BEGIN SSH2 ENCRYPTED PRIV~ATE KEY ----\nComment: \"k\"\nP2/56wAAAgIAAAAm\n---- END SSH2 ENCRYPTED PRIV~ATE KEY ----⟧\nbye",
		"sk.ey~J and ⟦sk.ey~J1IjoiYWNtZSIsImEiOiJjbGFiY2RlZjAwMDAwM2xvNXdpZGJpazEifQ.fyzT45FUk_c5sQ6rNwQAnp⟧",
		"⟦sk.ey~J1IjoiYWNtZSIsImEiOiJjbGFiY2RlZjAwMDAwM2xvNXdpZGJpazEifQ.fyzT45FUk_c5sQ6rNwQAnp⟧",
		"⟦secret-token:~" + mixed + "⟧ it is",
		"⟦1/1080033263618599:~" + hexes + "⟧",
		// Wallets' secrets. The key and the phrase are the examples of the Bitcoin wiki and of BIP 39.
		"⟦5HueCGU8rMjxEXxiPuD5BDku4MkFqeZy~d4dZ1jvhTVqvbTLvyTJ⟧",
		"⟦legal winner thank year wave sausage worth useful legal winner thank yellow⟧",
		"anna@example.com / ⟦sunflower99⟧",
		"anna@example.com | ⟦sunflower99⟧",
		// Nothing secret.
		"anna@example.com | EMEA2024 | Berlin",
		"anna@example.com | linkedin.com/in/anna99",
		"password = os.environ[\"PASSWORD\"]",
		"password: ${DB_PASSWORD}",
		"password: <your password>",
		"password: ********",
		"The secret of a good soup is time.",
		"commit 3f786850e387550fdab836ed7e6dc881de23001b fixes the parser",
		"legal winner thank year wave sausage worth useful legal winner thank thank of it",
		"He was the key witness and gave a token of his esteem.",
		"pk_live is the name of the public one",
		"pk~_live_" + mixed,
		"mysql -h localhost -u root -p mydb",
		"unzip -p archive.zip file.txt",
		"def check_password(self, raw_password):",
		"public function setPassword(string $password): void",
		"const field = document.querySelector('#password');",
		"password = input('Password: ')",
		"let key = map.keys().next().value;",
		"API_KEY=your_api_key_here",
		"password:\n  minLength: 8",
		"aria-describedby=\"passwordHelpBlock\"",
		"curl -u user:pass https://example.com",
		"Enter passphrase for key '/home/anna/.ssh/id_rsa':",
		"hash = sha256(password + salt)",
		"key = pbkdf2_sha256(password, salt)",
		"PASSWORD_RESET_TIMEOUT = 3600",
		"<input type=\"password\" name=\"password\" placeholder=\"Password\">",
		"password_iterations = 100000",
		"live_streaming_video_player_component_test",
	} {
		text = strings.ReplaceAll(text, "~", "")
		c := written{"credential", text}
		c.redacted(t, New(0).NewScanner(), "")
		plain, _ := c.marked()
		check(t, New(detect.All).NewScanner(), []byte(plain), "")
	}
}

// TestObfuscation writes one address and one card in other forms.
func TestObfuscation(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	for text, want := range map[string]string{
		"４１１１ １１１１ １１１１ １１１１!":               "[card]!",
		"٤١١١ ١١١١ ١١١١ ١١١١":                "[card]",
		"४१११ ११११ ११११ ११११":                "[card]",
		"4111\u00a01111\u202f1111\u20091111": "[card]",
		"4111\u200b1111\u00ad1111\u200e1111": "[card]",
		"4111\n1111\n1111\n1111 x":           "4111\n1111\n1111\n1111 x",
		"𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏":                   "[card]",
		"mail anna＠example．com now":          "mail [email] now",
		"mail anna&#64;example.com now":      "mail [email] now",
		"mail anna%40example.com now":        "mail [email] now",
		"аnnа@example.com":                   "[email]",
	} {
		if got, _ := s.Append(nil, []byte(text), ""); string(got) != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		check(t, s, []byte(text), "")
	}
}

// TestAccountsInLists has addresses with a password behind them, and what else stands behind one.
func TestAccountsInLists(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	for text, want := range map[string]string{
		"anna@example.com:hunter42":                           "[email]:[credential]",
		"anna@example.com|Lantern#77\nbob@example.com|q1w2e3": "[email]|[credential]\n[email]|[credential]",
		"anna@example.com;Lantern77":                          "[email];[credential]",
		"anna@example.com:22":                                 "[email]:22",
		"git@github.com:anna/repo2.git":                       "[email]:anna/repo2.git",
		"anna@example.com: see you at 10":                     "[email]: see you at 10",
		"anna@example.com;bob2@example.com":                   "[email];[email]",
		"anna@example.com:tomorrow":                           "[email]:tomorrow",
	} {
		if got, _ := s.Append(nil, []byte(text), ""); string(got) != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestLongSecretsGoWhole has values around and beyond what detectors read of one: no end of them may stay, which would be too short to
// be known by itself.
func TestLongSecretsGoWhole(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	random := rand.New(rand.NewPCG(1, 2))
	for _, form := range []string{
		"password=#", "token: #", `"secret": "#"`, `"password":"#","x":1`, "api_key=#&x=1", `pass=#\n`, "my pw: # end", "пароль: #", "mysql -p# db", "login: bob password: #", "Cookie: sid=#; x",
		"Authorization: Bearer #", "https://user:#@example.com/", "auth-token=ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.#.x1",
	} {
		for n := 470; n < 8000; n += 1 + n/540*400 {
			value := make([]byte, n)
			for i := range value {
				value[i] = letters[random.IntN(len(letters))]
			}
			text := strings.Replace(form, "#", string(value), 1)
			if out, _ := s.Append(nil, []byte(text), ""); strings.Contains(string(out), string(value[n-4:])) {
				t.Fatalf("%s, %d bytes: %q is left", form, n, out[max(0, len(out)-30):])
			}
		}
	}
}

// TestLongSecretsEndBetweenCharacters has values longer than what one credential takes: where it ends, no character is cut.
func TestLongSecretsEndBetweenCharacters(t *testing.T) {
	s := New(DefaultTypes).NewScanner()
	for _, letter := range []string{"ղ", "ж", "é", "語", "ก"} {
		for shift := range len(letter) {
			text := "password=" + strings.Repeat("ղ", shift) + strings.Repeat(letter, 3*longestRest/len(letter))
			if out, changed := s.Append(nil, []byte(text), ""); !changed || !utf8.Valid(out) || s.Unreadable() {
				t.Errorf("%s shifted by %d: changed %t, and then %q", letter, shift, changed, out[:min(len(out), 40)])
			}
		}
	}
}
