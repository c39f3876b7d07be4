package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestRedact tables the command as a filter: what goes in, what comes out, the exit code and
// the complaint.
func TestRedact(t *testing.T) {
	const text = "mail a@example.com or +49 30 901820, card 4111 1111 1111 1111, www.example.com, pw: hunter22\n"
	for _, c := range []struct {
		name, in string
		args     []string
		code     int
		out, err string
	}{
		{name: "the default types", in: text, out: "mail [email] or [phone], card [card], www.example.com, pw: [credential]\n"},
		{name: "all types", args: []string{"--types", "all"}, in: text, out: "mail [email] or [phone], card [card], [url], pw: [credential]\n"},
		{name: "one type, and what always counts", args: []string{"--types", "phone"}, in: text, out: "mail a@example.com or [phone], card [card], www.example.com, pw: [credential]\n"},
		{name: "two types", args: []string{"--types", "phone,email"}, in: text, out: "mail [email] or [phone], card [card], www.example.com, pw: [credential]\n"},
		{name: "types with spaces", args: []string{"--types", "phone, email"}, in: text, out: "mail [email] or [phone], card [card], www.example.com, pw: [credential]\n"},
		{name: "nothing", in: "", out: ""},
		{name: "line ends as they were", in: "a\r\n\r\nb\n\nc a@b.de", out: "a\r\n\r\nb\n\nc [email]"},
		{name: "bytes as they were", in: "tab\t nul\x00 é e\u0301 [x] \u200b.\n", out: "tab\t nul\x00 é e\u0301 [x] \u200b.\n"},
		{name: "no UTF-8", in: "ok\n\xff\xfe\nok\n", out: "ok\n[unreadable]\nok\n"},
		{name: "an unknown type", args: []string{"--types", "name"}, in: text, code: exitUsage, err: `unknown type "name"`},
		{name: "an unknown flag", args: []string{"--type", "all"}, in: text, code: exitUsage, err: "unknown flag"},
		{name: "an argument", args: []string{"file.txt"}, in: text, code: exitUsage, err: "file.txt"},
		{name: "JSON", args: []string{"--jsonl"}, in: `{"text": "612345678", "country": "es"}` + "\n" + `{"text": "612345678"}` + "\n",
			out: `{"text": "[phone]", "findings": [{"type": "phone", "start": 0, "end": 9}]}` + "\n" + `{"text": "612345678", "findings": []}` + "\n"},
		{name: "offsets in bytes", args: []string{"--jsonl"}, in: `{"text": "é \u00e9 a@b.de"}`, out: `{"text": "é é [email]", "findings": [{"type": "email", "start": 6, "end": 12}]}`},
		{name: "a wrong line of JSON", args: []string{"--jsonl"}, in: `{"text": "a"}` + "\n" + `{"text": "hunter22` + "\n" + `{"text": "b"}` + "\n", code: exitFailed,
			out: `{"text": "a", "findings": []}` + "\n", err: "line 2: bad input"},
	} {
		var out, complaint bytes.Buffer
		code := execute(context.Background(), streams{in: strings.NewReader(c.in), out: &out, err: &complaint}, append([]string{"redact"}, c.args...))
		if code != c.code || out.String() != c.out {
			t.Errorf("%s: exit code %d, %q, want %d, %q (%s)", c.name, code, out.String(), c.code, c.out, complaint.String())
		}
		if got := complaint.String(); c.err == "" && got != "" || !strings.Contains(got, c.err) || strings.Contains(got, "hunter22") {
			t.Errorf("%s: complains %q, want %q", c.name, got, c.err)
		}
	}
}

// TestRedactAnswersAsItReads: whoever types a line gets its outcome before the next one.
func TestRedactAnswersAsItReads(t *testing.T) {
	toCommand, keyboard := io.Pipe()
	screen, fromCommand := io.Pipe()
	code := make(chan int)
	go func() {
		code <- execute(context.Background(), streams{in: toCommand, out: fromCommand, err: io.Discard}, []string{"redact"})
	}()
	seen := bufio.NewReader(screen)
	for _, line := range []string{"one a@b.de\n", "two\n", "three 4111111111111111\n"} {
		if _, err := io.WriteString(keyboard, line); err != nil {
			t.Fatal(err)
		}
		got, err := seen.ReadString('\n')
		if want := strings.NewReplacer("a@b.de", "[email]", "4111111111111111", "[card]").Replace(line); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	keyboard.Close()
	if got := <-code; got != exitDone {
		t.Errorf("exit code %d", got)
	}
}

// TestRedactIntoAClosedPipe: the reader has gone. The command ends, and says so.
func TestRedactIntoAClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	in := strings.NewReader(strings.Repeat("a line of text\n", 1<<16))
	var complaint bytes.Buffer
	if code := execute(context.Background(), streams{in: in, out: w, err: &complaint}, []string{"redact"}); code != exitFailed || !strings.Contains(complaint.String(), syscall.EPIPE.Error()) {
		t.Errorf("exit code %d, %q", code, complaint.String())
	}
	if in.Len() == 0 {
		t.Error("everything was read, for nobody")
	}
}

// TestRedactOrder sends many lines through, long ones among them.
func TestRedactOrder(t *testing.T) {
	var in, want strings.Builder
	for i := range 20000 {
		line := strings.Repeat("x", i%300) + " " + itoa(i%977)
		if i%1000 == 0 {
			line = strings.Repeat("long ", 100000) + line
		}
		in.WriteString(line + " a@b.de\n")
		want.WriteString(line + " [email]\n")
	}
	var out bytes.Buffer
	if code := execute(context.Background(), streams{in: strings.NewReader(in.String()), out: &out, err: io.Discard}, []string{"redact"}); code != exitDone || out.String() != want.String() {
		t.Errorf("exit code %d, %d bytes, want %d", code, out.Len(), want.Len())
	}
}
