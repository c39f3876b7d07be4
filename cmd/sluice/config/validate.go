package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxLanes is far above what any machine has use for.
const maxLanes = 1024

var (
	mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"}
	levels     = []string{"debug", "info", "warn", "error"}
	formats    = []string{"text", "json"}
	topicName  = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)
)

// check collects faults of entries.
type check struct {
	*Loaded
	faults Faults
}

// need is a fault of an entry unless ok.
func (c *check) need(ok bool, path, format string, args ...any) {
	if !ok {
		c.faults = append(c.faults, c.origins[path].at(format, args...))
	}
}

// validate reports every fault of the values themselves. It opens no file but
// those that connections need.
func (l *Loaded) validate() Faults {
	c := &check{Loaded: l}
	c.kafka()
	c.registry()
	c.need(l.Group != "", "group", "it is empty")
	c.topics()
	c.need(l.Policy != "", "policy", "it is empty: name a file, or builtin:linkedin")
	c.need(l.Keys != "", "keys", "it is empty: `sluice keys generate` makes the file")
	c.need(l.State.Dir != "", "state.dir", "it is empty")
	c.need(l.Lanes >= 0 && l.Lanes <= maxLanes, "lanes", "want 0 to %d, found %d", maxLanes, l.Lanes)
	c.http()
	c.need(slices.Contains(levels, l.Log.Level), "log.level", "want one of %s, found %q", strings.Join(levels, ", "), l.Log.Level)
	c.need(slices.Contains(formats, l.Log.Format), "log.format", "want one of %s, found %q", strings.Join(formats, ", "), l.Log.Format)
	return c.faults
}

func (c *check) kafka() {
	k := &c.Kafka
	c.need(len(k.Brokers) > 0, "kafka.brokers", "it is empty: want host:port")
	for _, b := range k.Brokers {
		c.need(isAddress(b, true), "kafka.brokers", "want host:port, found %q", b)
	}
	t := &k.TLS
	if !t.Enabled {
		c.need(t.CA == "", "kafka.tls.ca", "it is set, but kafka.tls.enabled is false")
		c.need(t.Cert == "", "kafka.tls.cert", "it is set, but kafka.tls.enabled is false")
		c.need(t.Key == "", "kafka.tls.key", "it is set, but kafka.tls.enabled is false")
		c.need(t.ServerName == "", "kafka.tls.server_name", "it is set, but kafka.tls.enabled is false")
	} else {
		c.need(t.Cert == "" || t.Key != "", "kafka.tls.cert", "it needs kafka.tls.key")
		c.need(t.Key == "" || t.Cert != "", "kafka.tls.key", "it needs kafka.tls.cert")
		c.readable("kafka.tls.ca", t.CA)
		c.readable("kafka.tls.cert", t.Cert)
		c.readable("kafka.tls.key", t.Key)
	}
	s := &k.SASL
	switch {
	case s.Mechanism == "":
		c.need(s.Username == "", "kafka.sasl.username", "it is set, but kafka.sasl.mechanism is empty")
		c.need(s.PasswordFile == "", "kafka.sasl.password_file", "it is set, but kafka.sasl.mechanism is empty")
	case !slices.Contains(mechanisms, s.Mechanism):
		c.need(false, "kafka.sasl.mechanism", "want one of %s, found %q", strings.Join(mechanisms, ", "), s.Mechanism)
	default:
		c.need(s.Username != "" || s.Mechanism == "OAUTHBEARER", "kafka.sasl.username", "%s needs it", s.Mechanism)
		c.need(s.PasswordFile != "", "kafka.sasl.password_file", "%s needs it", s.Mechanism)
		c.readable("kafka.sasl.password_file", s.PasswordFile)
	}
}

func (c *check) registry() {
	r := &c.Registry
	c.need(r.URL != "", "registry.url", "it is empty")
	secure := false
	for text := range strings.SplitSeq(r.URL, ",") {
		u, err := url.Parse(text)
		ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
		// The URL is not shown: it may hold a password.
		c.need(r.URL == "" || ok, "registry.url", "want http://HOST:PORT or https://HOST:PORT, several separated by commas")
		c.need(!ok || u.User == nil, "registry.url", "it holds a user: use registry.username and registry.password_file")
		secure = secure || ok && u.Scheme == "https"
	}
	c.need(r.CA == "" || secure, "registry.ca", "it is set, but registry.url is not https")
	c.need(r.Username == "" || r.PasswordFile != "", "registry.password_file", "registry.username needs it")
	c.need(r.PasswordFile == "" || r.Username != "", "registry.username", "registry.password_file needs it")
	c.readable("registry.ca", r.CA)
	c.readable("registry.password_file", r.PasswordFile)
}

func (c *check) topics() {
	t := &c.Topics
	c.need(len(t.Activity) > 0, "topics.activity", "it is empty")
	users := make(map[string]string) // topic -> the entry that has it
	one := func(path, name string) {
		ok := topicName.MatchString(name) && name != "." && name != ".."
		c.need(ok, path, "%q is no topic name: 1 to 249 letters, digits, dots, dashes and underscores", name)
		c.need(users[name] == "", path, "topic %s is that of %s already", name, users[name])
		users[name] = path
	}
	for _, name := range t.Activity {
		one("topics.activity", name)
	}
	one("topics.settings", t.Settings)
	one("topics.decisions", t.Decisions)
	one("topics.receipts", t.Receipts)
	one("topics.dead_letters", t.DeadLetters)
	one("topics.changelog", t.Changelog)
	one("topics.rerouted", t.Rerouted)
}

func (c *check) http() {
	h := &c.HTTP
	c.need(h.Listen == "" || isAddress(h.Listen, false), "http.listen", "want host:port or :port, found %q", h.Listen)
	if h.AdminListen == "" {
		return
	}
	ok := isAddress(h.AdminListen, false)
	c.need(ok, "http.admin_listen", "want host:port or :port, found %q", h.AdminListen)
	c.need(!ok || h.AdminListen != h.Listen || strings.HasSuffix(h.Listen, ":0"), "http.admin_listen", "http.listen has the same address")
	c.need(!ok || h.AdminTokenFile != "" || isLoopback(h.AdminListen), "http.admin_listen",
		"%s can be reached from elsewhere: set http.admin_token_file, or listen on 127.0.0.1", h.AdminListen)
	c.readable("http.admin_token_file", h.AdminTokenFile)
}

// readable is a fault unless a file can be opened; no file is none.
func (c *check) readable(path, name string) {
	if name == "" {
		return
	}
	f, err := os.Open(name)
	if err == nil {
		err = f.Close()
	}
	c.need(err == nil, path, "%v", err)
}

func isAddress(text string, host bool) bool {
	h, p, err := net.SplitHostPort(text)
	if err != nil || host && h == "" {
		return false
	}
	port, err := strconv.ParseUint(p, 10, 16)
	return err == nil && (port > 0 || !host)
}

// isLoopback says whether an address can be reached from this machine alone.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
