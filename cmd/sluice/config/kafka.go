package config

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sluice-stream/sluice/topics/registry"
)

// dialTimeout bounds the making of one connection to a broker.
const dialTimeout = 10 * time.Second

// maxSecretBytes is the largest password or token file that is read.
const maxSecretBytes = 64 << 10

// Options are those of every client of the brokers. It reads the files that TLS
// needs once, so that a wrong one is known at the start, and again at each
// connection.
func (k *Kafka) Options() ([]kgo.Opt, error) {
	opts := []kgo.Opt{kgo.SeedBrokers(k.Brokers...), kgo.ClientID("sluice"), kgo.DisableClientMetrics()}
	if k.TLS.Enabled {
		if _, err := k.TLS.load(); err != nil {
			return nil, fmt.Errorf("kafka.tls: %w", err)
		}
		opts = append(opts, kgo.Dialer(k.TLS.dial))
	} else {
		opts = append(opts, kgo.DialTimeout(dialTimeout))
	}
	if k.SASL.Mechanism != "" {
		mechanism, err := k.SASL.mechanism()
		if err != nil {
			return nil, fmt.Errorf("kafka.sasl: %w", err)
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

// dial connects with the certificates as they are now.
func (t *TLS) dial(ctx context.Context, network, address string) (net.Conn, error) {
	cfg, err := t.load()
	if err != nil {
		return nil, err
	}
	if cfg.ServerName == "" {
		if cfg.ServerName, _, err = net.SplitHostPort(address); err != nil {
			return nil, err
		}
	}
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: dialTimeout}, Config: cfg}
	return d.DialContext(ctx, network, address)
}

func (t *TLS) load() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: %s holds no PEM certificate", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("cert %s and key %s: %w", t.Cert, t.Key, err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// mechanism authenticates with the password as it is then.
func (s *SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "PLAIN":
		return plain.Plain(func(context.Context) (plain.Auth, error) {
			password, err := ReadSecret(s.PasswordFile)
			return plain.Auth{User: s.Username, Pass: password}, err
		}), nil
	case "SCRAM-SHA-256":
		return scram.Sha256(s.scram), nil
	case "SCRAM-SHA-512":
		return scram.Sha512(s.scram), nil
	case "OAUTHBEARER":
		return oauth.Oauth(func(context.Context) (oauth.Auth, error) {
			token, err := ReadSecret(s.PasswordFile)
			return oauth.Auth{Token: token}, err
		}), nil
	}
	return nil, fmt.Errorf("unknown mechanism %q", s.Mechanism)
}

func (s *SASL) scram(context.Context) (scram.Auth, error) {
	password, err := ReadSecret(s.PasswordFile)
	return scram.Auth{User: s.Username, Pass: password}, err
}

// ReadSecret reads a password or token file, without the line ends at its end.
// Its errors never show the content.
func ReadSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxSecretBytes {
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxSecretBytes)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s: %w", path, errEmptySecret)
	}
	return secret, nil
}

var errEmptySecret = errors.New("the file is empty")

// Client makes a client of the registry; observe is told of each request and may
// be nil.
func (r *Registry) Client(observe func(operation, result string)) (*registry.Client, error) {
	return registry.New(registry.Config{
		URL: r.URL, Username: r.Username, PasswordFile: r.PasswordFile, CA: r.CA, Observe: observe,
	})
}
