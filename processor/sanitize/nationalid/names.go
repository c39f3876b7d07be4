package nationalid

// kindNames are what kinds of numbers are called, in the languages that members
// write: forms of authorities and everyday words. A `*` lets a word go on.
var kindNames = []struct {
	kind  kind
	words string
}{
	{person, "id number|id no|id no.|id nr|id#|id num|identification number|identification no|personal number|personal id|personal identification|national id*|national number|citizen id|citizen number|citizen service number|identity number|identity no|" +
		"identifikationsnummer|personenkennzeichen|persönliche identifikationsnummer|numéro d'identification|numéro d'identité|numero de identificación|número de identificación|numero de identificacion|número de identificação|numero identificativo|" +
		"identificatienummer|persoonsnummer|identifikasjonsnummer|identifikationsnumre|tunnusnumero|isikukood|identifikační číslo|identifikačné číslo|numer identyfikacyjny|azonosító szám|azonosítószám*|număr de identificare|" +
		"identifikacijski broj|идентификационный номер|ідентифікаційний номер|идентификационен номер|лични број|αριθμός μητρώου|kimlik no|kimlik numaras*|رقم الهوية|رقم التعريف|شماره ملی|מספר זהות|पहचान संख्या|nomor identitas|số định danh"},
	{identity, "identity card*|id card*|identitycard|identity document|national identity|identification card|resident card|residence permit|personalausweis*|ausweisnummer|ausweis|carte d'identité|carte nationale d'identité|" +
		"documento de identidad|documento nacional|carnet de identidad|cédula de identidad|cédula|bilhete de identidade|cartão de cidadão|carteira de identidade|documento de identidade|carta d'identità|documento d'identità|" +
		"identiteitskaart|identiteitsbewijs|id-kaart|identitetskort|id-kort|legitimation|legitimasjon|henkilökort*|henkilötodistu*|id-kaart*|personas apliecīb*|tapatybės kortel*|dowód osobisty|dowodu osobistego|dowód|občanský průkaz|občanského průkazu|občiansky preukaz*|" +
		"személyi igazolvány*|személyi|carte de identitate|buletin|osobna iskaznica|osobne iskaznice|osobna izkaznica|lična karta|lične karte|lichna karta|kartë identiteti|удостоверение личности|посвідчення особи|лична карта|лична карта|номер удостоверения|" +
		"ταυτότητα|ταυτότητας|δελτίο ταυτότητας|nüfus cüzdanı|kimlik kart*|kimliğim|الهوية|بطاقة الهوية|بطاقة التعريف|بطاقة وطنية|کارت ملی|شناسنامه|תעודת זהות|पहचान पत्र|পরিচয়পত্র|அடையாள அட்டை|بطاقة شخصية|شناختی کارڈ|" +
		"บัตรประชาชน|บัตรประจำตัว|ktp|kartu tanda penduduk|kad pengenalan|chứng minh thư|căn cước|身份证|身分證|身份證|身分証|身分証明書|在留カード|주민등록증|신분증|citizenship certificate|kitambulisho|identiteitsdokument"},
	{tax, "tax number|tax id*|tax no|tax identification|tax reference|taxpayer*|tax code|tax file|tin|tin number|steuernummer|steuer-id*|steuer-nr|numéro fiscal|numero fiscal|identifiant fiscal|numéro d'impôt|número fiscal|identificación fiscal|identificação fiscal|contribuinte|" +
		"codice fiscale|partita iva|belastingnummer|fiscaal nummer|skattenummer|skattetal|verotunniste|maksukohustuslase|nodokļu maksātāja|mokesčių mokėtojo|numer podatkowy|identyfikacji podatkowej|daňové identifikační|daňové číslo|dič|adószám*|adóazonosító*|" +
		"cod fiscal|codul fiscal|cod de identificare fiscală|porezni broj|poreski broj|davčna številka|numri tatimor|налоговый номер|номер налогоплательщика|инн|податковий номер|данъчен номер|порески број|αφμ|φορολογικού μητρώου|φορολογικός αριθμός|vergi no|vergi numaras*|vergi kimlik*|" +
		"الرقم الضريبي|رقم ضريبي|شماره مالیاتی|מספר תיק|कर संख्या|पैन|เลขประจำตัวผู้เสียภาษี|npwp|nomor pajak|nombor cukai|mã số thuế|税号|纳税人识别号|稅號|納税者番号|납세자번호"},
	{social, "social security*|social insurance|social number|national insurance|ssn|sozialversicherungsnummer|sozialversicherung|rentenversicherungsnummer|numéro de sécurité sociale|sécurité sociale|securite sociale|numéro de sécu|seguridad social|seguro social|segurança social|previdência social|" +
		"previdenza sociale|sociale zekerheid|sofinummer|personnummer|fødselsnummer|cpr-nummer|henkilötunnus*|ubezpieczenia społecznego|sociálního zabezpečení|sociálneho poistenia|társadalombiztosítási|asigurări sociale|socijalnog osiguranja|социального страхования|страховой номер|соціального страхування|" +
		"κοινωνικής ασφάλισης|sosyal güvenlik|sgk|الضمان الاجتماعي|التأمين الاجتماعي|بیمه|ביטוח לאומי|社会保障号|社保号|社會安全|年金番号|사회보장번호|bảo hiểm xã hội|ประกันสังคม|jaminan sosial"},
	{health, "health insurance*|health card*|health number|health id|insurance number|medical record*|medicare|medicaid|patient id|patient number|medical license|krankenversicherungsnummer|krankenversichertennummer|versichertennummer|gesundheitskarte|assurance maladie|carte vitale|tarjeta sanitaria|" +
		"número de afiliado|cartão de saúde|cartão sus|número de utente|tessera sanitaria|zorgverzekering|polisnummer|sjukförsäkring|helsekort|sundhedskort|ubezpieczenia zdrowotnego|číslo pojištěnce|zdravotní pojištění|egészségbiztosítási|taj szám*|asigurări de sănătate|zdravstveno osiguranje|" +
		"медицинский полис|полис омс|полис|медична картка|αμκα|sağlık sigortası|التأمين الصحي|ביטוח בריאות|स्वास्थ्य बीमा|医保卡|医保号|健康保険証|보험증번호|bảo hiểm y tế|บัตรทอง|bpjs"},
	{passport, "passport*|travel document*|passeport*|reisepass*|reisepaß|pass-nr|passnummer|passnr|pasaporte*|passaporte*|passaporto*|paspoort*|paspoortnummer|passi numero|passinumero|passin numero|passi number|pases numurs|paso numeris|paszport*|cestovní pas*|číslo pasu|cestovný pas*|útlevél*|pașaport*|pasaport*|" +
		"putovnic*|pasoš*|potni list*|potnega lista|pasaportë|паспорт*|загранпаспорт*|пасош*|διαβατήριο*|διαβατηρίου|pasaportum|جواز سفر|جواز السفر|رقم الجواز|جواز|گذرنامه|پاسپورت|דרכון|पासपोर्ट|পাসপোর্ট|பாஸ்போர்ட்|పాస్\u200cపోర్ట్|หนังสือเดินทาง|พาสปอร์ต|paspor|pasport|hộ chiếu|" +
		"护照|護照|パスポート|旅券|여권|pasipoti|paspoortnommer"},
	{driver, "driver license*|drivers license*|driver's license*|driver licence*|driving licence*|driving license*|driver's licence*|drivers licence*|drivers lic*|driver lic*|licence number|license number|dl number|dl no|dl#|driver id|permis de conduire|führerschein*|fuehrerschein*|fahrerlaubnis*|" +
		"permiso de conducir|licencia de conducir|licencia de conducción|carnet de conducir|carta de condução|carteira de motorista|carteira de habilitação|cnh|patente di guida|patente|rijbewijs*|körkort*|førerkort*|kørekort*|ajokort*|juhiluba|juhiloa|vadītāja apliecīb*|vairuotojo pažymėjim*|prawo jazdy|prawa jazdy|" +
		"řidičský průkaz*|řidičského průkazu|vodičský preukaz*|jogosítvány*|vezetői engedély*|permis de conducere|vozačka dozvola|vozačke dozvole|vozniško dovoljenje|leje drejtimi|водительское удостоверение|водительского удостоверения|водійське посвідчення|права|свидетелство за управление|возачка дозвола|" +
		"άδεια οδήγησης|ehliyet*|sürücü belgesi|رخصة القيادة|رخصة قيادة|گواهینامه|רישיון נהיגה|ड्राइविंग लाइसेंस|ใบขับขี่|sim number|nomor sim|surat izin mengemudi|lesen memandu|giấy phép lái xe|bằng lái xe|驾驶证|驾照|駕照|運転免許|免許証|운전면허"},
}
