package sanitize

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	line  []byte
	buf   []byte
	n     int
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
	f.line = append(f.line[:0], line...)
	whole = true
	for err == bufio.ErrBufferFull {
		line, err = f.in.ReadSlice('\n')
		if len(f.line)+len(line) > f.max {
			whole = false
			f.line = f.line[:0]
		}
		f.line = append(f.line, line...)
	}
	return f.line, whole, err
}

// put writes a line's outcome.
func (f *filter) put(line []byte, whole bool) error {
	text, end := line, []byte(nil)
	if bytes.HasSuffix(text, []byte("\r\n")) {
		text, end = text[:len(text)-2], text[len(text)-2:]
	} else if bytes.HasSuffix(text, []byte("\n")) {
		text, end = text[:len(text)-1], text[len(text)-1:]
	}
	switch {
	case f.jsonl && !whole:
		return fmt.Errorf("line %d: %w: longer than %d bytes", f.n, ErrInput, f.max)
	case f.jsonl && len(bytes.TrimSpace(text)) == 0:
		f.buf = append(f.buf[:0], text...)
	case f.jsonl:
		var err error
		if f.buf, err = f.object(f.buf[:0], text); err != nil {
			return fmt.Errorf("line %d: %w: %w", f.n, ErrInput, err)
		}
	case !whole:
		f.buf = append(f.buf[:0], Unreadable...)
	default:
		f.buf, _ = f.scan.Append(f.buf[:0], text, "")
	}
	f.buf = append(f.buf, end...)
	if _, err := f.out.Write(f.buf); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if cap(f.buf) > keptBytes {
		f.buf = nil
	}
	return nil
}

// request is a line of JSON input.
type request struct {
	Text    *string `json:"text"`
	Country *string `json:"country"`
}

// object appends the answer to one line of JSON.
func (f *filter) object(dst, line []byte) ([]byte, error) {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return dst, describe(err)
	}
	if r.Text == nil {
		return dst, errors.New(`an object with "text" is wanted`)
	}
	country := ""
	if r.Country != nil {
		country = strings.ToUpper(*r.Country)
	}
	f.line = append(f.line[:0], *r.Text...)
	if !utf8.Valid(line) {
		// Decoding put other bytes in place of the invalid ones: offsets would lie.
		return append(dst, `{"text": "`+Unreadable+`", "findings": []}`...), nil
	}
	text, _ := f.scan.Append(nil, f.line, country)
	quoted, err := quote(text)
	if err != nil {
		return dst, err
	}
	dst = append(dst, `{"text": `...)
	dst = append(dst, quoted...)
	dst = append(dst, `, "findings": [`...)
	for i, x := range f.scan.Findings() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = fmt.Appendf(dst, `{"type": %q, "start": %d, "end": %d}`, x.Type.String(), x.Start, x.End)
	}
	return append(dst, "]}"...), nil
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

// quote is text as a JSON string, with `<`, `>` and `&` as they are.
func quote(text []byte) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(string(text)); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
