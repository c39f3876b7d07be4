package contact

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// phoneWords introduce a telephone number.
var phoneWords = detect.NewLexicon(
	// English
	"phone*", "telephone*", "cellphone", "smartphone", "tel", "tel.", "tel:", "cell", "cellular", "mobile", "mobile:", "mob", "mob.", "fax", "landline", "hotline",
	"helpline", "whatsapp", "viber", "sms", "text me", "texted", "call", "calls", "calling", "dial", "dialed", "dialled", "ring me", "reach me", "reach us", "reach you",
	"reach him", "reach her", "reach them", "contact number", "contact no", "contact me", "contact us",
	"answering at", "messages to", "message to", "desk:", "office:", "work:", "home:", "ph", "ph.", "ph:", "voicemail", "switchboard", "toll-free", "toll free", "tollfree", "extension", "ring", "☎", "📞", "📱", "☏", "text mo*", "itext", "cp #", "t:", "m:",
	"registered mobile", "my registered", "callback", "call back", "facsimile",
	// German, Dutch, Scandinavian
	"telefon*", "handy", "handynummer*", "mobil", "mobilnummer*", "mobiltelefon*", "rufnummer*", "festnetz*", "anrufen", "ruf mich", "rufen sie", "rufe mich", "ruf an", "anruf", "erreichbar unter",
	"erreichen", "durchwahl", "bel me", "bel mij", "bellen", "telefoonnummer", "telefoon*", "mobiel*", "gsm", "ring mig", "ring meg", "ringe", "ringa", "mobilen", "telefonen", "mobilnr*", "tlf", "tlf.", "tlf:", "telf", "puhelin*", "puh", "puh.", "soita", "kännykkä*",
	"sími", "gsm:", "símanúmer*",
	// French, Spanish, Portuguese, Italian, Catalan, Romanian
	"téléphone*", "telephone", "tél", "tél.", "portable", "appelez*", "appeler", "appelle*", "joignable", "joindre", "teléfono*", "telefono*", "móvil*", "movil*", "celular*", "cel", "celu", "mi cel", "marca al", "márcame", "marcame", "llámame*", "llamame*", "llame", "llamar", "llama", "llámeme", "número de contacto", "marcar", "fijo",
	"telefone*", "telemóvel*", "ligar", "liga", "ligue", "liga-me", "me liga", "zap", "fone", "contato", "cellulare*", "chiamami", "chiamare", "chiamate", "recapito", "telefonare", "cell.", "truca'm", "mòbil*", "sunați", "sunati", "sună-mă", "suna-ma",
	// Slavic, Baltic
	"телефон*", "тел", "тел.", "моб", "моб.", "мобильн", "сотов", "звони", "позвони", "набери", "факс", "ватсап", "вотсап", "вайбер", "телефону", "мобільн", "дзвон", "подзвон", "мобилен", "обади", "позови", "назови",
	"telefonu", "telefonie", "komórk*", "komork*", "zadzwoń*", "zadzwon*", "dzwoń*", "dzwonić", "volejte", "zavolejte", "zavolej*", "volat", "mobil:", "zavolaj*", "volajte", "nazovi*", "nazvati", "pozovi*", "mobitel*", "pokliči*", "telefonska", "telefonas", "telefons", "telefón*", "skambinkite", "skambink*", "tālrunis", "talrunis", "zvaniet", "helista*", "mobiil*",
	// Greek, Hungarian, Albanian, Turkish, Azerbaijani, Uzbek, Kazakh, Armenian, Georgian
	"τηλέφωνο", "τηλεφωνο", "τηλ", "τηλ.", "κινητό", "κινητο", "καλέστε", "καλεστε", "κάλεσε", "telefonszám*", "mobilszám*", "hívj*", "hívjon", "hív", "telefoni", "celulari", "ara", "arayın", "arayin", "beni ara", "cep", "ceptel", "gsm no", "zəng", "qo'ng'iroq", "қоңырау", "հեռախոս", "ტელეფონი", "მობილური",
	// Arabic, Persian, Urdu, Hebrew
	"هاتف", "الهاتف", "جوال", "موبايل", "محمول", "تلفون", "واتساب", "واتس", "اتصل", "فاكس", "تلفن", "موبایل", "همراه", "تماس", "فون", "موبائل", "טלפון", "נייד", "תתקשר", "התקשר", "להתקשר", "פקס", "וואטסאפ",
	// Languages of India
	"फ़ोन", "फोन", "मोबाइल", "मोबाईल", "कॉल", "ফোন", "মোবাইল", "கைபேசி", "தொலைபேசி", "போன்", "ఫోన్", "మొబైల్", "ಫೋನ್", "ಮೊಬೈಲ್", "ഫോൺ", "മൊബൈൽ", "ફોન", "મોબાઇલ", "ਫ਼ੋਨ", "ਫੋਨ", "ਮੋਬਾਈਲ", "දුරකථන",
	// East and South-East Asia
	"电话", "電話", "手机", "手機", "联系", "聯絡", "致电", "致電", "拨打", "撥打", "传真", "傳真", "微信", "携帯", "ケータイ", "ファックス", "전화", "휴대폰", "핸드폰", "연락", "팩스",
	"โทร", "เบอร์", "มือถือ", "điện thoại", "dien thoai", "sđt", "sdt", "đt:", "gọi", "di động", "hotline", "zalo", "telepon*", "telp", "telp.", "hubungi*", "hp", "hp:", "no hp", "no. hp", "ponsel", "wa", "wa:", "whatsap", "telefon bimbit", "panggil", "tawagan", "telepono*", "cp no", "cp number", "ទូរស័ព្ទ", "ໂທ", "ဖုန်း", "утас",
	// Africa
	"simu", "piga", "foonu", "waya", "ucingo", "foon", "sel", "selfoon*", "bel my", "ስልክ", "telefoonka", "taleefan*",
)

// numberWords introduce a number of some kind: that of a telephone, unless
// another kind is named near.
var numberWords = detect.NewLexicon(
	"my number", "mera number", "mera no", "number ko", "moja številka", "številka", "his number", "her number", "your number", "our number", "number is", "mijn nummer", "mitt nummer", "mit nummer", "nummeret mitt", "meine nummer", "mon numéro",
	"numéro de", "mi número", "mi numero", "meu número", "mio numero", "numărul meu", "numarul meu", "мой номер", "по номеру", "номер", "mój numer", "moj numer",
	"numer", "moje číslo", "číslo", "moj broj", "broj", "mano numeris", "αριθμός", "számom", "numri", "numaram", "numara*", "nömrə*",
	"raqam*", "нөмір", "رقمي", "رقم", "شماره", "نمبر", "המספר שלי", "नंबर", "नम्बर", "নম্বর", "নাম্বার", "எண்",
	"నంబర్", "号码", "號碼", "番号", "번호", "nomor*", "nambari", "namba", "numeroni",
)

// phoneSuffixes follow a telephone number.
var phoneSuffixes = detect.NewLexicon(
	"office", "fax", "mobile", "cell", "home", "work", "phone", "tel", "mob", "landline", "whatsapp", "voice", "direct", "main",
	"mobil", "handy", "privat", "büro", "festnetz", "telefon", "portable", "fixe", "bureau", "móvil", "movil", "celular", "fijo", "casa", "oficina", "ufficio", "cellulare", "telemóvel", "casa",
	"numaradan", "numaralı", "моб", "раб", "дом", "факс", "сот", "手机", "电话", "携帯", "電話",
)

// otherNumbers introduce a number that is none of a telephone.
var otherNumbers = detect.NewLexicon(
	"isbn*", "issn", "doi", "ean", "upc", "gtin", "imei", "serial*", "order*", "invoice*", "ticket*", "case", "reference", "ref", "tracking", "parcel", "sku", "part", "model", "version", "article", "patent*", "pmid", "oclc", "id", "ids", "account*", "acct", "iban", "bic", "routing", "card", "ssn", "passport", "licence", "license", "policy", "zip", "postcode", "postal", "plz", "邮政编码", "邮编", "郵遞區號", "郵便番号", "우편번호", "รหัสไปรษณีย์", "индекс", "індекс", "kod pocztowy", "psč", "código postal", "code postal", "vat", "tin",
	"rechnung*", "rechnungsnummer*", "bestellnummer*", "kundennummer*", "auftrag*", "aktenzeichen", "artikelnummer*", "steuer*", "konto*", "ausweis*", "facture", "commande", "dossier", "réf", "référence", "factura", "pedido", "expediente", "cuenta", "dni", "nif", "cpf", "rg", "fattura", "ordine", "conto", "codice", "zamówieni*", "faktur*", "конт", "счет", "счёт", "заказ", "инн", "снилс", "паспорт", "договор", "订单", "身份证", "账号", "注文", "주문",
	"born", "population", "inhabitants", "usd", "eur", "gbp", "chf", "jpy", "rub", "inr",
)
