package brokertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Security is how to reach the listeners of a cluster that asks who is there. Who
// comes by them may do nothing but what access rules allow; by the open listener
// everything is allowed. A certificate's principal is its name.
type Security struct {
	// TLSBrokers ask for a client's certificate; SASLBrokers, over TLS too, for
	// a name and a password, or a token.
	TLSBrokers, SASLBrokers []string
	// CA, Cert and Key are PEM files: the authority, a client's certificate of it
	// and its key. Server is the brokers' certificate with its key.
	CA, Cert, Key, Server string
	// Username and Password are good for PLAIN and both kinds of SCRAM.
	Username, Password string

	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	serial    int64
	t         testing.TB
}

// newSecurity makes an authority with a certificate for the brokers and one for
// a client.
func newSecurity(t testing.TB) *Security {
	t.Helper()
	dir := t.TempDir()
	s := &Security{
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "client.pem"), Key: filepath.Join(dir, "client-key.pem"),
		Server: filepath.Join(dir, "server.pem"), Username: "sluice", Password: "correct-horse", t: t,
	}
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := s.template("brokertest authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	if s.authority, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	s.write(s.CA, block("CERTIFICATE", der))
	cert, key := s.issue("localhost", x509.ExtKeyUsageServerAuth)
	s.write(s.Server, append(key, cert...))
	s.IssueClient(t, "sluice")
	return s
}

// IssueClient writes a new client's certificate of a name, and its key, in the
// place of the last one.
func (s *Security) IssueClient(t testing.TB, name string) {
	t.Helper()
	cert, key := s.issue(name, x509.ExtKeyUsageClientAuth)
	s.write(s.Key, key)
	s.write(s.Cert, cert)
}

func (s *Security) template(name string) *x509.Certificate {
	s.serial++
	return &x509.Certificate{
		SerialNumber: big.NewInt(s.serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

func (s *Security) issue(name string, use x509.ExtKeyUsage) (cert, key []byte) {
	s.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := s.template(name)
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{use}
	template.DNSNames, template.IPAddresses = []string{name}, []net.IP{net.IPv4(127, 0, 0, 1)}
	der, err := x509.CreateCertificate(rand.Reader, template, s.authority, private.Public(), s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", pkcs8)
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func (s *Security) write(path string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// settings are the brokers', for their two secure listeners.
func (s *Security) settings() map[string]string {
	all := map[string]string{
		"authorizer.class.name":                      "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":                                "User:ANONYMOUS",
		"allow.everyone.if.no.acl.found":             "false",
		"ssl.principal.mapping.rules":                "RULE:^CN=([^,]*).*$/$1/",
		"listener.name.tls.ssl.client.auth":          "required",
		"listener.name.sasl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
		"listener.name.sasl.plain.sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required user_" +
			s.Username + `="` + s.Password + `";`,
		"listener.name.sasl.scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"listener.name.sasl.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"listener.name.sasl.oauthbearer.sasl.jaas.config":   "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";",
	}
	for _, name := range []string{"tls", "sasl"} {
		prefix := "listener.name." + name + "."
		all[prefix+"ssl.keystore.type"], all[prefix+"ssl.keystore.location"] = "PEM", s.Server
		all[prefix+"ssl.truststore.type"], all[prefix+"ssl.truststore.location"] = "PEM", s.CA
	}
	return all
}

// formatArgs put the SCRAM passwords into the storage.
func (s *Security) formatArgs() []string {
	var args []string
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		args = append(args, "--add-scram", mechanism+"=[name="+s.Username+",password="+s.Password+"]")
	}
	return args
}

// AddUser makes a user for both kinds of SCRAM, or gives it another password.
func (c *Cluster) AddUser(t testing.TB, name, password string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	adm := kadm.NewClient(c.Client(t))
	// One after the other: a request may name a user but once.
	for _, mechanism := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} {
		made, err := adm.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{{User: name, Mechanism: mechanism, Iterations: 4096, Password: password}})
		if err == nil {
			err = made.Error()
		}
		if err != nil {
			t.Fatalf("user %s: %v", name, err)
		}
	}
}

// Token is an unsigned JSON web token of a name, good for an hour: what the
// brokers take for OAUTHBEARER.
func Token(name string) string {
	encode := base64.RawURLEncoding.EncodeToString
	now := time.Now()
	claims := fmt.Sprintf(`{"sub":%q,"iat":%d,"exp":%d}`, name, now.Unix(), now.Add(time.Hour).Unix())
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "."
}
