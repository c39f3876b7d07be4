package credential

import (
	"slices"
	"strings"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// What secrets are called: in programs and configuration, and in the languages
// that members write. Sources: the languages' own sign-in pages and operating system
// translations (Unicode CLDR has no such term).

// passwordNames are names of passwords in programs. They are believed with
// almost any value behind them.
var passwordNames = []string{
	"passwor", "paswor", "passowr", "pasowr", "pssword", "passwrod", "passwod", "pwrd", "psw ", "psw.", "p/w ", "passwd", "psword", "paswd", "paswrd", "psswd", "psswrd", "userpwd", "securestring", "passwrd", "passwort", "passphrase", "passcode", "pwd", "pword", "userpass", "dbpass", "db_pass",
	"_pass", "-pass", "\"pass", "'pass", "pass:", "pass=", "pass =", "pass :", "pass is", "/ pass ", "/pass ", "passin", "pass word", "mypass",
	"pw:", "pw=", "pw =", "pw :", "_pw:", "_pw=", "_pw\"", "-pw ", " pw ", "pw is", "pw was", "pw lautet", "pw ist", "pswrd", "psw:", "psw=", "pswd", "p@ssw", "pa$$w", "passw0rd", "parola:", "parola =", "parola=", "parolam", "parolan", "parola este", "parola mea", "parola de la", "parola de wi", "parola wifi", "parola pentru", "parola è", "parola e ", "mia parola", "my parola",
	"identified by", "login password", "requirepass", "masterauth", "enable secret", "enable password", "snmp-server community ", "community string", "psk=", "psk:", "psk =", "psk\"", "pass wifi", "pass wi-fi", "la pass ", "wifi pass ", "ww: ", "mk: ", "mk wifi", "пасс:", "пасс -", "pin code", "pincode", "pin:", "pin is", "_pin",
	"p/w:", "pass phrase", "one-time code", "verification code", "security code", "otp:", "otp is",
}

// secretNames are names of keys and tokens. Their values have to look made by a
// machine, unless they are quoted.
var secretNames = []string{
	"secret", "token", "api_key", "apikey", "api-key", "api key", "access_key", "accesskey", "access-key", "access key",
	"private_key", "privatekey", "private-key", "private key", "secret_key", "secretkey", "encryption_key", "encryptionkey",
	"signing_key", "signingkey", "auth_key", "authkey", "account_key", "accountkey", "sharedaccesskey", "credential",
	"client_secret", "authorization", "auth_token", "service_key", "master_key", "masterkey", "license_key", "licensekey",
	"hmac_key", "aes_key", "storage_key", "app_key", "appkey", "app-key", "auth =", "auth:", "auth=", "auth\"", "totp", "otp secret", "setup key", "authenticator key", "_auth", "session_id", "sessionid",
	"connectionstring", "connection_string", "webhook_url", "key_id", "aws_key", "user_key", "site_key", "deploy_key", "bot_key",
	"unlock_key", "subscription_key", "subscription-key", "ssh_key", "crypt_key", "_key=", "_key:", "_key =", "_key\"", "-key:",
	"nonce", "key=", "key:", "key =", "key\"", "key'", "contribsys__", "cookie:", "cookie=", "key(", "key is ",
}

// localNames are words for password in prose.
var localNames = []string{
	// Germanic.
	"kennwort", "kenncode", "netzwerkschlüssel", "wlanschlüssel", "wlan-schlüssel", "wlan schlüssel", "wlan-code", "wifi-code", "wifi code", "zugangscode", "zugangswort", "access code", "backup code", "recovery code", "recovery key", "åtkomstkod", "tilgangskode", "pääsykoodi", "passwuert", "losungswort", "wachtwoord", "lösenord", "losenord", "adgangskode", "kodeord", "wifi-kod", "wifi kod", "wifikod",
	"passord", "lykilorð", "aðgangsorð", "wagwoord",
	// Romance.
	"mot de passe", "mots de passe", "mdp ", "mdp:", "mdp=", "code secret", "clé wifi", "clé wi-fi", "clef wifi", "clé du wifi", "code wifi", "code wi-fi", "code du wifi", "code d'accès", "contraseña", "contrasena", "contraseñas", "clave:", "clave es", "clave =", "clave=",
	"mi clave", "la clave", "clave de", "clave wifi", "código de acceso", "código de acesso", "toegangscode", "přístupový kód", "prístupový kód", "kod dostępu", "senha", "palavra-passe", "palavra passe", "parola d'ordine", "codice di accesso", "codice d'accesso", "chiave di accesso", "chiave d'accesso", "codice segreto", "codigo de acceso", "codigo de acesso", "codi d'accés", "cod de acces", "codul de acces", "phrase de passe",
	"parolă", "parolei", "parola la ", "parola în ", "contrasenya", "contrasinal",
	// Baltic, Finnic, Hungarian, Basque, Celtic, Albanian, Turkic in Latin letters, Esperanto, Maltese.
	"parole:", "parole ir", "parole =", "parole -", "mana parole", "paroles", "slaptažod", "slaptazod", "parool", "salasõna", "salasana", "tunnussana", "jelszó", "jelszava", "jelszo", "pasahitz", "yfrinair", "asfhocal", "focal faire",
	"fjalëkalim", "fjalekalim", "şifre", "erişim kodu", "giriş kodu", "hozzáférési kód", "sifre:", "sifrem", "sifresi", "şifrə", "parol ", "parol:", "parolim", "paroli ", "paroli:", "paroling", "parolu", "pasvorto",
	// Slavic in Latin letters.
	"hasło", "haslo", "hasła", "hasłem", "heslo", "hesla", "heslem", "geslo", "gesla", "lozinka", "lozinku", "lozinke", "zaporka", "zaporku", "šifra:", "šifra je", "šifra za", "šifru",
	// Cyrillic and Greek, Armenian, Georgian.
	"пароль", "пароля", "паролем", "паролю", "пароле", "парола", "паролата", "пасворд", "пассворд", "лозинка", "лозинку", "шифра:", "шифра је", "шифра за", "шифрата", "гасло", "код доступа", "код доступу", "секретный код", "секретний код", "пін-код", "пин-код", "пинкод",
	"құпия сөз", "құпиясөз", "сыр сөз", "рамзи убур", "рамз:", "нууц үг", "κωδικός", "κωδικό", "κωδικος", "συνθηματικό", "գաղտնաբառ", "պարոլ", "პაროლი",
	// Semitic, Iranian and Indic scripts. Some write a zero-width
	// non-joiner, which the engine takes out.
	"סיסמה", "סיסמא", "סיסמת", "הסיסמה", "ססמה", "كلمة السر", "كلمة سر", "كلمة المرور", "كلمة مرور", "الرقم السري", "رمز الواي", "رمز wi", "رمز الدخول", "رمز الوصول", "كلمه السر", "كلمه المرور", "الباسورد", "باسورد", "باسوورد", "پسورد", "رمز عبور", "رمز ورود", "رمزعبور", "رمز وای", "رمز واي", "گذرواژه", "گذر واژه", "پاس ورڈ", "پاسورڈ",
	"पासवर्ड", "कूटशब्द", "संकेतशब्द", "পাসওয়ার্ড", "পাসওয়ার্ড", "ਪਾਸਵਰਡ", "પાસવર્ડ", "கடவுச்சொல்", "పాస్\u200cవర్డ్", "పాస్వర్డ్", "సంకేతపదం", "ಪಾಸ್\u200cವರ್ಡ್", "ಪಾಸ್ವರ್ಡ್", "ಗುಪ್ತಪದ", "പാസ്\u200cവേഡ്", "പാസ്വേഡ്", "രഹസ്യവാക്ക്", "මුරපදය", "මුරපදය",
	// South-East Asia.
	"รหัสผ่าน", "พาสเวิร์ด", "รหัสลับ", "รหัส wi", "รหัสไว", "รหัสเข้า", "ລະຫັດຜ່ານ", "ពាក្យសម្ងាត់", "លេខសម្ងាត់", "စကားဝှက်", "mật khẩu", "mật mã", "mã truy cập", "kode akses", "kod akses", "mat khau", "kata sandi", "sandi:", "sandi ", "kata laluan", "katalaluan", "kontrasenyas",
	// East Asia.
	"密码", "密碼", "口令", "通行碼", "访问码", "訪問碼", "提取码", "提取碼", "アクセスコード", "액세스 코드", "접속 코드", "暗号:", "パスワード", "パスは", "パス:", "パス「", "ﾊﾟｽﾜｰﾄﾞ", "暗証番号", "合言葉", "合い言葉", "비밀번호", "패스워드", "비번", "암호",
	// Africa.
	"nenosiri", "neno la siri", "የይለፍ ቃል", "የይለፍ", "kalmar sirri", "iphasiwedi", "furaha sirta", "furaha sir", "ọrọ aṣina",
}

// copulas lead from a name to its value in prose: "is", ":" aside.
var copulas = words(`is was are be equals = : -> => ist war lautet heisst heißt est sera était es era é era è sono is
	är er és yw estas је esti jest bude yra olur idi olarak это есть был была: е є це - — είναι
	eshte është là adalah ialah ay הוא היא هو هي است है हैं হল হলো ਹੈ છે ஆகும் 是 为 為 は が 는 은 가 이 คือ ແມ່ນ គឺ wee wey`)

// regional are copulas that are everyday words of other languages, and count behind names that begin so.
var regional = []struct {
	names   []string
	copulas wordSet
}{
	{[]string{"jelsz"}, words("a az van")},
	{[]string{"salas", "tunnus", "pääsy", "parool"}, words("on oli")},
	{[]string{"hasł", "hasl", "hesl", "gesl", "lozink", "zapork", "šifr", "kod ", "parol"}, words("to je bo su")},
	{[]string{"parol", "slapta"}, words("ir")},
	{[]string{"parol", "cod"}, words("este")},
	{[]string{"contrase", "clave"}, words("son")},
	{[]string{"neno"}, words("ni")},
	{[]string{"iphasiwedi"}, words("ithi")},
	{[]string{"kalmar"}, words("ce")},
	{[]string{"passwuert"}, words("ass")},
}

// everyday are such copulas, behind names of any language: what they lead to counts where it is digits, or quoted.
var everyday = words(`to on oli om a az van je bo su ir este son ni as are`)

// closing are copulas that stand behind the value, in languages whose sentences end with the verb.
var closing = words(`है हैं था ہے ہیں تھا است بود আছে ਹੈ છે છેં होता हो छ ആണ് आहे ఉంది ఇది です でした だ だよ 입니다 이에요 예요 이야 야 이다 է эди`)

// services are what a password may be that of, where it is told in letters of another script.
var services = words(`wifi wi-fi gmail google email e-mail facebook instagram windows apple icloud outlook linkedin telegram whatsapp twitter youtube netflix amazon paypal github zoom skype steam login admin root manager online app web vpn`)

// copulaOf says whether a word is a copula behind a name.
func copulaOf(name, word []byte) bool {
	if copulas.has(word) {
		return true
	}
	for i := range regional {
		if r := &regional[i]; r.copulas.has(word) && slices.ContainsFunc(r.names, func(stem string) bool { return hasWord(name, 0, stem) }) {
			return true
		}
	}
	return false
}

// notValues are words that follow a password's name in ordinary sentences.
var notValues = words(`a an the my your our his her their this that these those it its is are was were be been being not no yes none null nil
	void true false undefined unknown empty blank required optional must should shall can could may might will would has have had do does did please
	enter reset change changed changing forgot forgotten forget recovery recover policy policies manager managers protected protection protect
	field fields box form forms page screen prompt hint hints hash hashed hashes strength weak strong stronger secure insecure safe unsafe incorrect wrong correct invalid
	valid expired expires expire below above here there again and or but for from with without in on at to of by as if when where which who what
	how why because so than then too very only just also always never still sent stored saved lost stolen leaked shared same different new old
	before always usual again great good bad see same yesterday
	case sensitive characters character letters digits numbers long short minimum maximum least most generator authentication login logins username
	user users account accounts email e-mail mail security update updates updated value string str text type int bool var let const function
	der die das ein eine mein dein ihr sein ist war nicht kein keine bitte für von und oder mit falsch richtig vergessen ändern zurücksetzen sicher unsicher
	le la les un une mon ma votre ton son est était pas ne oublié incorrect faux pour et ou avec dans sur de du des perdu trop
	nuevo nueva otra el los las una mi tu su es no olvidada olvidé incorrecta correcta para y o con en del segura muy debe
	novo nova outra o os as um uma minha sua seu não esqueci errada incorreta para e ou com em do da dos das muito deve
	il lo gli uno non sbagliata errata dimenticata per con di del della deve
	het een mijn jouw uw niet vergeten voor en of met van
	пожалуйста снова опять не нет мой моя моё ваш твой забыл забыла неверный неправильный для и или с на от к по был была есть должен нужен это
	nie mój twoje zapomniałem nieprawidłowe dla i lub z na od do musi jest
	değil benim senin unuttum yanlış için ve veya`)

// qualities are what is said of a password behind a copula, in ordinary sentences. Behind a sign they are passwords: password: secret.
var qualities = words(`important dangerous risky easy difficult hard mandatory essential critical crucial vital encrypted compromised hacked breached exposed secret personal private public free dead obsolete useless annoying
	temporary permanent ready fine okay perfect complicated complex simple random unique longer shorter better worse everything nothing something confidential counterproductive inevitable hidden unchanged unlimited
	wichtig nötig erforderlich geheim persönlich schwach stark abgelaufen gültig ungültig kurz lang einfach komplex pflicht weg öffentlich bekannt gehackt zufällig notwendig
	obligatoire nécessaire personnel confidentiel court long faible fort complexe expiré valide invalide trop requis
	obligatoria obligatorio secreta secreto opcional necesaria débil fuerte corta larga importante confidencial válida inválida compartida única requerida pública privada
	obrigatória obrigatório pessoal necessária fraca forte curta longa
	obbligatoria personale segreta segreto opzionale necessaria debole lunga riservata valida scaduta unica pubblica privata
	verplicht persoonlijk zwak sterk kort belangrijk vereist verlopen nodig ongeldig veilig
	hemligt personligt obligatoriskt svagt starkt viktigt krävs säkert ogiltigt hemmelig hemmeligt personlig obligatorisk obligatoriske påkrævet påkrevd svakt viktig vigtig
	henkilökohtainen pakollinen salainen väärä lyhyt heikko vahva tärkeä tajne tajna tajná obowiązkowe wymagane silne słabe ważne podstawa osobiste povinné silné slabé dôležité důležité obavezna slaba jaka važna obvezno
	обязателен обязательно секрет секретный личный слабый сильный важен важный короткий длинный обов'язковий секретний obligatorie secretă personală slabă puternică importantă
	zorunlu zorunludur gizli gizlidir kişisel güçlü zayıf önemli kötelező titkos személyes gyenge erős fontos kohustuslik salajane isiklik vale
	rahasia wajib penting pribadi bắt buộc`)

// compounds make another thing of a password's name that they follow at once: a password manager.
var compounds = words(`reuse rotation sharing complexity cracking spraying stuffing hygiene fatigue theft leak leaks breach breaches change changes expiry expiration
	manager managers policy policies reset resets generator generators field fields protection hash hashes hint hints strength
	prompt form page screen recovery length requirement requirements rule rules authentication encoder hashing storage store database`)

// bridges stand between a password and the name behind it: hunter42 is my password.
var bridges = words(`is was are were used to be my old former previous new current the our your his her as a that that's thats it's this one it ist war mein das als unser est mon le comme notre es mi la como nuestra é e
	minha a nossa è mia come il het mijn är mitt som er min mit jest to moje jako je mé és az как это мой наш`)

// joiners stand between two passwords that are told together.
var joiners = words(`and or to & / und oder zu auf et ou à y o u e a ed od en of naar och eller till og til ja tai i lub albo na nebo alebo și sau и или на та або й ve veya dan atau hoặc và και ή`)

// wordSet is a set of words in lower case: those of up to eight bytes as
// numbers, which are found faster.
type wordSet struct {
	// lengths has a bit for each length of the words that begin with a byte, as beginning tells them.
	lengths *[256]uint64
	short   *detect.Table[struct{}]
	long    map[string]struct{}
}

// has says whether a word, in any case, is in the set.
func (s wordSet) has(b []byte) bool {
	if len(b) > 32 || len(b) == 0 || s.lengths[beginning(b[0])]>>len(b)&1 == 0 {
		return false
	}
	if len(b) <= 8 {
		if key, ascii := detect.PackLower(b); ascii {
			_, ok := s.short.Get(key)
			return ok
		}
	}
	var buf [32]byte
	lower := detect.AppendLower(buf[:0], b)
	if len(b) <= 8 {
		_, ok := s.short.Get(detect.Pack(lower))
		return ok
	}
	_, ok := s.long[string(lower)]
	return ok
}

// beginning is a word's first byte without case: letters of two bytes, whose case may be in the first, are all one.
func beginning(c byte) byte {
	switch {
	case c-'A' < 26:
		return c | 0x20
	case c >= 0xC0 && c < 0xE0:
		return 0xC0
	}
	return c
}

// words is the set of the words of a list.
func words(list string) wordSet {
	set := wordSet{new([256]uint64), new(detect.Table[struct{}]), make(map[string]struct{})}
	for _, w := range strings.Fields(list) {
		set.lengths[beginning(w[0])] |= 1 << len(w)
		if len(w) <= 8 {
			set.short.Put(detect.Pack([]byte(w)), struct{}{})
		} else {
			set.long[w] = struct{}{}
		}
	}
	return set
}
