package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

// tls is the TLS configuration that the ssl.* settings ask for. It is read, and
// its mistakes are found, also when security.protocol does not need it.
func (f settingsFile) tls() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := f.tlsVersions(conf); err != nil {
		return nil, err
	}
	roots, err := f.truststore()
	if err != nil {
		return nil, err
	}
	conf.RootCAs = roots
	if conf.Certificates, err = f.keystore(); err != nil {
		return nil, err
	}
	algorithm, set := f["ssl.endpoint.identification.algorithm"]
	switch {
	case !set, strings.EqualFold(algorithm, "https"):
	case algorithm == "":
		trustAnyName(conf)
	default:
		return nil, fmt.Errorf("ssl.endpoint.identification.algorithm=%s: not supported by kofs (https, or empty)", algorithm)
	}
	return conf, nil
}

// trustAnyName leaves out the check of the host's name, and nothing else: the
// chain is verified as crypto/tls would.
func trustAnyName(conf *tls.Config) {
	roots := conf.RootCAs
	conf.InsecureSkipVerify = true // replaced by the next lines
	conf.VerifyConnection = func(state tls.ConnectionState) error {
		chain := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, cert := range state.PeerCertificates[1:] {
			chain.Intermediates.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(chain)
		return err
	}
}

// tlsVersions reads ssl.protocol and ssl.enabled.protocols. TLS 1.1 and older
// are not spoken.
func (f settingsFile) tlsVersions(conf *tls.Config) error {
	known := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	if p := f["ssl.protocol"]; p != "" && p != "TLS" && known[p] == 0 {
		return fmt.Errorf("ssl.protocol=%s: not supported by kofs (TLSv1.2, TLSv1.3)", p)
	}
	list := f["ssl.enabled.protocols"]
	if list == "" {
		return nil
	}
	conf.MinVersion, conf.MaxVersion = tls.VersionTLS13, tls.VersionTLS12
	for name := range strings.SplitSeq(list, ",") {
		v := known[strings.TrimSpace(name)]
		if v == 0 {
			return fmt.Errorf("ssl.enabled.protocols=%s: not supported by kofs (TLSv1.2, TLSv1.3)", list)
		}
		conf.MinVersion, conf.MaxVersion = min(conf.MinVersion, v), max(conf.MaxVersion, v)
	}
	return nil
}

// truststore is the CAs to trust; nil means those of the system, as in Java.
func (f settingsFile) truststore() (*x509.CertPool, error) {
	if f["ssl.truststore.location"] == "" && f["ssl.truststore.certificates"] == "" {
		return nil, nil
	}
	if err := f.requirePEM("ssl.truststore", "export the CA's certificates"); err != nil {
		return nil, err
	}
	key, text, err := f.pem("ssl.truststore.location", "ssl.truststore.certificates")
	if err != nil {
		return nil, err
	}
	certs, err := certificates(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	pool := x509.NewCertPool()
	for _, cert := range certs {
		pool.AddCert(cert)
	}
	return pool, nil
}

// requirePEM makes sure that a store is in the one form that kofs reads, and has
// no password of its own, which in this form it cannot have.
func (f settingsFile) requirePEM(store, advice string) error {
	kind, ok := f[store+".type"]
	if !ok {
		kind = "JKS (the default)"
	}
	if !strings.EqualFold(kind, "PEM") {
		return fmt.Errorf("%s.type=%s: not supported by kofs; %s in PEM form and set %s.type=PEM", store, kind, advice, store)
	}
	if f[store+".password"] != "" {
		return fmt.Errorf("%s.password: a store in PEM form has none (ssl.key.password is that of an encrypted key)", store)
	}
	return nil
}

// pem is the text of a PEM store, from the file or from the value, and which of
// the two keys it came from.
func (f settingsFile) pem(location, inline string) (key, text string, err error) {
	switch file, value := f[location], f[inline]; {
	case file != "" && value != "":
		return "", "", fmt.Errorf("both %s and %s are set: which one is meant?", location, inline)
	case value != "":
		return inline, value, nil
	default:
		data, err := os.ReadFile(file)
		if err != nil {
			return "", "", fmt.Errorf("%s: %w", location, err)
		}
		return location + "=" + file, string(data), nil
	}
}
