package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sluice-stream/sluice/topics/registry"
)

// kafka are the options of every Kafka client. Files are read when they are
// needed: certificates at each connection, passwords at each authentication, so
// that rotating them needs no restart.
func (c *config) kafka() ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Kafka.Brokers...),
		kgo.SoftwareNameAndVersion("sluice", versionName()),
		kgo.DisableClientMetrics(),
	}
	if c.Kafka.TLS.Enabled {
		if _, err := c.Kafka.TLS.load(); err != nil {
			return nil, usageError{err}
		}
		opts = append(opts, kgo.Dialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			tc, err := c.Kafka.TLS.load()
			if err != nil {
				return nil, err
			}
			d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 10 * time.Second}, Config: tc}
			return d.DialContext(ctx, network, address)
		}))
	}
	if c.Kafka.SASL.Mechanism != "" {
		if _, err := secret(c.Kafka.SASL.PasswordFile); err != nil {
			return nil, usageError{fmt.Errorf("kafka.sasl.password_file: %w", err)}
		}
		opts = append(opts, kgo.SASL(c.Kafka.SASL.mechanism()))
	}
	return opts, nil
}

func (t *tlsConfig) load() (*tls.Config, error) {
	c := &tls.Config{ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("kafka.tls.ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("kafka.tls.ca: %s holds no PEM certificate", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("kafka.tls.cert: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func (s *saslConfig) mechanism() sasl.Mechanism {
	user := func(pass string) scram.Auth { return scram.Auth{User: s.Username, Pass: pass} }
	switch s.Mechanism {
	case "PLAIN":
		return plain.Plain(func(context.Context) (plain.Auth, error) {
			pass, err := secret(s.PasswordFile)
			return plain.Auth{User: s.Username, Pass: pass}, err
		})
	case "SCRAM-SHA-256":
		return scram.Sha256(func(context.Context) (scram.Auth, error) {
			pass, err := secret(s.PasswordFile)
			return user(pass), err
		})
	case "SCRAM-SHA-512":
		return scram.Sha512(func(context.Context) (scram.Auth, error) {
			pass, err := secret(s.PasswordFile)
			return user(pass), err
		})
	}
	return oauth.Oauth(func(context.Context) (oauth.Auth, error) {
		token, err := secret(s.PasswordFile)
		return oauth.Auth{Token: token}, err
	})
}

// secret reads a file that holds a password or token on one line.
func secret(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	s := strings.TrimRight(string(content), "\r\n")
	if s == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return s, nil
}

// client makes a Kafka client for a command.
func (c *config) client(more ...kgo.Opt) (*kgo.Client, error) {
	opts, err := c.kafka()
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(opts, more...)...)
	if err != nil {
		return nil, usageError{fmt.Errorf("kafka: %w", err)}
	}
	return client, nil
}

func (c *config) admin() (*kadm.Client, func(), error) {
	client, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	adm := kadm.NewClient(client)
	adm.SetTimeoutMillis(15_000)
	return adm, client.Close, nil
}

// registry makes a registry client; observe may be nil.
func (c *config) registry(observe func(operation, result string)) (*registry.Client, error) {
	r, err := registry.New(registry.Config{
		URL: c.Registry.URL, Username: c.Registry.Username, PasswordFile: c.Registry.PasswordFile, CA: c.Registry.CA, Observe: observe,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return r, nil
}

// within bounds a command that asks the brokers.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, errors.New("the brokers or the registry did not answer in time"))
}
