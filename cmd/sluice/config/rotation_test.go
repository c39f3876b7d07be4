package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	t      *testing.T
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	serial int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func encoded(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// issue makes a certificate with its key; each has another serial number.
func (a *authority) issue() (cert, key []byte) {
	a.t.Helper()
	a.serial++
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(100 + a.serial), Subject: pkix.Name{CommonName: "somebody"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, private.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return encoded("CERTIFICATE", der), encoded("PRIVATE KEY", pkcs8)
}

// serve answers one connection and returns the serial number of the client's
// certificate.
func (a *authority) serve(l net.Listener) <-chan int64 {
	cert, key := a.issue()
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		a.t.Fatal(err)
	}
	seen := make(chan int64, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			seen <- -1
			return
		}
		defer conn.Close()
		server := tls.Server(conn, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert})
		if err := server.Handshake(); err != nil {
			seen <- -1
			return
		}
		seen <- server.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}()
	return seen
}

// TestCertificatesAreReadAgain: each connection has the files as they are then,
// without a restart.
func TestCertificatesAreReadAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old, fresh := newAuthority(t), newAuthority(t)
	own := newAuthority(t)
	cert, key := own.issue()
	c := TLS{Enabled: true, CA: write("ca", encoded("CERTIFICATE", old.cert.Raw)), Cert: write("cert", cert), Key: write("key", key)}
	connect := func(server *authority) (int64, error) {
		seen := server.serve(l)
		conn, err := c.dial(t.Context(), "tcp", l.Addr().String())
		serial := <-seen
		if err == nil {
			err = conn.Close()
		}
		return serial, err
	}
	if serial, err := connect(old); err != nil || serial != 101 {
		t.Fatalf("certificate %d, %v", serial, err)
	}
	cert, key = own.issue()
	write("cert", cert)
	write("key", key)
	if serial, err := connect(old); err != nil || serial != 102 {
		t.Errorf("after a new certificate: certificate %d, %v", serial, err)
	}
	// The broker's authority changes.
	var unknown x509.UnknownAuthorityError
	if _, err := connect(fresh); !errors.As(err, &unknown) {
		t.Errorf("a broker of an unknown authority: %v", err)
	}
	write("ca", encoded("CERTIFICATE", fresh.cert.Raw))
	if serial, err := connect(fresh); err != nil || serial != 102 {
		t.Errorf("after a new authority: certificate %d, %v", serial, err)
	}
	// A file that is being replaced fails the connection, and nothing else.
	write("key", []byte("half of a k"))
	if _, err := c.dial(t.Context(), "tcp", l.Addr().String()); err == nil {
		t.Error("half a key was taken")
	}
}
