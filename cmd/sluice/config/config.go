package config

import (
	"path/filepath"

	"github.com/sluice-stream/sluice/topics"
)

// Config is all that can be configured. The tags are the names in the file.
type Config struct {
	Kafka    Kafka    `yaml:"kafka"`
	Registry Registry `yaml:"registry"`
	// Group is the consumer group; transactional ids begin with it too.
	Group string `yaml:"group"`
	// Instance tells the processes of a group apart and outlives a restart.
	// Empty: an id that is kept in State.Dir.
	Instance string `yaml:"instance"`
	Topics   Topics `yaml:"topics"`
	// Policy is a file or `builtin:NAME`.
	Policy string `yaml:"policy" path:"policy"`
	// Keys is the file of the pseudonym keys.
	Keys  string `yaml:"keys" path:"file"`
	State State  `yaml:"state"`
	// Lanes is how many transactions run side by side. 0: one for each CPU.
	Lanes int  `yaml:"lanes"`
	HTTP  HTTP `yaml:"http"`
	Log   Log  `yaml:"log"`
}

// Kafka says how brokers are reached.
type Kafka struct {
	// Brokers are host:port of some of them; the others are found.
	Brokers []string `yaml:"brokers"`
	TLS     TLS      `yaml:"tls"`
	SASL    SASL     `yaml:"sasl"`
}

// TLS is for connections to brokers. Its files are read again at each
// connection.
type TLS struct {
	Enabled bool `yaml:"enabled"`
	// CA is a PEM file of the authorities that brokers are checked against;
	// empty: the system's.
	CA string `yaml:"ca" path:"file"`
	// Cert and Key are PEM files of our own certificate; both or neither.
	Cert string `yaml:"cert" path:"file"`
	Key  string `yaml:"key" path:"file"`
	// ServerName is the name that brokers' certificates must have; empty: the
	// host that is dialled.
	ServerName string `yaml:"server_name"`
}

// SASL is how we tell brokers who we are.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; empty:
	// none.
	Mechanism string `yaml:"mechanism"`
	Username  string `yaml:"username"`
	// PasswordFile holds the password, or for OAUTHBEARER the token. It is
	// read again at each authentication; line ends at its end do not count.
	PasswordFile string `yaml:"password_file" path:"file"`
}

// Registry says how the schema registry is reached.
type Registry struct {
	// URL is the base of its Confluent API; several are separated by commas.
	URL          string `yaml:"url"`
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file" path:"file"`
	CA           string `yaml:"ca" path:"file"`
}

// Topics are the topics' names; those of a purpose are in the policy.
type Topics struct {
	Activity    []string `yaml:"activity"`
	Settings    string   `yaml:"settings"`
	Decisions   string   `yaml:"decisions"`
	Receipts    string   `yaml:"receipts"`
	DeadLetters string   `yaml:"dead_letters"`
	Changelog   string   `yaml:"changelog"`
	Rerouted    string   `yaml:"rerouted"`
}

// Spec are the topics without the policy's.
func (t *Topics) Spec() topics.Spec {
	return topics.Spec{
		Activity: t.Activity, Settings: t.Settings, Decisions: t.Decisions, Receipts: t.Receipts,
		DeadLetters: t.DeadLetters, Changelog: t.Changelog, Rerouted: t.Rerouted,
	}
}

// State is where the local store lies.
type State struct {
	Dir string `yaml:"dir" path:"file"`
}

// HTTP is what is listened on. An empty address: not at all.
type HTTP struct {
	// Listen is for health checks, metrics and the status page.
	Listen string `yaml:"listen"`
	// AdminListen is for member look-ups and profiles.
	AdminListen string `yaml:"admin_listen"`
	// AdminTokenFile holds the token that AdminListen asks for; needed where
	// that is not a loopback address.
	AdminTokenFile string `yaml:"admin_token_file" path:"file"`
}

// Log is what goes to standard error.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Kafka:    Kafka{Brokers: []string{"localhost:9092"}},
		Registry: Registry{URL: "http://localhost:8081"},
		Group:    "sluice",
		Topics: Topics{
			Activity: []string{"member-activity"}, Settings: "member-settings", Decisions: "sluice-decisions",
			Receipts: "sluice-receipts", DeadLetters: "sluice-dead-letters", Changelog: "sluice-consent-changelog",
			Rerouted: "sluice-rerouted-settings",
		},
		Policy: "builtin:linkedin",
		Keys:   "sluice-keys.json",
		State:  State{Dir: "sluice-state"},
		HTTP:   HTTP{Listen: ":8080", AdminListen: "127.0.0.1:8090"},
		Log:    Log{Level: "info", Format: "text"},
	}
}

// builtinPrefix marks a policy that is no file.
const builtinPrefix = "builtin:"

// absolute is a path in the configuration, seen from a folder.
func absolute(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
