package sanitize

import (
	"strings"
	"testing"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

// TestOnceWrong holds texts that fuzzing found to be mishandled.
func TestOnceWrong(t *testing.T) {
	all := New(detect.All)
	for _, text := range []string{
		// Each marker laid the next number open, one a round.
		strings.Repeat("DE89 3704 0044 0532 0130 00", 40) + "a@b0x52908400098527886E0F7030069857D2E4169EE7abc",
		strings.Repeat("a.b.c.d@e.f@", 60),
		// Two new findings of a later round lay on both sides of an old one.
		"5678 5678 " + strings.Repeat("+49 30 901820", 7) + "парa%40b.com[123412341234123412341234",
		// More names than a look keeps, before a number and behind it.
		strings.Repeat("ssn ", 30) + "123456 " + strings.Repeat("ssn ", 30),
		// A shorter value's copy lay over the longer one's.
		"пароль:пароль:пароль: солнцепароль:(пароль: солнце",
		// A value that a finding cuts.
		"password:password:[",
	} {
		check(t, all.NewScanner(), []byte(text), "US")
		check(t, all.NewScanner(), []byte(text), "")
	}
}

// TestFoundAlone holds short texts with one finding that no word, or only a plain one, tells.
func TestFoundAlone(t *testing.T) {
	s := New(detect.All).NewScanner()
	for text, want := range map[string]detect.Type{
		"00-1A-2B-3C-4D-5E":            detect.MAC, // few of its digits follow each other
		"saw 9A-1B-CC-0D-EE-0F again":  detect.MAC,
		"pay it from account 12345678": detect.BankAccount,
		"Konto: 1234567":               detect.BankAccount,
		"Your login code is 482913":    detect.Credential,
		"use otp code 4829":            detect.Credential,
	} {
		if f := s.Find([]byte(text), ""); len(f) != 1 || f[0].Type != want {
			t.Errorf("%q: %v, want one %s", text, f, want)
		}
	}
	// An Entra secret may begin with a tilde.
	entra := []byte("<v>~Xy7" + "Q~" + "abcdefGHIJ-klmnop.QRSTU_vwx12345</v>")
	if f := s.Find(entra, ""); len(f) != 1 || f[0].Start != 3 || f[0].End != len(entra)-4 {
		t.Errorf("%s: %v", entra, f)
	}
	for _, text := range []string{"the account of 1234567 people", "[bank_account] 2071016500495", "on 10-20-30 we meet", "it is 12-ab-cd now"} {
		if f := s.Find([]byte(text), ""); len(f) > 0 {
			t.Errorf("%q: %v, want none", text, f)
		}
	}
}

// TestUUIDs holds that groups of a UUID are nobody's numbers, and that what looks like a name inside of one is none; as
// somebody's key it goes.
func TestUUIDs(t *testing.T) {
	s := New(detect.All).NewScanner()
	for _, text := range []string{
		"4142600e-c677-4fb3-a6e2-80fb62bcd9d5", "03320443-4cbd-4608-861e-c8af410b4c4c", "02cf175a-6556-4233-9692-d722fae8e4ff",
		"id 1e83418e-22fa-44fe-a85b-91bce4ab715c and request ee1ff5a9-a6b5-45a8-9a0f-8327501fd39c",
	} {
		if f := s.Find([]byte(text), ""); len(f) > 0 {
			t.Errorf("%q: %v, want none", text, f)
		}
	}
	for _, text := range []string{"api key 4462ebfc-5f91-4ef0-9cfb-ac6e7687a66e", "2fa backup code: 4462ebfc-5f91-4ef0-9cfb-ac6e7687a66e"} {
		if f := s.Find([]byte(text), ""); len(f) != 1 || f[0].Type != detect.Credential || f[0].End != len(text) {
			t.Errorf("%q: %v, want a credential", text, f)
		}
	}
}
