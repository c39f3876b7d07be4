package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

// Limits of the client.
const (
	defaultTimeout = 10 * time.Second
	maxBodyBytes   = 8 << 20  // of one answer
	maxKeptBytes   = 64 << 20 // of schemas that are kept
	maxKept        = 4096     // schemas that are kept
	maxReferences  = 256      // of one schema
	// maxSubject bounds a subject's name. Registries refuse longer ones in words that
	// they have for much else (Apicurio: 400 from 513 on, 414 for long ones), so that
	// one overlong name upstream would count as no answer for ever.
	maxSubject  = 512
	maxPassword = 64 << 10 // of the password's file
)

// Config says where a registry is.
type Config struct {
	// URL is the API's base, such as http://localhost:8081; several are
	// separated by commas, and are tried in turn where one cannot be reached.
	// It holds no user: passwords are in files.
	URL string
	// Username and PasswordFile are for basic authentication; the file is read
	// again for each request, so a rotated password needs no restart.
	Username, PasswordFile string
	// CA is a file of PEM certificates that the registry's is checked against;
	// empty: the system's.
	CA string
	// Timeout bounds each request; 0: ten seconds.
	Timeout time.Duration
	// Dial makes connections; nil: the network's. Tests have a network of their
	// own.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Observe is told of each request: the operation ("schema", "reference",
	// "register", "lookup", "ping") and its result, "ok", "refused" or
	// "unavailable". It may be called concurrently. nil: nobody.
	Observe func(operation, result string)
}

// New makes a client. It reads the CA's file, and asks nothing yet.
func New(c Config) (*Client, error) {
	urls, err := splitURLs(c.URL)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if (c.Username == "") != (c.PasswordFile == "") {
		return nil, errors.New("registry: username and password_file go together")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.CA != "" {
		pool, err := readCA(c.CA)
		if err != nil {
			return nil, fmt.Errorf("registry: ca: %w", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Dial != nil {
		transport.DialContext = c.Dial
	}
	client := &Client{
		http:       &http.Client{Transport: bounded{transport}, Timeout: c.Timeout},
		observe:    c.Observe,
		schemas:    newKept[int, Fetched](maxKept, maxKeptBytes),
		registered: newKept[offer, int](maxKept, maxKeptBytes),
	}
	if client.observe == nil {
		client.observe = func(string, string) {}
	}
	opts := []sr.ClientOpt{sr.URLs(urls...), sr.HTTPClient(client.http), sr.UserAgent("sluice")}
	if c.Username != "" {
		opts = append(opts, sr.PreReq(func(r *http.Request) error {
			password, err := readPassword(c.PasswordFile)
			if err != nil {
				return fmt.Errorf("password_file: %w", err)
			}
			r.SetBasicAuth(c.Username, password)
			return nil
		}))
	}
	if client.sr, err = sr.NewClient(opts...); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	return client, nil
}

func splitURLs(all string) ([]string, error) {
	var urls []string
	for _, text := range strings.Split(all, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		u, err := url.Parse(text)
		switch {
		case err != nil:
			return nil, errors.New("url: not a URL") // err shows it, with its password
		case u.User != nil:
			return nil, errors.New("url: it holds a user; use username and password_file")
		case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			return nil, fmt.Errorf("url %q: want http://host:port or https://host:port", text)
		}
		urls = append(urls, text)
	}
	if len(urls) == 0 {
		return nil, errors.New("no url")
	}
	return urls, nil
}

func readCA(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", file)
	}
	return pool, nil
}

func readPassword(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPassword))
	return strings.TrimRight(string(b), "\r\n"), err
}

// errBodyTooLarge says that an answer is larger than any that we want.
var errBodyTooLarge = errors.New("an answer of the registry is too large")

// bounded limits the bodies of answers.
type bounded struct{ *http.Transport }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.Transport.RoundTrip(r)
	if err == nil {
		answer.Body = &boundedBody{answer.Body, maxBodyBytes}
	}
	return answer, err
}

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errBodyTooLarge
	}
	// One byte more than the limit tells an answer of its size from a larger.
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return 0, errBodyTooLarge
	}
	return n, err
}
