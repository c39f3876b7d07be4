package pseudonym

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Fault is what is wrong with a keys file, and where. It shows nothing of a key.
type Fault struct {
	File string
	Line int // from 1
	err  error
}

func (f *Fault) Error() string { return fmt.Sprintf("%s:%d: %v", f.File, f.Line, f.err) }

func (f *Fault) Unwrap() error { return f.err }

func atLine(line int, format string, args ...any) error {
	return &Fault{Line: line, err: fmt.Errorf(format, args...)}
}

// fileContent is a keys file as it was read, with lines for faults.
type fileContent struct {
	line     int // of the file's version, or of its beginning
	version  uint64
	purposes []purposeEntry
	// kek and wrapped are of a file whose keys are encrypted.
	kek     string
	wrapped []byte
}

type purposeEntry struct {
	name string
	line int
	keys []keyRead
}

type keyRead struct {
	line    int
	epoch   uint32
	created time.Time
	key     []byte
}

// keyReader reads a keys file token by token, since encoding/json's own errors
// may show a value, and know no lines.
type keyReader struct {
	d       *json.Decoder
	content []byte
	last    int64 // where the last token ended
}

func readFile(content []byte) (*fileContent, error) {
	r := &keyReader{d: json.NewDecoder(bytes.NewReader(content)), content: content}
	r.d.UseNumber()
	f := &fileContent{line: 1}
	err := r.object(func(key string) (err error) {
		switch key {
		case "version":
			f.line = r.line()
			f.version, err = r.number(64)
			return err
		case "purposes":
			return r.object(func(name string) error {
				p := purposeEntry{name: name, line: r.line()}
				err := r.list(func() error {
					k, err := r.key()
					p.keys = append(p.keys, k)
					return err
				})
				f.purposes = append(f.purposes, p)
				return err
			})
		case "kek":
			f.kek, err = r.text()
			return err
		case "wrapped":
			f.wrapped, err = r.base64()
			return err
		}
		return r.wrong()
	})
	if err != nil {
		return nil, err
	}
	if _, err := r.d.Token(); err != io.EOF {
		return nil, atLine(r.line(), "something follows the keys")
	}
	return f, nil
}

// key reads one key.
func (r *keyReader) key() (k keyRead, err error) {
	err = r.object(func(name string) error {
		if k.line == 0 {
			k.line = r.line()
		}
		switch name {
		case "epoch":
			n, err := r.number(32)
			k.epoch = uint32(n)
			return err
		case "created":
			text, err := r.text()
			if err != nil {
				return err
			}
			if k.created, err = time.Parse(time.RFC3339, text); err != nil {
				return r.wrong()
			}
			return nil
		case "key":
			k.key, err = r.base64()
			return err
		}
		return r.wrong()
	})
	if k.line == 0 {
		k.line = r.line()
	}
	return k, err
}

// token is the next token.
func (r *keyReader) token() (json.Token, error) {
	t, err := r.d.Token()
	if err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			r.last = syntax.Offset
		} else {
			r.last = int64(len(r.content))
		}
		return nil, atLine(r.line(), "no JSON")
	}
	r.last = r.d.InputOffset()
	return t, nil
}

// object reads an object, and calls member behind each key, to read its value. A
// key that stands twice is wrong.
func (r *keyReader) object(member func(key string) error) error {
	if err := r.open('{'); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for r.d.More() {
		t, err := r.token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return r.wrong()
		}
		if seen[name] {
			return atLine(r.line(), "a name stands twice")
		}
		seen[name] = true
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// list reads a list, and calls item for each of its items, to read it.
func (r *keyReader) list(item func() error) error {
	if err := r.open('['); err != nil {
		return err
	}
	for r.d.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

func (r *keyReader) open(delimiter json.Delim) error {
	t, err := r.token()
	if err == nil && t != delimiter {
		return r.wrong()
	}
	return err
}

func (r *keyReader) text() (string, error) {
	t, err := r.token()
	if err != nil {
		return "", err
	}
	text, ok := t.(string)
	if !ok {
		return "", r.wrong()
	}
	return text, nil
}

func (r *keyReader) base64() ([]byte, error) {
	text, err := r.text()
	if err != nil {
		return nil, err
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, r.wrong()
	}
	return decoded, nil
}

// number reads a whole number of so many bits.
func (r *keyReader) number(bits int) (uint64, error) {
	t, err := r.token()
	if err != nil {
		return 0, err
	}
	text, ok := t.(json.Number)
	if !ok {
		return 0, r.wrong()
	}
	n, err := strconv.ParseUint(text.String(), 10, bits)
	if err != nil {
		return 0, r.wrong()
	}
	return n, nil
}

// wrong is of what is not as a keys file has it; what that was may be a key.
func (r *keyReader) wrong() error {
	return atLine(r.line(), "not a keys file: want {version, purposes: {NAME: [{epoch, created, key}]}}, or {version, kek, wrapped}; key and wrapped as base64")
}

// line is the line of the last token.
func (r *keyReader) line() int {
	return 1 + bytes.Count(r.content[:min(r.last, int64(len(r.content)))], []byte{'\n'})
}
