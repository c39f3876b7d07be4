package payment

import "github.com/sluice-stream/sluice/processor/sanitize/detect"

// What payment data is called, in the languages that members write: words of
// everyday use, each checked against banks' own forms and help pages.

// cardWords make a card of a number whose check digit is wrong.
var cardWords = detect.NewLexicon(
	"card", "cards", "card number", "card no", "credit card", "creditcard", "debit card", "payment method", "visa", "visa card",
	"mastercard", "master card", "amex", "american express", "maestro", "discover card", "diners", "jcb", "unionpay", "rupay",
	"cc number", "cc no", "ccn", "cvv", "cvc", "pan number",
	"kreditkarte*", "kartennummer", "bankkarte", "debitkarte", "girokarte", "karte", // de
	"carte bancaire", "carte bleue", "carte de crédit", "carte de credit", "numéro de carte", "ma carte", // fr
	"tarjeta*",                    // es
	"cartão", "cartao", "cartões", // pt
	"carta di credito", "numero della carta", "numero carta", "carta di debito", // it
	"creditcardnummer", "bankpas", "pasnummer", "kaartnummer", // nl
	"kortnummer", "kredittkort", "kreditkort", "betalkort", "bankkort", "kortet", // sv no da
	"luottokort*", "pankkikort*", "maksukort*", "kortin numero", // fi
	"krediidikaart", "kaardi number", "kaardinumber", // et
	"kredītkart*", "kartes numurs", "kortelė*", "kortelės numeris", // lv lt
	"numer karty", "karta kredytowa", "karty kredytowej", "kartą", // pl
	"číslo karty", "kreditní kart*", "platební kart*", "kreditn* kart*", "platobn* kart*", // cs sk
	"bankkártya*", "hitelkártya*", "kártyaszám*", // hu
	"card de credit", "numărul cardului", "numarul cardului", // ro
	"kreditna kartica", "broj kartice", "kartica", "kreditne kartice", "številka kartice", // hr sr sl
	"kart numaras*", "kredi kart*", "banka kart*", // tr
	"karta krediti", "kartë krediti", // sq
	"kartu kredit", "nomor kartu", "kad kredit", "nombor kad", // id ms
	"thẻ tín dụng", "số thẻ", // vi
	"κάρτα*", "κάρτας", // el
	"карт", "кредитк", "номер карты", "номер картки", // ru uk bg sr
	"بطاقة", "البطاقة", "کارت", "شماره کارت", // ar fa
	"כרטיס אשראי", "מספר כרטיס", "כרטיס", // he
	"क्रेडिट कार्ड", "कार्ड", // hi
	"কার্ড", "கார்டு", "కార్డు", // bn ta te
	"บัตรเครดิต", "หมายเลขบัตร", "บัตรเดบิต", // th
	"信用卡", "卡号", "卡號", "银行卡", "借记卡", // zh
	"クレジットカード", "カード", // ja
	"카드", "신용카드", // ko
)

// otherCards are cards that no money is paid with.
var otherCards = detect.NewLexicon("identity card", "id card", "identification card", "insurance card", "health card", "medicare card", "sim card",
	"security card", "voter card", "resident card", "residence card", "green card", "aadhaar card", "pan card", "national card", "library card",
	"کارت ملی", "بطاقة الهوية", "بطاقة التعريف", "البطاقة الوطنية", "identity", "kimlik kart*", "kartu tanda", "kartu identitas", "kartu keluarga")

// accountWords make a bank account of a number of six digits or more.
var accountWords = detect.NewLexicon(
	"bank account", "banking account", "account number", "account no", "account num", "acct number", "acct no", "acct", "acct.", "a/c no", "a/c",
	"checking account", "savings account", "current account", "bank acct", "beneficiary account", "bacs", "nuban", "account holder number",
	"kontonummer", "konto-nr", "konto nr", "kontonr", "bankkonto", "girokonto", "bankverbindung", // de
	"numéro de compte", "numero de compte", "compte bancaire", "n° de compte", "relevé d'identité bancaire", "rib", // fr
	"número de cuenta", "numero de cuenta", "cuenta bancaria", "cuenta corriente", "cuenta de ahorros", "clabe", "cbu", "cvu", "ccc", // es
	"número da conta", "numero da conta", "conta corrente", "conta bancária", "conta bancaria", "conta poupança", "nib", // pt
	"numero di conto", "conto corrente", "conto bancario", "c/c", // it
	"rekeningnummer", "bankrekening", "rekening nummer", // nl
	"bankkontonummer", "kontonummeret", "bankgiro", "plusgiro", "clearingnummer", "clearingnr", // sv no da
	"tilinumero", "pankkitili", // fi
	"kontonumber", "pangakonto", "konta numurs", "bankas konts", "sąskaitos numeris", "banko sąskait*", // et lv lt
	"numer konta", "numer rachunku", "nr konta", "nr rachunku", "rachunek bankowy", "konto bankowe", // pl
	"číslo účtu", "cislo uctu", "bankovní účet", "bankový účet", // cs sk
	"számlaszám*", "bankszámla*", // hu
	"contul bancar", "cont bancar", "numărul contului", // ro
	"broj računa", "bankovni račun", "žiro račun", "številka računa", "bančni račun", "tekući račun", // hr sr sl
	"hesap numaras*", "banka hesab*", "hesap no", // tr
	"nomor rekening", "no rekening", "no. rekening", "rekening bank", "akaun bank", "nombor akaun", // id ms
	"số tài khoản", "tài khoản ngân hàng", "stk", // vi
	"αριθμός λογαριασμού", "αριθμό λογαριασμού", "τραπεζικός λογαριασμός", // el
	"номер счета", "номер счёта", "расчетный счет", "расчётный счёт", "банковский счет", "банковский счёт", "р/с", // ru
	"номер рахунку", "банківський рахунок", "банкова сметка", "номер на сметка", "број рачуна", "банковски рачун", // uk bg sr
	"رقم الحساب", "حساب بنكي", "الحساب البنكي", "شماره حساب", "شماره شبا", // ar fa
	"חשבון בנק", "מספר חשבון", // he
	"खाता संख्या", "बैंक खाता", "खाता नंबर", // hi
	"ব্যাংক অ্যাকাউন্ট", "வங்கி கணக்கு", // bn ta
	"เลขบัญชี", "เลขที่บัญชี", "บัญชีธนาคาร", // th
	"银行账号", "银行账户", "银行帐号", "銀行帳號", "銀行帳戶", "账户号码", "开户行", // zh
	"口座番号", "銀行口座", // ja
	"계좌번호", "계좌", // ko
)

// ibanWords stand before an IBAN.
var ibanWords = detect.NewLexicon("iban", "iban:", "bank", "bank code", "account", "konto", "bankkonto", "conto", "compte", "cuenta", "conta", "счет", "счёт")

// routingWords make a routing number of nine digits with the right check digit.
var routingWords = detect.NewLexicon(
	"routing", "routing number", "número de ruta", "numero de ruta", "número de enrutamiento", "routing no", "rtn", "aba", "aba number", "transit number", "bank code", "fedwire", "ach",
)

// sortWords make a sort code (six digits, or a bank code of other countries).
var sortWords = detect.NewLexicon(
	"sort code", "sortcode", "sort-code", "bsb", "ifsc", "blz", "bankleitzahl", "clearing number", "institution number", "bik", "бик", "transit",
)

// plainAccountWords make one of seven digits or more that follow at once: account 12345678.
var plainAccountWords = detect.NewLexicon("account", "account:", "account #", "konto", "konto:", "compte", "compte n°", "cuenta", "conta", "rekening bca", "rekening bni", "rekening bri", "rekening mandiri", "rekening bsi", "rekening", "conto", "счет", "счёт", "帐号", "帳號", "账户", "은행")

// bankWords are all that make an account, routing number or sort code.
var bankWords = detect.Union(accountWords, routingWords, sortWords, plainAccountWords)

// bicWords stand before a business identifier code.
var bicWords = []string{"swift", "bic:", "bic ", "bic/", "bic-", "bic=", "bic\"", "bic code", "свифт", "스위프트", "السويفت", "سويفت", "سوئیفت", "סוויפט"}
