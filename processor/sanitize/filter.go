package sanitize

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ErrInput says that a line of JSON input is not what Filter reads.
var ErrInput = errors.New("bad input")

// FilterOptions is what `sluice redact` is told.
type FilterOptions struct {
	// Types are looked for beside credentials and payment data; zero: these
	// alone.
	Types Types
	// JSONL: each line is an object with `text` and, if known, `country`, and
	// becomes an object with `text` and `findings`. Otherwise each line is a text.
	JSONL bool
}

// maxInputLine is the longest line of JSON: every byte of the longest text as
// an escape of six, and the rest of the object.
const maxInputLine = 6*MaxTextBytes + 4096

// Filter redacts in, line by line, to out. Order, line ends and a missing last
// line end are kept; a text without findings keeps its bytes. A text that is
// longer than MaxTextBytes is replaced by Unreadable. A wrong line of JSON ends it with
// an error that wraps ErrInput and names the line; what came before is written.
func Filter(ctx context.Context, in io.Reader, out io.Writer, opts FilterOptions) error {
	f := filter{
		scan: New(opts.Types).NewScanner(),
		in:   bufio.NewReaderSize(in, 256<<10), out: bufio.NewWriterSize(out, 256<<10),
		max: MaxTextBytes + len("\r\n"), jsonl: opts.JSONL,
	}
	if opts.JSONL {
		f.max = maxInputLine
	}
	err := f.run(ctx)
	if flushErr := f.out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("writing: %w", flushErr)
	}
	return err
}

type filter struct {
	scan  *Scanner
	in    *bufio.Reader
	out   *bufio.Writer
	max   int
	jsonl bool
	n     int
	// long is a line that is longer than what in reads at once; text and answer are those of a line of JSON.
	long, text []byte
	answer     bytes.Buffer
}

func (f *filter) run(ctx context.Context) error {
	for {
		if f.n&63 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, whole, err := f.read()
		if len(line) > 0 || !whole {
			f.n++
			if err := f.put(line, whole); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("reading line %d: %w", f.n+1, err)
		}
		if f.in.Buffered() == 0 {
			// Whoever reads along does not wait for what is yet to come.
			if err := f.out.Flush(); err != nil {
				return fmt.Errorf("writing: %w", err)
			}
		}
	}
}

// read is the next line with its end, and whether it is within bounds: of a longer
// one, only its end is left.
func (f *filter) read() (line []byte, whole bool, err error) {
	line, err = f.in.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return line, true, err
	}
	f.long = append(f.long[:0], line...)
	whole = true
	for err == bufio.ErrBufferFull {
		line, err = f.in.ReadSlice('\n')
		if len(f.long)+len(line) > f.max {
			whole = false
			f.long = f.long[:0]
		}
		if len(f.long)+len(line) > cap(f.long) {
			// By much more than append would: its steps would be as many copies, each on memory of its own.
			f.long = slices.Grow(f.long, min(longGrowth*cap(f.long), mostGrowth))
		}
		f.long = append(f.long, line...)
	}
	return f.long, whole, err
}

// longGrowth is by how many times what it has the buffer of a line grows, mostGrowth by how many bytes at most.
const longGrowth, mostGrowth = 3, 16 << 20

// put writes a line's outcome.
func (f *filter) put(line []byte, whole bool) error {
	text, end := line, []byte(nil)
	if bytes.HasSuffix(text, []byte("\r\n")) {
		text, end = text[:len(text)-2], text[len(text)-2:]
	} else if bytes.HasSuffix(text, []byte("\n")) {
		text, end = text[:len(text)-1], text[len(text)-1:]
	}
	var outcome []byte
	switch {
	case f.jsonl && !whole:
		return fmt.Errorf("line %d: %w: longer than %d bytes", f.n, ErrInput, f.max)
	case f.jsonl && len(bytes.TrimSpace(text)) == 0:
		outcome = text
	case f.jsonl:
		if err := f.object(text); err != nil {
			return fmt.Errorf("line %d: %w: %w", f.n, ErrInput, err)
		}
		outcome = f.answer.Bytes()
	case !whole:
		outcome = []byte(Unreadable)
	default:
		outcome, _ = f.scan.Redact(text, "")
	}
	for _, b := range [...][]byte{outcome, end} {
		if _, err := f.out.Write(b); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	return nil
}

// request is a line of JSON input.
type request struct {
	Text    *string `json:"text"`
	Country *string `json:"country"`
}

// object makes the answer to one line of JSON.
func (f *filter) object(line []byte) error {
	if f.answer.Cap() > keptBytes {
		f.answer, f.text = bytes.Buffer{}, nil
	}
	f.answer.Reset()
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return describe(err)
	}
	if r.Text == nil {
		return errors.New(`an object with "text" is wanted`)
	}
	country := ""
	if r.Country != nil {
		country = strings.ToUpper(*r.Country)
	}
	if !utf8.Valid(line) {
		// Decoding put other bytes in place of the invalid ones: offsets would lie.
		f.answer.WriteString(`{"text": "` + Unreadable + `", "findings": []}`)
		return nil
	}
	f.text = append(f.text[:0], *r.Text...)
	text, _ := f.scan.Redact(f.text, country)
	f.answer.WriteString(`{"text": `)
	if err := quote(&f.answer, text); err != nil {
		return err
	}
	f.answer.WriteString(`, "findings": [`)
	for i, x := range f.scan.Findings() {
		if i > 0 {
			f.answer.WriteString(", ")
		}
		fmt.Fprintf(&f.answer, `{"type": %q, "start": %d, "end": %d}`, x.Type.String(), x.Start, x.End)
	}
	f.answer.WriteString("]}")
	return nil
}

// describe says what is wrong with a line without quoting any of it.
func describe(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON object (byte %d)", syntax.Offset)
	case errors.As(err, &typ) && typ.Field != "":
		return fmt.Errorf("%q is to be a string", typ.Field)
	}
	return errors.New(`an object with "text" is wanted`)
}

// quote writes text as a JSON string, with `<`, `>` and `&` as they are.
func quote(to *bytes.Buffer, text []byte) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	if err := e.Encode(string(text)); err != nil {
		return err
	}
	to.Truncate(to.Len() - len("\n"))
	return nil
}
