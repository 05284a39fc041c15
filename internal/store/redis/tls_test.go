package redis_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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

	"stitcher/internal/store"
	"stitcher/internal/store/redis/redistest"
)

// authority signs the certificates of a test.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	a.cert, a.key = a.issue(t, "ca")
	return a
}

// issue writes NAME.crt and NAME.key into the directory.
func (a *authority) issue(t *testing.T, name string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name + ".test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: a.cert == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for ext, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(a.file(name+ext), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// TestTLS: a server that asks for client certificates is reached with one, and only if
// its own is signed by the authority that the address names.
func TestTLS(t *testing.T) {
	redistest.Need(t)
	ours, others := newAuthority(t), newAuthority(t)
	ours.issue(t, "server")
	ours.issue(t, "client")
	port := redistest.FreePort(t)
	redistest.Start(t, "--tls-port", port, "--tls-cert-file", ours.file("server.crt"), "--tls-key-file", ours.file("server.key"),
		"--tls-ca-cert-file", ours.file("ca.crt"), "--tls-auth-clients", "yes")
	base := "rediss://127.0.0.1:" + port
	pair := "&cert=" + ours.file("client.crt") + "&key=" + ours.file("client.key")
	s := open(t, base+"?ca="+ours.file("ca.crt")+pair)
	all(t, "TLS", writes(s, "before"), false)
	all(t, "TLS", reads(s), false)
	named := open(t, base+"?server-name=server.test&ca="+ours.file("ca.crt")+pair)
	all(t, "TLS with a name", reads(named), false)
	for what, query := range map[string]string{
		"without a client certificate": "?ca=" + ours.file("ca.crt"),
		"with another authority":       "?ca=" + others.file("ca.crt") + pair,
		"with another name":            "?server-name=other.test&ca=" + ours.file("ca.crt") + pair,
	} {
		if err := open(t, base+query).Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
