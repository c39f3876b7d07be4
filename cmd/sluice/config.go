package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/sluice-stream/sluice/processor/policy"
	"github.com/sluice-stream/sluice/processor/pseudonym"
	"github.com/sluice-stream/sluice/topics"
)

// config is the configuration file. Paths in it are relative to its folder.
type config struct {
	Kafka    kafkaConfig    `yaml:"kafka"`
	Registry registryConfig `yaml:"registry"`
	// Group is the consumer group, and the beginning of transactional ids.
	Group string `yaml:"group"`
	// Instance tells processes of one group apart; empty: an id in state.dir.
	Instance string       `yaml:"instance"`
	Topics   topicsConfig `yaml:"topics"`
	// Policy is a file or a builtin: name.
	Policy string `yaml:"policy"`
	// Keys is the file of pseudonym keys.
	Keys  string      `yaml:"keys"`
	State stateConfig `yaml:"state"`
	// Lanes is how many transactions run side by side; 0: one for each CPU.
	Lanes int        `yaml:"lanes"`
	HTTP  httpConfig `yaml:"http"`
	Log   logConfig  `yaml:"log"`
}

type kafkaConfig struct {
	Brokers []string   `yaml:"brokers"`
	TLS     tlsConfig  `yaml:"tls"`
	SASL    saslConfig `yaml:"sasl"`
}

// tlsConfig has files of PEM; all may be empty.
type tlsConfig struct {
	Enabled    bool   `yaml:"enabled"`
	CA         string `yaml:"ca"`
	Cert       string `yaml:"cert"`
	Key        string `yaml:"key"`
	ServerName string `yaml:"server_name"`
}

// saslConfig: mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or
// empty. For OAUTHBEARER the password file holds the token.
type saslConfig struct {
	Mechanism    string `yaml:"mechanism"`
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
}

type registryConfig struct {
	URL          string `yaml:"url"`
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
	CA           string `yaml:"ca"`
}

type topicsConfig struct {
	Activity    []string `yaml:"activity"`
	Settings    string   `yaml:"settings"`
	Decisions   string   `yaml:"decisions"`
	Receipts    string   `yaml:"receipts"`
	DeadLetters string   `yaml:"dead_letters"`
	Changelog   string   `yaml:"changelog"`
	Rerouted    string   `yaml:"rerouted"`
}

type stateConfig struct {
	Dir string `yaml:"dir"`
}

// httpConfig: listen is for everyone who may see metrics, admin_listen for who
// may look members up: the loopback address, or with a token.
type httpConfig struct {
	Listen         string `yaml:"listen"`
	AdminListen    string `yaml:"admin_listen"`
	AdminTokenFile string `yaml:"admin_token_file"`
}

type logConfig struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// defaultConfig is what holds where nothing is said.
func defaultConfig() *config {
	return &config{
		Kafka:    kafkaConfig{Brokers: []string{"localhost:9092"}},
		Registry: registryConfig{URL: "http://localhost:8081"},
		Group:    "sluice",
		Topics: topicsConfig{
			Activity: []string{"member-activity"}, Settings: "member-settings", Decisions: "sluice-decisions",
			Receipts: "sluice-receipts", DeadLetters: "sluice-dead-letters", Changelog: "sluice-consent-changelog",
			Rerouted: "sluice-rerouted-settings",
		},
		Policy: "builtin:linkedin",
		Keys:   "sluice-keys.json",
		State:  stateConfig{Dir: "sluice-state"},
		HTTP:   httpConfig{Listen: ":8080", AdminListen: "127.0.0.1:8090"},
		Log:    logConfig{Level: "info", Format: "text"},
	}
}

// maxConfigBytes is the largest configuration file that is read.
const maxConfigBytes = 1 << 20

// config reads the configuration: defaults, the file, the environment. Errors
// are usageErrors.
func (a *app) config() (*config, error) {
	c, err := loadConfig(a.configFile, os.Environ())
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

func loadConfig(file string, environ []string) (*config, error) {
	c := defaultConfig()
	dir := "."
	if file != "" {
		source, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("configuration file %s does not exist", file)
		}
		if err != nil {
			return nil, err
		}
		if len(source) > maxConfigBytes {
			return nil, fmt.Errorf("%s: larger than %d bytes", file, maxConfigBytes)
		}
		dir = filepath.Dir(file)
		if len(bytes.TrimSpace(source)) > 0 {
			d := yaml.NewDecoder(bytes.NewReader(source), yaml.Strict(), yaml.DisallowUnknownField())
			if err := d.Decode(c); err != nil {
				return nil, fmt.Errorf("%s: %s", file, yaml.FormatError(err, false, true))
			}
		}
	}
	if err := fromEnvironment(reflect.ValueOf(c).Elem(), "SLUICE", environ); err != nil {
		return nil, err
	}
	c.resolvePaths(dir)
	return c, c.validate(file)
}

// fromEnvironment overrides fields by variables named after their path. A
// variable that begins with SLUICE_ and names nothing is an error.
func fromEnvironment(v reflect.Value, prefix string, environ []string) error {
	fields := make(map[string]reflect.Value)
	collect(v, prefix, fields)
	var faults []error
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "SLUICE_") || strings.HasPrefix(name, "SLUICE_TEST_") || name == "SLUICE_REQUIRE_BROKER" {
			continue
		}
		field, ok := fields[name]
		if !ok && serviceLink.MatchString(name) {
			continue
		}
		if !ok {
			faults = append(faults, fmt.Errorf("environment: %s names no entry of the configuration", name))
			continue
		}
		switch field.Kind() {
		case reflect.String:
			field.SetString(value)
		case reflect.Slice:
			var list []string
			for _, item := range strings.Split(value, ",") {
				if item = strings.TrimSpace(item); item != "" {
					list = append(list, item)
				}
			}
			field.Set(reflect.ValueOf(list))
		case reflect.Int:
			n, err := strconv.Atoi(value)
			if err != nil {
				faults = append(faults, fmt.Errorf("environment: %s is no number: %q", name, value))
			}
			field.SetInt(int64(n))
		case reflect.Bool:
			b, err := strconv.ParseBool(value)
			if err != nil {
				faults = append(faults, fmt.Errorf("environment: %s is neither true nor false: %q", name, value))
			}
			field.SetBool(b)
		}
	}
	return errors.Join(faults...)
}

// serviceLink are the variables that Kubernetes adds for a service whose name
// begins with sluice.
var serviceLink = regexp.MustCompile(`_SERVICE_(HOST|PORT)|_PORT(_|$)`)

func collect(v reflect.Value, prefix string, fields map[string]reflect.Value) {
	for i := range v.NumField() {
		name := prefix + "_" + strings.ToUpper(v.Type().Field(i).Tag.Get("yaml"))
		if v.Field(i).Kind() == reflect.Struct {
			collect(v.Field(i), name, fields)
			continue
		}
		fields[name] = v.Field(i)
	}
}

// resolvePaths makes paths relative to the file's folder.
func (c *config) resolvePaths(dir string) {
	for _, p := range []*string{
		&c.Kafka.TLS.CA, &c.Kafka.TLS.Cert, &c.Kafka.TLS.Key, &c.Kafka.SASL.PasswordFile,
		&c.Registry.PasswordFile, &c.Registry.CA, &c.Keys, &c.State.Dir, &c.HTTP.AdminTokenFile,
	} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
	if c.Policy != "" && !strings.HasPrefix(c.Policy, "builtin:") && !filepath.IsAbs(c.Policy) {
		c.Policy = filepath.Join(dir, c.Policy)
	}
}

var mechanisms = []string{"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"}

// validate reports every fault at once.
func (c *config) validate(file string) error {
	if file == "" {
		file = "configuration"
	}
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("%s: %s", file, fmt.Sprintf(format, args...)))
		}
	}
	need(len(c.Kafka.Brokers) > 0, "kafka.brokers is empty")
	need(slices.Contains(mechanisms, c.Kafka.SASL.Mechanism), "kafka.sasl.mechanism is one of %v, not %q", mechanisms[1:], c.Kafka.SASL.Mechanism)
	need(c.Kafka.SASL.Mechanism == "" || c.Kafka.SASL.PasswordFile != "", "kafka.sasl.password_file is missing")
	need((c.Kafka.TLS.Cert == "") == (c.Kafka.TLS.Key == ""), "kafka.tls.cert and kafka.tls.key go together")
	need(c.Registry.URL != "", "registry.url is empty")
	need(c.Registry.Username == "" || c.Registry.PasswordFile != "", "registry.password_file is missing")
	need(c.Group != "", "group is empty")
	need(len(c.Topics.Activity) > 0, "topics.activity is empty")
	names := append(slices.Clone(c.Topics.Activity), c.Topics.Settings, c.Topics.Decisions, c.Topics.Receipts,
		c.Topics.DeadLetters, c.Topics.Changelog, c.Topics.Rerouted)
	slices.Sort(names)
	for i, name := range names {
		need(name != "", "a topic has no name")
		need(i == 0 || name == "" || names[i-1] != name, "the topic %s is named twice", name)
	}
	need(c.Policy != "", "policy is empty")
	need(c.Lanes >= 0 && c.Lanes <= 256, "lanes is 0 to 256, not %d", c.Lanes)
	need(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level is debug, info, warn or error, not %q", c.Log.Level)
	need(c.Log.Format == "text" || c.Log.Format == "json", "log.format is text or json, not %q", c.Log.Format)
	return errors.Join(faults...)
}

// spec names the topics, with a policy's outputs.
func (c *config) spec(p *policy.Policy) topics.Spec {
	s := topics.Spec{
		Activity: c.Topics.Activity, Settings: c.Topics.Settings, Decisions: c.Topics.Decisions, Receipts: c.Topics.Receipts,
		DeadLetters: c.Topics.DeadLetters, Changelog: c.Topics.Changelog, Rerouted: c.Topics.Rerouted,
	}
	if p != nil {
		for _, purpose := range p.Purposes() {
			s.Outputs = append(s.Outputs, topics.Output{Topic: purpose.Topic, Retractions: purpose.RetractionsTopic()})
		}
	}
	return s
}

// policy loads the configured policy; its faults name file and line.
func (c *config) policy() (*policy.Policy, error) {
	p, err := policy.Load(c.Policy)
	if err != nil {
		return nil, usageError{err}
	}
	return p, nil
}

// keys loads the configured keys, and checks that each purpose has one.
func (c *config) keys(p *policy.Policy) (*pseudonym.Keyring, error) {
	k, err := pseudonym.Load(c.Keys)
	if err != nil {
		return nil, usageError{err}
	}
	for _, purpose := range p.Purposes() {
		if _, err := k.Purpose(purpose.Name); err != nil {
			return nil, usageError{fmt.Errorf("keys file %s: %w", c.Keys, err)}
		}
	}
	return k, nil
}
