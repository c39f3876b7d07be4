package judge_test

import (
	"testing"

	"github.com/sluice-stream/sluice/processor/judge"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/topics/schema"
)

// What a record cannot say is never taken from the record before it, whose memory is
// used again: another member would be withheld for it.
func TestExamineSettingsForgets(t *testing.T) {
	text, err := schema.JSON("SettingsChanged")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := schema.CompileSettings(text)
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(id int) (*schema.SettingsReader, bool) {
		if id == 7 {
			return reader, true
		}
		return nil, id == 8
	}
	country, minor, account := "CH", true, schema.AccountErased
	full := schema.SettingsChanged{
		EventID: "e", MemberID: "ann", Version: 1, OccurredMillis: 1, Country: &country, Minor: &minor, Account: &account,
		Choices: []schema.SettingChoice{{Setting: "s", Choice: schema.ChoiceDeny}},
	}
	small := schema.SettingsChanged{EventID: "f", MemberID: "bob", Version: 1, OccurredMillis: 1}
	var change schema.SettingsChanged
	for _, c := range []struct {
		name   string
		value  []byte
		want   policy.Reason
		member string
	}{
		{"no header", []byte("?"), policy.Undecodable, ""},
		{"too large", make([]byte, judge.MaxValueBytes+1), policy.TooLarge, ""},
		{"an unknown schema", schema.AppendHeader(nil, 9), policy.SchemaUnknown, ""},
		{"another schema", schema.AppendHeader(nil, 8), policy.Undecodable, ""},
		{"cut", schema.AppendHeader(nil, 7), policy.Undecodable, ""},
		{"only what it has to have", small.AppendAvro(schema.AppendHeader(nil, 7)), policy.Published, "bob"},
	} {
		if reason, detail := judge.ExamineSettings([]byte("ann"), full.AppendAvro(schema.AppendHeader(nil, 7)), &change, lookup); reason != policy.Published {
			t.Fatalf("the record before: %v, %s", reason, detail)
		}
		reason, _ := judge.ExamineSettings([]byte("bob"), c.value, &change, lookup)
		if reason != c.want || change.MemberID != c.member || change.Country != nil || change.Minor != nil || change.Account != nil || len(change.Choices) != 0 {
			t.Errorf("%s: %v, %+v", c.name, reason, change)
		}
	}
}
