package cluster

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// keystore is the client's certificate with its chain and key, nil if it has none.
func (f settingsFile) keystore() ([]tls.Certificate, error) {
	inline := f["ssl.keystore.certificate.chain"] != "" || f["ssl.keystore.key"] != ""
	if f["ssl.keystore.location"] == "" && !inline {
		return nil, nil
	}
	if err := f.requirePEM("ssl.keystore", "export key and certificates"); err != nil {
		return nil, err
	}
	if f["ssl.keystore.location"] == "" && f["ssl.keystore.certificate.chain"] == "" {
		return nil, errors.New("ssl.keystore.key is set without ssl.keystore.certificate.chain")
	}
	chainKey, chain, err := f.pem("ssl.keystore.location", "ssl.keystore.certificate.chain")
	if err != nil {
		return nil, err
	}
	keyKey, key := chainKey, chain
	if inline {
		keyKey, key = "ssl.keystore.key", f["ssl.keystore.key"]
	}
	cert, err := f.clientCertificate(chainKey, chain, keyKey, key)
	if err != nil {
		return nil, err
	}
	return []tls.Certificate{cert}, nil
}

func (f settingsFile) clientCertificate(chainKey, chain, keyKey, key string) (tls.Certificate, error) {
	certs, err := certificates(chain)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %w", chainKey, err)
	}
	private, err := privateKey(key, f["ssl.key.password"])
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %w", keyKey, err)
	}
	public, ok := certs[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(private.Public()) {
		return tls.Certificate{}, fmt.Errorf("%s: the private key does not belong to the first certificate (%s)", keyKey, certs[0].Subject)
	}
	cert := tls.Certificate{PrivateKey: private, Leaf: certs[0]}
	for _, c := range certs {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert, nil
}

// pemBlock is one thing between PEM markers.
type pemBlock struct {
	label string // such as "RSA PRIVATE KEY"
	der   []byte
}

// pemBlocks reads PEM as Kafka's DefaultSslEngineFactory does: whatever white
// space is between the markers, since a value in a .properties file is one line,
// and whatever text is around them. Only blocks whose label ends with suffix.
func pemBlocks(text, suffix string) ([]pemBlock, error) {
	pattern := regexp.MustCompile(`(?s)-+BEGIN\s+([A-Z0-9 ]*?` + suffix + `)-+(.*?)-+END\s[^-]*-+`)
	var blocks []pemBlock
	for i, match := range pattern.FindAllStringSubmatch(text, -1) {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(match[2]), ""))
		if err != nil {
			return nil, fmt.Errorf("%s %d is no base64", strings.ToLower(match[1]), i+1)
		}
		blocks = append(blocks, pemBlock{match[1], der})
	}
	return blocks, nil
}

func certificates(text string) ([]*x509.Certificate, error) {
	blocks, err := pemBlocks(text, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	if len(blocks) == 0 {
		return nil, errors.New("no certificate in PEM form in it")
	}
	var certs []*x509.Certificate
	for i, block := range blocks {
		cert, err := x509.ParseCertificate(block.der)
		if err != nil {
			return nil, fmt.Errorf("reading certificate %d: %w", i+1, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// privateKey reads the first key: PKCS#8, which is all that Kafka reads, or one
// of the older forms. No error shows a part of it.
func privateKey(text, password string) (crypto.Signer, error) {
	blocks, err := pemBlocks(text, "PRIVATE KEY")
	if err != nil {
		return nil, errors.New("the private key is no base64")
	}
	if len(blocks) == 0 {
		return nil, errors.New("no private key in PEM form in it")
	}
	key, err := parseKey(blocks[0], password)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the private key is of a kind that cannot sign")
	}
	return signer, nil
}

func parseKey(block pemBlock, password string) (key any, err error) {
	switch block.label {
	case "ENCRYPTED PRIVATE KEY":
		if password == "" {
			return nil, errors.New("the private key is encrypted and ssl.key.password is not set")
		}
		return decryptKey(block.der, password)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.der)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.der)
	default:
		key, err = x509.ParsePKCS8PrivateKey(block.der)
	}
	if err != nil {
		return nil, errors.New("the private key cannot be read: want PKCS#8")
	}
	return key, nil
}

func decryptKey(der []byte, password string) (any, error) {
	plain, err := openKey(der, password)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errSealed // the padding of a wrong password can be right by chance
	}
	return key, nil
}
