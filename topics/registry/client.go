package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"
)

// Operations that an observer is told of.
const (
	opSchema    = "schema"
	opReference = "reference"
	opRegister  = "register"
	opLookup    = "lookup"
	opPing      = "ping"
)

// Operations are all that an observer can be told of.
func Operations() []string { return []string{opSchema, opReference, opRegister, opLookup, opPing} }

// Client is safe for concurrent use.
type Client struct {
	sr      *sr.Client
	http    *http.Client
	observe func(operation, result string)

	schemas    *kept[int, Fetched]
	registered *kept[offer, int]
}

// offer is a schema under a subject, by its hash.
type offer struct {
	subject string
	text    [sha256.Size]byte
}

// Fetched is a schema as the registry has it.
type Fetched struct {
	// Text is the schema's JSON, or its bare name.
	Text string
	// References are the texts of the schemas that it refers to, each before
	// those that need it.
	References []string
}

func (f *Fetched) bytes() int {
	n := len(f.Text)
	for _, r := range f.References {
		n += len(r)
	}
	return n
}

// answer is a schema on the wire. The library's own type knows three schema
// types and gives up on an answer with another, which some registries have.
type answer struct {
	Schema     string               `json:"schema"`
	SchemaType string               `json:"schemaType"`
	References []sr.SchemaReference `json:"references"`
}

func (a *answer) isAvro() bool { return a.SchemaType == "" || strings.EqualFold(a.SchemaType, "AVRO") }

// Schema is the schema of an id, with what it refers to. Errors are ErrNotFound,
// ErrNotAvro, or say that the registry does not answer.
func (c *Client) Schema(ctx context.Context, id int) (Fetched, error) {
	if id < 0 {
		return Fetched{}, ErrNotFound // no registry gives it
	}
	return c.schemas.get(ctx, id, func() (Fetched, int, error) {
		var a answer
		err := c.sr.Do(ctx, http.MethodGet, fmt.Sprintf("/schemas/ids/%d", id), nil, &a)
		if err = c.answered(opSchema, err); err != nil {
			return Fetched{}, 0, err
		}
		if !a.isAvro() {
			return Fetched{}, 0, ErrNotAvro
		}
		if a.Schema == "" {
			return Fetched{}, 0, errors.New("the registry answers without a schema")
		}
		got := Fetched{Text: a.Schema}
		f := fetch{client: c, seen: make(map[string]bool)}
		if err := f.references(ctx, a.References, &got); err != nil {
			return Fetched{}, 0, err
		}
		return got, got.bytes(), nil
	})
}

// fetch follows the references of one schema.
type fetch struct {
	client *Client
	seen   map[string]bool
	bytes  int
}

// references appends what a schema refers to, the deepest first. A circle ends
// where it began.
func (f *fetch) references(ctx context.Context, refs []sr.SchemaReference, into *Fetched) error {
	for _, r := range refs {
		key := fmt.Sprintf("%d %s", r.Version, r.Subject)
		if f.seen[key] {
			continue
		}
		if f.seen[key] = true; len(f.seen) > maxReferences {
			return fmt.Errorf("%w: it refers to more than %d others", ErrNotAvro, maxReferences)
		}
		// A deleted version is there for those that refer to it.
		var a answer
		path := fmt.Sprintf("/subjects/%s/versions/%d", url.PathEscape(r.Subject), r.Version)
		err := f.client.sr.Do(sr.WithParams(ctx, sr.ShowDeleted), http.MethodGet, path, nil, &a)
		if err = f.client.answered(opReference, err); err != nil {
			return err
		}
		if !a.isAvro() {
			return fmt.Errorf("%w: it refers to one that is none", ErrNotAvro)
		}
		if f.bytes += len(a.Schema); f.bytes > maxBodyBytes {
			return fmt.Errorf("%w: it refers to more than %d bytes", ErrNotAvro, maxBodyBytes)
		}
		if err := f.references(ctx, a.References, into); err != nil {
			return err
		}
		into.References = append(into.References, a.Schema)
	}
	return nil
}

// Register registers an Avro schema under a subject and returns its id; one that
// is there already keeps its id. Errors are ErrRejected, with what the registry
// says, or say that it does not answer.
func (c *Client) Register(ctx context.Context, subject, text string) (int, error) {
	if len(subject) > maxSubject {
		return 0, fmt.Errorf("%w: the subject %s… has %d bytes, at most %d are taken", ErrRejected, subject[:64], len(subject), maxSubject)
	}
	id, err := c.registered.get(ctx, offer{subject, sha256.Sum256([]byte(text))}, func() (int, int, error) {
		id, err := c.sr.RegisterSchema(ctx, subject, sr.Schema{Schema: text, Type: sr.TypeAvro}, -1, -1)
		if err = c.answered(opRegister, err); err == nil && id <= 0 {
			err = errors.New("the registry answers without an id")
		}
		return id, len(subject) + sha256.Size, err
	})
	if err != nil {
		return 0, fmt.Errorf("subject %s: %w", subject, err)
	}
	return id, nil
}

// Lookup is the id of a schema under a subject, and false where the subject does
// not have it. An error says that the registry does not answer.
func (c *Client) Lookup(ctx context.Context, subject, text string) (id int, ok bool, err error) {
	s, err := c.sr.LookupSchema(ctx, subject, sr.Schema{Schema: text, Type: sr.TypeAvro})
	switch err = c.answered(opLookup, err); {
	case errors.Is(err, ErrNotFound):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("subject %s: %w", subject, err)
	}
	return s.ID, true, nil
}

// Ping asks whether the registry answers, and would answer us: one that wants
// another password does not, nor does something else at its address. It asks for
// a schema that is not there, which every registry knows to say.
func (c *Client) Ping(ctx context.Context) error {
	var a answer
	err := c.sr.Do(ctx, http.MethodGet, fmt.Sprintf("/schemas/ids/%d", math.MaxInt32), nil, &a)
	if _, sorted := sortAnswer(opPing, err); errors.Is(sorted, ErrNotFound) {
		err = nil
	}
	return c.answered(opPing, err)
}

// Close drops the connections that are kept. The client can still be used.
func (c *Client) Close() { c.http.CloseIdleConnections() }
