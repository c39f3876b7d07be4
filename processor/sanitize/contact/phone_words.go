package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// phoneWords introduce a telephone number.
var phoneWords = detect.NewLexicon(
	// English
	"phone*", "telephone*", "cellphone", "smartphone", "tel", "tel.", "tel:", "cell", "cellular", "mobile", "mobile:", "mob", "mob.", "fax", "landline", "hotline",
	"helpline", "whatsapp", "viber", "sms", "text me", "texted", "call", "calls", "calling", "dial", "dialed", "dialled", "ring me", "reach me", "reach us", "reach you",
	"reach him", "reach her", "reach them", "contact number", "contact no", "contact me", "contact us", "my number", "his number", "her number", "your number", "our number", "number is",
	"answering at", "messages to", "message to", "desk:", "office:", "work:", "home:", "ph", "ph.", "ph:", "voicemail", "switchboard", "toll-free", "toll free", "tollfree", "extension",
	"registered mobile", "my registered", "callback", "call back", "facsimile",
	// German, Dutch, Scandinavian
	"telefon*", "handy", "handynummer*", "mobil", "mobilnummer*", "mobiltelefon*", "rufnummer*", "festnetz*", "anrufen", "ruf mich", "rufen sie", "rufe mich", "ruf an", "anruf", "meine nummer", "erreichbar unter",
	"erreichen", "durchwahl", "bel me", "bel mij", "bellen", "telefoonnummer", "telefoon*", "mobiel*", "gsm", "mijn nummer", "ring mig", "ringa", "mobilnr*", "tlf", "tlf.", "tlf:", "telf", "mitt nummer", "mit nummer", "nummeret mitt", "puhelin*", "puh", "puh.", "soita", "numeroni", "kännykkä*",
	"sími", "gsm:", "símanúmer*",
	// French, Spanish, Portuguese, Italian, Catalan, Romanian
	"téléphone*", "telephone", "tél", "tél.", "portable", "appelez*", "appeler", "appelle*", "mon numéro", "numéro de", "joignable", "joindre", "teléfono*", "telefono*", "móvil*", "movil*", "celular*", "llámame*", "llamame*", "llame", "llamar", "llama", "llámeme", "mi número", "mi numero", "número de contacto", "marcar", "fijo",
	"telefone*", "telemóvel*", "ligar", "ligue", "liga-me", "me liga", "meu número", "zap", "fone", "contato", "cellulare*", "chiamami", "chiamare", "chiamate", "mio numero", "recapito", "telefonare", "cell.", "truca'm", "mòbil*", "sunați", "sunati", "sună-mă", "suna-ma", "numărul meu", "numarul meu",
	// Slavic, Baltic
	"телефон*", "тел", "тел.", "моб", "моб.", "мобильн", "сотов", "звони", "позвони", "набери", "мой номер", "по номеру", "факс", "ватсап", "вотсап", "вайбер", "телефону", "мобільн", "дзвон", "подзвон", "номер", "мобилен", "обади", "позови", "назови",
	"telefonu", "telefonie", "komórk*", "komork*", "zadzwoń*", "zadzwon*", "dzwoń*", "dzwonić", "mój numer", "moj numer", "numer", "volejte", "zavolejte", "zavolej*", "volat", "mobil:", "moje číslo", "číslo", "zavolaj*", "volajte", "nazovi*", "nazvati", "pozovi*", "moj broj", "broj", "mobitel*", "pokliči*", "telefonska", "mano numeris", "telefonas", "skambinkite", "skambink*", "tālrunis", "talrunis", "zvaniet", "helista*", "mobiil*",
	// Greek, Hungarian, Albanian, Turkish, Azerbaijani, Uzbek, Kazakh, Armenian, Georgian
	"τηλέφωνο", "τηλεφωνο", "τηλ", "τηλ.", "κινητό", "κινητο", "καλέστε", "καλεστε", "κάλεσε", "αριθμός", "telefonszám*", "mobilszám*", "hívj*", "hívjon", "hív", "számom", "telefoni", "celulari", "numri", "ara", "arayın", "arayin", "beni ara", "cep", "ceptel", "numaram", "numara*", "gsm no", "nömrə*", "zəng", "raqam*", "qo'ng'iroq", "нөмір", "қоңырау", "հեռախոս", "ტელეფონი", "მობილური",
	// Arabic, Persian, Urdu, Hebrew
	"هاتف", "الهاتف", "جوال", "موبايل", "محمول", "تلفون", "واتساب", "واتس", "اتصل", "رقمي", "رقم", "فاكس", "تلفن", "موبایل", "همراه", "تماس", "شماره", "فون", "موبائل", "نمبر", "טלפון", "נייד", "תתקשר", "התקשר", "להתקשר", "המספר שלי", "פקס", "וואטסאפ",
	// Languages of India
	"फ़ोन", "फोन", "मोबाइल", "मोबाईल", "नंबर", "नम्बर", "कॉल", "ফোন", "মোবাইল", "নম্বর", "নাম্বার", "கைபேசி", "தொலைபேசி", "போன்", "எண்", "ఫోన్", "మొబైల్", "నంబర్", "ಫೋನ್", "ಮೊಬೈಲ್", "ഫോൺ", "മൊബൈൽ", "ફોન", "મોબાઇલ", "ਫ਼ੋਨ", "ਫੋਨ", "ਮੋਬਾਈਲ", "දුරකථන",
	// East and South-East Asia
	"电话", "電話", "手机", "手機", "号码", "號碼", "联系", "聯絡", "致电", "致電", "拨打", "撥打", "传真", "傳真", "微信", "携帯", "ケータイ", "番号", "ファックス", "전화", "휴대폰", "핸드폰", "연락", "번호", "팩스",
	"โทร", "เบอร์", "มือถือ", "điện thoại", "dien thoai", "sđt", "sdt", "đt:", "gọi", "di động", "hotline", "zalo", "telepon*", "telp", "telp.", "hubungi*", "hp", "hp:", "nomor*", "no hp", "no. hp", "ponsel", "wa", "wa:", "whatsap", "telefon bimbit", "panggil", "tawagan", "telepono*", "cp no", "cp number", "ទូរស័ព្ទ", "ໂທ", "ဖုန်း", "утас",
	// Africa
	"simu", "nambari", "namba", "piga", "foonu", "waya", "ucingo", "foon", "selfoon*", "bel my", "ስልክ", "telefoonka", "taleefan*",
)

// phoneSuffixes follow a telephone number.
var phoneSuffixes = detect.NewLexicon(
	"office", "fax", "mobile", "cell", "home", "work", "phone", "tel", "mob", "landline", "whatsapp", "voice", "direct", "main",
	"mobil", "handy", "privat", "büro", "festnetz", "telefon", "portable", "fixe", "bureau", "móvil", "movil", "celular", "fijo", "casa", "oficina", "ufficio", "cellulare", "telemóvel", "casa",
	"моб", "раб", "дом", "факс", "сот", "手机", "电话", "携帯", "電話",
)

// otherNumbers introduce a number that is none of a telephone.
var otherNumbers = detect.NewLexicon(
	"isbn*", "issn", "doi", "ean", "upc", "gtin", "imei", "serial*", "order*", "invoice*", "ticket*", "case", "reference", "ref", "tracking", "parcel", "sku", "part", "model", "version", "article", "patent*", "pmid", "oclc", "id", "ids", "account*", "acct", "iban", "bic", "routing", "card", "ssn", "passport", "licence", "license", "policy", "zip", "postcode", "postal", "plz", "vat", "tin",
	"rechnung*", "rechnungsnummer*", "bestellnummer*", "kundennummer*", "auftrag*", "aktenzeichen", "artikelnummer*", "steuer*", "konto*", "ausweis*", "facture", "commande", "dossier", "réf", "référence", "factura", "pedido", "expediente", "cuenta", "dni", "nif", "cpf", "rg", "fattura", "ordine", "conto", "codice", "zamówieni*", "faktur*", "конт", "счет", "счёт", "заказ", "инн", "снилс", "паспорт", "договор", "订单", "身份证", "账号", "注文", "주문",
	"born", "population", "inhabitants", "usd", "eur", "gbp", "chf", "jpy", "rub", "inr",
)
