package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	conf "github.com/sluice-stream/sluice/cmd/sluice/config"
	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
	"github.com/sluice-stream/sluice/topics/registry"
)

// config is the configuration in force, with what it names.
type config struct{ *conf.Loaded }

// config reads the configuration: defaults, the file, the environment, flags.
// Errors are usageErrors.
func (a *app) config() (*config, error) {
	loaded, err := conf.Load(conf.Inputs{File: a.configFile, Environment: a.environment, Flags: a.overrides})
	if err != nil {
		return nil, usageError{err}
	}
	return &config{loaded}, nil
}

// defaultConfig is what holds where nothing is said.
func defaultConfig() *config { return &config{&conf.Loaded{Config: conf.Default()}} }

// spec names the topics, with a policy's outputs; nil: without them.
func (c *config) spec(p *policy.Policy) topics.Spec {
	s := c.Topics.Spec()
	if p != nil {
		for _, purpose := range p.Purposes() {
			s.Outputs = append(s.Outputs, topics.Output{Topic: purpose.Topic, Retractions: purpose.RetractionsTopic()})
		}
	}
	return s
}

// policy loads the configured policy; its faults name file and line. A topic of
// its purposes that is one of the configuration's is a fault too.
func (c *config) policy() (*policy.Policy, error) {
	p, err := policy.Load(c.Policy)
	var faults policy.Faults
	switch {
	case errors.As(err, &faults):
		return nil, usageError{faults} // with lines of their own
	case err != nil:
		return nil, usageError{c.At("policy", err)}
	}
	s := c.spec(p)
	users := make(map[string]bool)
	for _, t := range s.Topics() {
		if users[t.Name] {
			return nil, usageError{c.At("policy", fmt.Errorf("policy %s: topic %s is one of the configuration's or of another purpose too", p.Name(), t.Name))}
		}
		users[t.Name] = true
	}
	return p, nil
}

// keys loads the configured keys, and checks that each purpose has one.
func (c *config) keys(p *policy.Policy) (*pseudonym.Keyring, error) {
	k, err := pseudonym.Load(c.Keys)
	var fault *pseudonym.Fault
	switch {
	case errors.As(err, &fault):
		return nil, usageError{fault}
	case err != nil:
		return nil, usageError{c.At("keys", err)}
	}
	for _, purpose := range p.Purposes() {
		if _, err := k.Purpose(purpose.Name); err != nil {
			return nil, usageError{c.At("keys", fmt.Errorf("keys file %s: %w", c.Keys, err))}
		}
	}
	return k, nil
}

// kafka are the options of every Kafka client.
func (c *config) kafka() ([]kgo.Opt, error) {
	opts, err := c.Kafka.Options()
	if err != nil {
		return nil, usageError{err}
	}
	return append(opts, kgo.SoftwareNameAndVersion("sluice", softwareVersion())), nil
}

// softwareVersion is the version in the letters that brokers take.
func softwareVersion() string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, versionName()), ".-")
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

// adminTimeout bounds one request of an administrator, at the broker.
const adminTimeout = 15 * time.Second

// admin makes a client for administration; its second result closes it.
func (c *config) admin() (*kadm.Client, func(), error) {
	client, err := c.client()
	if err != nil {
		return nil, nil, err
	}
	adm := kadm.NewClient(client)
	adm.SetTimeoutMillis(int32(adminTimeout / time.Millisecond))
	return adm, client.Close, nil
}

// registry makes a registry client; observe is told of each request and may be
// nil.
func (c *config) registry(observe func(operation, result string)) (*registry.Client, error) {
	r, err := c.Registry.Client(observe)
	if err != nil {
		return nil, usageError{err}
	}
	return r, nil
}
