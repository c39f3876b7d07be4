// Package registry talks to a Confluent-compatible schema registry.
//
// What matters to a caller is why a question was not answered: the registry
// says no for good (ErrNotFound, ErrNotAvro, ErrRejected), or it does not
// answer, which is any other error and passes. Schemas of an id never change,
// so answers are kept; a no is not, since a schema may be registered later.
package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

// Errors that are final.
var (
	// ErrNotFound: the registry has no schema of that id.
	ErrNotFound = errors.New("no such schema")
	// ErrNotAvro: it has one of another type.
	ErrNotAvro = errors.New("not an Avro schema")
	// ErrRejected: the registry refuses the schema: it is incompatible with an
	// earlier one (409), or invalid (422).
	ErrRejected = errors.New("the registry rejects the schema")
)

// Limits of the client.
const (
	requestTimeout = 10 * time.Second
	maxCached      = 4096
	maxReferences  = 256
)

// Config says where a registry is.
type Config struct {
	// URL is the API's base, such as http://localhost:8081; several are
	// separated by commas.
	URL string
	// Username and PasswordFile are for basic authentication; the file is read
	// again for each request, so a rotated password needs no restart.
	Username, PasswordFile string
	// CA is a file of PEM certificates that the registry's is checked against;
	// empty: the system's.
	CA string
	// Observe is told of each request: the operation and its result, "ok",
	// "refused" or "unavailable". nil: nobody.
	Observe func(operation, result string)
}

// Client is safe for concurrent use.
type Client struct {
	sr      *sr.Client
	observe func(operation, result string)

	mu         sync.Mutex
	schemas    map[int]Fetched
	registered map[subjectSchema]int
}

type subjectSchema struct{ subject, text string }

// Fetched is a schema as the registry has it.
type Fetched struct {
	Text string
	// References are the texts of the schemas that it refers to, each before
	// those that need it.
	References []string
}

// New makes a client. It asks nothing yet.
func New(c Config) (*Client, error) {
	if c.URL == "" {
		return nil, errors.New("registry: no url")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("registry: ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("registry: ca: %s holds no PEM certificate", c.CA)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	opts := []sr.ClientOpt{
		sr.URLs(strings.Split(c.URL, ",")...),
		sr.HTTPClient(&http.Client{Transport: transport, Timeout: requestTimeout}),
		sr.UserAgent("sluice"),
	}
	if c.Username != "" {
		opts = append(opts, sr.PreReq(func(r *http.Request) error {
			password, err := os.ReadFile(c.PasswordFile)
			if err != nil {
				return fmt.Errorf("registry: password_file: %w", err)
			}
			r.SetBasicAuth(c.Username, strings.TrimRight(string(password), "\r\n"))
			return nil
		}))
	}
	client, err := sr.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if c.Observe == nil {
		c.Observe = func(string, string) {}
	}
	return &Client{sr: client, observe: c.Observe, schemas: make(map[int]Fetched), registered: make(map[subjectSchema]int)}, nil
}

// Schema is the schema of an id, with what it refers to.
func (c *Client) Schema(ctx context.Context, id int) (Fetched, error) {
	c.mu.Lock()
	got, ok := c.schemas[id]
	c.mu.Unlock()
	if ok {
		return got, nil
	}
	s, err := c.sr.SchemaByID(ctx, id)
	err = c.done("schema", err)
	if err != nil {
		return Fetched{}, err
	}
	if s.Type != sr.TypeAvro {
		return Fetched{}, ErrNotAvro
	}
	got.Text = s.Schema
	seen := make(map[string]bool)
	if err := c.references(ctx, s.References, seen, &got.References); err != nil {
		return Fetched{}, err
	}
	c.mu.Lock()
	if len(c.schemas) >= maxCached {
		clear(c.schemas)
	}
	c.schemas[id] = got
	c.mu.Unlock()
	return got, nil
}

// references appends what a schema refers to, the deepest first.
func (c *Client) references(ctx context.Context, refs []sr.SchemaReference, seen map[string]bool, texts *[]string) error {
	for _, r := range refs {
		key := fmt.Sprintf("%s@%d", r.Subject, r.Version)
		if seen[key] {
			continue
		}
		if seen[key] = true; len(seen) > maxReferences {
			return fmt.Errorf("%w: it refers to more than %d others", ErrNotAvro, maxReferences)
		}
		s, err := c.sr.SchemaByVersion(ctx, r.Subject, r.Version)
		if err := c.done("reference", err); err != nil {
			return err
		}
		if err := c.references(ctx, s.References, seen, texts); err != nil {
			return err
		}
		*texts = append(*texts, s.Schema.Schema)
	}
	return nil
}

// Register registers an Avro schema under a subject and returns its id; one that
// is there already keeps its id.
func (c *Client) Register(ctx context.Context, subject, text string) (int, error) {
	key := subjectSchema{subject, text}
	c.mu.Lock()
	id, ok := c.registered[key]
	c.mu.Unlock()
	if ok {
		return id, nil
	}
	id, err := c.sr.RegisterSchema(ctx, subject, sr.Schema{Schema: text, Type: sr.TypeAvro}, -1, -1)
	if err = c.done("register", err); err != nil {
		return 0, fmt.Errorf("subject %s: %w", subject, err)
	}
	c.mu.Lock()
	if len(c.registered) >= maxCached {
		clear(c.registered)
	}
	c.registered[key] = id
	c.mu.Unlock()
	return id, nil
}

// Lookup is the id of a schema under a subject; false where it is not there.
func (c *Client) Lookup(ctx context.Context, subject, text string) (id int, ok bool, err error) {
	s, err := c.sr.LookupSchema(ctx, subject, sr.Schema{Schema: text, Type: sr.TypeAvro})
	err = c.done("lookup", err)
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	return s.ID, err == nil, err
}

// Ping asks whether the registry answers.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.sr.SupportedTypes(ctx)
	var answer *sr.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		err = nil // it answers, though it does not know the question
	}
	return c.done("ping", err)
}

// done sorts an answer and tells of it.
func (c *Client) done(operation string, err error) error {
	var answer *sr.ResponseError
	switch {
	case err == nil:
		c.observe(operation, "ok")
		return nil
	case !errors.As(err, &answer):
		c.observe(operation, "unavailable")
		return err
	}
	switch status := answer.StatusCode; {
	case operation == "register" && (status == http.StatusConflict || status == http.StatusUnprocessableEntity):
		err = fmt.Errorf("%w (%d): %s", ErrRejected, status, answer.Message)
	case operation != "register" && status == http.StatusNotFound && answer.ErrorCode/100 == 404:
		// The registry's own code: a 404 without one comes from something else
		// at that address, which has not said that there is no such schema.
		err = ErrNotFound
	default:
		c.observe(operation, "unavailable")
		return err
	}
	c.observe(operation, "refused")
	return err
}
