package kafkatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificates are PEM files: of CAs the certificate, of others key and chain.
type Certificates struct {
	CA, OtherCA   string // who signed the others, and who signed nobody
	Server        string // for 127.0.0.1 and localhost
	ExpiredServer string // the same, until yesterday
	StrangeServer string // for kafka.example
	Client        string // CN=admin
	ExpiredClient string // CN=admin, until yesterday
	StrangeClient string // CN=admin, of OtherCA
}

// authority signs certificates.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newCertificates(dir string) (*Certificates, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	c := &Certificates{}
	ca, err := newAuthority(dir, "ca", &c.CA)
	if err != nil {
		return nil, err
	}
	other, err := newAuthority(dir, "other-ca", &c.OtherCA)
	if err != nil {
		return nil, err
	}
	past, future := time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour)
	for _, wanted := range []struct {
		by    *authority
		file  *string
		name  string
		until time.Time
		host  string // "" for a client
	}{
		{ca, &c.Server, "broker", future, "localhost"},
		{ca, &c.ExpiredServer, "expired", past, "localhost"},
		{ca, &c.StrangeServer, "stranger", future, "kafka.example"},
		{ca, &c.Client, "admin", future, ""},
		{ca, &c.ExpiredClient, "admin", past, ""},
		{other, &c.StrangeClient, "admin", future, ""},
	} {
		*wanted.file, err = wanted.by.sign(wanted.name, wanted.until, wanted.host)
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newAuthority(dir, name string, file *string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	cert := template(name, time.Now().Add(24*time.Hour))
	cert.IsCA, cert.BasicConstraintsValid, cert.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	*file = filepath.Join(dir, name+".pem")
	return &authority{dir, cert, key}, writePEM(*file, &pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func template(name string, until time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62)) // never fails since Go 1.24
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
	}
}

// sign writes a file with a key and its certificate; with a host for a server.
func (a *authority) sign(name string, until time.Time, host string) (string, error) {
	key, err := keyFor(host)
	if err != nil {
		return "", err
	}
	cert := template(name, until)
	cert.KeyUsage = x509.KeyUsageDigitalSignature
	cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if host != "" {
		cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		cert.DNSNames = []string{host}
	}
	if host == "localhost" {
		cert.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(a.dir, name+"-*.pem")
	if err != nil {
		return "", err
	}
	_ = file.Close()
	return file.Name(), writePEM(file.Name(), &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}, &pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// keyFor is a new key for a server's host, and the one key of all clients.
func keyFor(host string) (*ecdsa.PrivateKey, error) {
	if host != "" {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	block, _ := pem.Decode([]byte(clientKey))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(*ecdsa.PrivateKey), nil
}

func writePEM(file string, blocks ...*pem.Block) error {
	var text []byte
	for _, b := range blocks {
		text = append(text, pem.EncodeToMemory(b)...)
	}
	return os.WriteFile(file, text, 0o600)
}
