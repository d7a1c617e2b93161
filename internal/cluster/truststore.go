package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"
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
	location, inline := f["ssl.truststore.location"], f["ssl.truststore.certificates"]
	if location == "" && inline == "" {
		return nil, nil
	}
	if kind, ok := f["ssl.truststore.type"]; !ok || !strings.EqualFold(kind, "PEM") {
		if !ok {
			kind = "JKS (the default)"
		}
		return nil, fmt.Errorf("ssl.truststore.type=%s: not supported by kofs yet; export the CA's certificates and set ssl.truststore.type=PEM", kind)
	}
	if location != "" && inline != "" {
		return nil, errors.New("both ssl.truststore.location and ssl.truststore.certificates are set: which one is meant?")
	}
	if inline != "" {
		pool, err := certificates(inline)
		if err != nil {
			return nil, fmt.Errorf("ssl.truststore.certificates: %w", err)
		}
		return pool, nil
	}
	data, err := os.ReadFile(location)
	if err != nil {
		return nil, fmt.Errorf("ssl.truststore.location: %w", err)
	}
	pool, err := certificates(string(data))
	if err != nil {
		return nil, fmt.Errorf("ssl.truststore.location=%s: %w", location, err)
	}
	return pool, nil
}

// certificates reads PEM as Kafka's DefaultSslEngineFactory does: whatever white
// space is between the markers, since a value in a .properties file is one line.
func certificates(text string) (*x509.CertPool, error) {
	block := regexp.MustCompile(`(?s)-+BEGIN CERTIFICATE-+(.*?)-+END CERTIFICATE-+`)
	pool, found := x509.NewCertPool(), block.FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		return nil, errors.New("no certificate in PEM form in it")
	}
	for i, match := range found {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(match[1]), ""))
		if err != nil {
			return nil, fmt.Errorf("reading certificate %d: %w", i+1, err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("reading certificate %d: %w", i+1, err)
		}
		pool.AddCert(cert)
	}
	return pool, nil
}
