package nationalid

// Sources: AR AFIP (CUIT, CUIL); BO SEGIP; BR Receita Federal (CPF, CNPJ), Caixa
// (PIS/PASEP), TSE (título), DATASUS (CNS), DENATRAN (CNH); CL Registro Civil; CO
// DIAN; EC SRI, Registro Civil; PE SUNAT, RENIEC; PY DNIT; UY DGI, DNIC; VE SENIAT.
var southAmerica = []scheme{
	{cc: "AR", name: "CUIT", kind: tax | identity | social, forms: "11n", words: "cuit|cuil|c.u.i.t.|clave única de identificación tributaria", check: arCUIT, layout: "2-8-1"},
	{cc: "AR", name: "DNI", kind: identity, forms: "7n|8n", words: "dni|documento nacional de identidad|d.n.i.", reach: named},
	{cc: "BO", name: "CI", kind: identity, forms: "5n|6n|7n|8n|5n2a|6n2a|7n2a|8n2a|7n3a|8n3a|7n4a|8n4a|7n2a2n|8n2a2n", words: "cédula de identidad|carnet de identidad|ci", reach: named},
	{cc: "BR", name: "CPF", kind: tax | identity, forms: "11n", words: "cpf|c.p.f.|cadastro de pessoas físicas", check: brCPF, reach: written, layout: "3.3.3-2"},
	{cc: "BR", name: "CNPJ", kind: tax, forms: "12c2n", words: "cnpj|cadastro nacional da pessoa jurídica", check: brCNPJ},
	{cc: "BR", name: "PIS/PASEP", kind: social, forms: "11n", words: "pis|pasep|nis|nit|pis/pasep", check: brPIS, reach: named},
	{cc: "BR", name: "Título de eleitor", kind: identity, forms: "12n", words: "título de eleitor|titulo de eleitor|título eleitoral|titulo eleitoral", check: brVoter},
	{cc: "BR", name: "CNS", kind: health, forms: "15n", words: "cns|cartão nacional de saúde|cartao sus|cartão sus", check: brCNS},
	{cc: "BR", name: "CNH", kind: driver, forms: "11n", words: "cnh|carteira nacional de habilitação|carteira de motorista|habilitação", check: brCNH, reach: named},
	{cc: "BR", name: "RG", kind: identity, forms: "7n|8n|9n|8n1c|7n1c", words: "rg|registro geral|carteira de identidade", reach: named},
	{cc: "CL", name: "RUT", kind: identity | tax, forms: "7n1c|8n1c", words: "rut|run|r.u.t.|rol único tributario|rol unico", check: clRUT, layout: "2.3.3-1|1.3.3-1|8-1|7-1"},
	{cc: "CO", name: "NIT", kind: tax | identity, forms: "8n|9n|10n|11n", words: "nit|rut", check: coNIT, layout: "3.3.3-1|9-1"},
	{cc: "CO", name: "Cédula de ciudadanía", kind: identity, forms: "6n|7n|8n|10n", words: "cédula|cedula|cédula de ciudadanía|c.c.|cc", reach: named},
	{cc: "EC", name: "Cédula", kind: identity, forms: "10n", words: "cédula|cedula|ci|c.i.", check: ecCI, layout: "9-1"},
	{cc: "EC", name: "RUC", kind: tax, forms: "13n", words: "ruc", check: ecRUC},
	{cc: "PE", name: "DNI", kind: identity, forms: "8n1c", words: "dni|cui|documento nacional de identidad", check: peCUI, layout: "8-1"},
	{cc: "PE", name: "DNI", kind: identity, forms: "8n", words: "dni|documento nacional de identidad", reach: named},
	{cc: "PE", name: "RUC", kind: tax, forms: "11n", words: "ruc", check: peRUC},
	{cc: "PE", name: "Carné de extranjería", kind: identity, forms: "9n", words: "carné de extranjería|carnet de extranjería", reach: named},
	{cc: "PY", name: "RUC", kind: tax, forms: "6n|7n|8n|9n", words: "ruc", check: pyRUC, layout: "8-1|7-1|6-1"},
	{cc: "PY", name: "Cédula", kind: identity, forms: "5n|6n|7n", words: "cédula|cedula|ci|c.i.", reach: named},
	{cc: "UY", name: "Cédula", kind: identity, forms: "7n|8n", words: "cédula|cedula|ci|c.i.", check: uyCI, layout: "1.3.3-1|7-1"},
	{cc: "UY", name: "NIE", kind: tax | identity, forms: "9n", words: "nie|número de identificación de extranjeros", reach: named},
	{cc: "UY", name: "RUT", kind: tax, forms: "12n", words: "rut", check: uyRUT},
	{cc: "VE", name: "RIF", kind: tax | identity, forms: "1a9n", words: "rif|registro de información fiscal", check: veRIF},
	{cc: "VE", name: "Cédula", kind: identity, forms: "7n|8n|1a7n|1a8n", words: "cédula|cedula|ci|c.i.", reach: named},
}

func arCUIT(s []byte) bool {
	switch number(s[:2]) {
	case 20, 23, 24, 25, 26, 27, 30, 33, 34, 50, 51, 55:
		return "012345678990"[11-weigh(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11] == s[10]
	}
	return false
}

func brCPF(s []byte) bool {
	a := weigh(s, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10
	b := weigh(s, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10
	return a == digit(s[9]) && b == digit(s[10]) && !same(s)
}

// brCNPJ: letters count by their place in ASCII less 48, in numbers given out
// from July 2026 on; two digits by 11.
func brCNPJ(s []byte) bool {
	check := func(s []byte) int {
		sum, w := 0, 2
		for i := len(s) - 1; i >= 0; i-- {
			sum += int(s[i]-'0') * w
			if w++; w > 9 {
				w = 2
			}
		}
		if r := sum % 11; r >= 2 {
			return 11 - r
		}
		return 0
	}
	return check(s[:12]) == digit(s[12]) && check(s[:13]) == digit(s[13]) && !same(s)
}

func brPIS(s []byte) bool {
	c := 11 - weigh(s, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)%11
	if c > 9 {
		c = 0
	}
	return c == digit(s[10]) && !same(s)
}

// brVoter: a serial number, a state (01 to 28), and two digits by 11.
func brVoter(s []byte) bool {
	state := number(s[8:10])
	a := weigh(s, 2, 3, 4, 5, 6, 7, 8, 9) % 11 % 10
	b := (digit(s[8])*7 + digit(s[9])*8 + a*9) % 11 % 10
	return state >= 1 && state <= 28 && a == digit(s[10]) && b == digit(s[11])
}

func brCNS(s []byte) bool {
	return oneOf(s[0], "12789") && weigh(s, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

func brCNH(s []byte) bool {
	a, less := weigh(s, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11, 0
	if a > 9 {
		a, less = 0, 2
	}
	b := weigh(s, 1, 2, 3, 4, 5, 6, 7, 8, 9) % 11
	if b > 9 {
		b = 0
	} else if b -= less; b < 0 {
		b += 11
	}
	if b > 9 {
		b = 0
	}
	return a == digit(s[9]) && b == digit(s[10]) && !same(s)
}

// clRUT: weights 2 to 7 from the right, by 11, K for 10.
func clRUT(s []byte) bool {
	n, sum, w := len(s)-1, 0, 2
	for i := n - 1; i >= 0; i-- {
		sum += digit(s[i]) * w
		if w++; w > 7 {
			w = 2
		}
	}
	return "0123456789K"[(11-sum%11)%11] == s[n] && !same(s)
}

func coNIT(s []byte) bool {
	weights := [15]int{3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71}
	n, sum := len(s)-1, 0
	for i := range n {
		sum += digit(s[n-1-i]) * weights[i]
	}
	return "01987654321"[sum%11] == s[n]
}

func ecProvince(s []byte) bool {
	p := number(s[:2])
	return p >= 1 && p <= 24 || p == 30 || p == 50
}

func ecCI(s []byte) bool { return ecProvince(s) && s[2] <= '6' && luhn(s[:10]) }

// ecRUC: a person's, by the identity card; a public body's and a company's by 11.
func ecRUC(s []byte) bool {
	switch {
	case !ecProvince(s) || number(s[10:]) == 0:
		return false
	case s[2] < '6':
		return luhn(s[:10])
	case s[2] == '6' && weigh(s, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 && number(s[9:]) != 0:
		return true
	case s[2] == '6':
		return luhn(s[:10])
	}
	return s[2] == '9' && weigh(s, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

func peCUI(s []byte) bool {
	c := weigh(s, 3, 2, 7, 6, 5, 4, 3, 2) % 11
	return "65432110987"[c] == s[8] || "KJIHGFEDCBA"[c] == s[8]
}

func peRUC(s []byte) bool {
	switch number(s[:2]) {
	case 10, 15, 16, 17, 20:
		return (11-weigh(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s[10])
	}
	return false
}

func pyRUC(s []byte) bool {
	n, sum := len(s)-1, 0
	for i := range n {
		sum += digit(s[n-1-i]) * (i + 2)
	}
	return (11-sum%11)%11%10 == digit(s[n]) && !same(s)
}

func uyCI(s []byte) bool {
	weights := [7]int{2, 9, 8, 7, 6, 3, 4}
	n, sum := len(s)-1, 0
	for i := range n {
		sum += digit(s[i]) * weights[7-n+i]
	}
	return (10-sum%10)%10 == digit(s[n]) && !same(s)
}

func uyRUT(s []byte) bool {
	p := number(s[:2])
	return p >= 1 && p <= 22 && number(s[2:8]) != 0 && number(s[8:11]) == 1 &&
		(11-weigh(s, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s[11])
}

func veRIF(s []byte) bool {
	kind := indexOf("VEJPG", s[0])
	if s[0] == 'C' {
		kind = 2
	}
	if kind < 0 {
		return false
	}
	return "00987654321"[(4*(kind+1)+weigh(s[1:], 3, 2, 7, 6, 5, 4, 3, 2))%11] == s[9]
}
