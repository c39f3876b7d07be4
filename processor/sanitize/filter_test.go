package sanitize

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sluice-stream/sluice/processor/sanitize/detect"
)

func filtered(t *testing.T, in string, o FilterOptions) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := Filter(context.Background(), iotest.HalfReader(strings.NewReader(in)), &out, o)
	return out.String(), err
}

func TestFilterKeepsWhatItDoesNotFind(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "",
		"\n":                                   "\n",
		"\r\n\n x ":                            "\r\n\n x ",
		"plain, no end":                        "plain, no end",
		"a@example.com\r\nb\n":                 "[email]\r\nb\n",
		"b\n4111 1111 1111 1111":               "b\n[card]",
		"\xff\xfe\nok\n":                       "[unreadable]\nok\n",
		"tab\tand\x00zero\n[email]\n":          "tab\tand\x00zero\n[email]\n",
		strings.Repeat("long ", 1<<18) + "\nx": strings.Repeat("long ", 1<<18) + "\nx",
	} {
		if got, err := filtered(t, in, FilterOptions{Types: DefaultTypes}); err != nil || got != want {
			t.Errorf("%.40q: %.60q, %v", in, got, err)
		}
	}
}

func TestFilterTypes(t *testing.T) {
	const in = "a@example.com 4111 1111 1111 1111\n"
	if got, err := filtered(t, in, FilterOptions{}); err != nil || got != "a@example.com [card]\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFilterBoundsLines(t *testing.T) {
	in := "a\n" + strings.Repeat("x", MaxTextBytes+1) + "\nb\n" + strings.Repeat("y", MaxTextBytes) + "\n"
	got, err := filtered(t, in, FilterOptions{Types: DefaultTypes})
	if want := "a\n[unreadable]\nb\n" + strings.Repeat("y", MaxTextBytes) + "\n"; err != nil || got != want {
		t.Errorf("%d bytes, want %d, %v", len(got), len(want), err)
	}
}

func TestFilterJSON(t *testing.T) {
	in := `{"text": "mail a@example.com <b> é \u00e9", "country": "de"}` + "\n\n" + `{"text":"plain"}`
	got, err := filtered(t, in, FilterOptions{Types: detect.All, JSONL: true})
	want := `{"text": "mail [email] <b> é é", "findings": [{"type": "email", "start": 5, "end": 18}]}` + "\n\n" + `{"text": "plain", "findings": []}`
	if err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
	for line := range strings.Lines(got) {
		if strings.TrimSpace(line) != "" && !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestFilterNamesWrongLines(t *testing.T) {
	for line, want := range map[string]string{
		`{"text": 1}`:           `line 2: bad input: "text" is to be a string`,
		`{"country": "DE"}`:     `line 2: bad input: an object with "text" is wanted`,
		`{"text": "hunter2"`:    "line 2: bad input: no JSON object (byte 18)",
		`["hunter2"]`:           `line 2: bad input: an object with "text" is wanted`,
		`{"text": null}`:        `line 2: bad input: an object with "text" is wanted`,
		`{"text": "x"} hunter2`: "line 2: bad input: no JSON object (byte 15)",
	} {
		got, err := filtered(t, `{"text": "a"}`+"\n"+line+"\n", FilterOptions{JSONL: true})
		if !errors.Is(err, ErrInput) || err.Error() != want || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
		if got != `{"text": "a", "findings": []}`+"\n" {
			t.Errorf("%s: before it: %q", line, got)
		}
	}
}

func TestFilterPassesErrorsOn(t *testing.T) {
	failed := errors.New("disk")
	err := Filter(context.Background(), io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(failed)), io.Discard, FilterOptions{})
	if !errors.Is(err, failed) || !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Filter(ctx, strings.NewReader("a\n"), io.Discard, FilterOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzFilterJSON: each line of JSON gives one line of JSON or names the line, findings
// come in order inside of the text, and what is outside of them stays.
func FuzzFilterJSON(f *testing.F) {
	for _, s := range seeds() {
		line, err := json.Marshal(map[string]string{"text": s, "country": "DE"})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(line))
	}
	for _, s := range []string{"", "{}", "null", `{"text":1}`, `{"text":"\ud800"}`, `{"text":"a","text":"b"}`, `{"TEXT":"a@example.com"}`, `{"text":"a"} {"text":"b"}`, "{\"text\":\"\xff\"}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) > 1<<14 || strings.ContainsAny(line, "\r\n") {
			return
		}
		var out bytes.Buffer
		if err := Filter(context.Background(), strings.NewReader(line), &out, FilterOptions{Types: detect.All, JSONL: true}); err != nil {
			if out.Len() > 0 || !strings.Contains(err.Error(), "line 1") {
				t.Fatalf("%v, after %q", err, &out)
			}
			return
		}
		if strings.TrimSpace(line) == "" {
			return
		}
		var in struct{ Text string }
		var got struct {
			Text     string
			Findings []struct {
				Type       string
				Start, End int
			}
		}
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil || d.More() {
			t.Fatalf("%q: %v", &out, err)
		}
		if err := json.Unmarshal([]byte(line), &in); err != nil {
			t.Fatalf("%q was read: %v", line, err)
		}
		if got.Text == Unreadable && len(got.Findings) == 0 {
			return
		}
		at, rest := 0, got.Text
		for _, x := range got.Findings {
			if x.Start < at || x.End <= x.Start || x.End > len(in.Text) {
				t.Fatalf("%+v in %q", got.Findings, in.Text)
			}
			kept, ok := strings.CutPrefix(rest, in.Text[at:x.Start]+"["+x.Type+"]")
			if !ok {
				t.Fatalf("%q became %q with %+v", in.Text, got.Text, got.Findings)
			}
			at, rest = x.End, kept
		}
		if rest != in.Text[at:] {
			t.Fatalf("%q became %q with %+v", in.Text, got.Text, got.Findings)
		}
	})
}
