package cluster

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/magiconair/properties"
)

// Config is what a client configuration file says about reaching a cluster. The
// zero value means plaintext.
type Config struct {
	Servers  []string    // bootstrap.servers; nil when the file has none
	ClientID string      // client.id; "" means kofs
	TLS      *tls.Config // nil: plaintext. The server's name is filled in for each connection
	Login    *Login      // nil: none
	Registry Registry    // of schemas
	Warnings []string    // what the user should know about the file, in words
}

// ErrPlaintextPassword says that the password would cross the network readable
// for everybody on the way. No connection was opened.
var ErrPlaintextPassword = errors.New("sasl.mechanism=PLAIN with security.protocol=SASL_PLAINTEXT sends the password unencrypted")

// BaresPassword reports whether a login would send the password itself, and
// without encryption. SCRAM never sends it.
func (c Config) BaresPassword() bool {
	return c.Login != nil && c.Login.Mechanism == mechanismPlain && c.TLS == nil
}

// maxConfig bounds the size of a configuration file, in bytes.
const maxConfig = 1 << 20

// LoadConfig reads a Java client's .properties file, as kafka-consumer-groups
// takes it with --command-config. Nothing is expanded in it.
//
// Settings that decide where and how securely to connect are obeyed, or are an
// error that names them when kofs does not support them (JKS and PKCS12 stores,
// Kerberos, OAuth). Other settings of Kafka's clients are accepted and do not
// matter here. A key that no Kafka client knows is an error. No error shows a
// password.
func LoadConfig(path string) (Config, error) {
	props, err := readProperties(path)
	if err != nil {
		return Config{}, fmt.Errorf("reading %s: %w", path, err)
	}
	conf, err := props.config()
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	conf.Warnings = append(conf.Warnings, props.exposed(path)...)
	return conf, nil
}

// exposed warns of files with a password or a key that others may read.
func (f settingsFile) exposed(path string) []string {
	files := []string{f["ssl.keystore.location"]}
	for key := range f {
		if isSecret(key) && key != "ssl.keystore.certificate.chain" {
			files = append(files, path)
			break
		}
	}
	var warnings []string
	for _, file := range files {
		info, err := os.Stat(file)
		if err == nil && info.Mode().Perm()&0o044 != 0 {
			warnings = append(warnings, fmt.Sprintf("%s holds a secret and may be read by others (mode %04o): chmod 600", file, info.Mode().Perm()))
		}
	}
	return warnings
}

// settingsFile is a file's keys and values.
type settingsFile map[string]string

// readProperties reads ISO-8859-1 with \u escapes, as java.util.Properties does.
func readProperties(path string) (settingsFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err.(*os.PathError).Err
	}
	if info.Size() > maxConfig {
		return nil, fmt.Errorf("it has %d bytes, too many for a configuration", info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err.(*os.PathError).Err
	}
	return parseProperties(data)
}

func parseProperties(data []byte) (settingsFile, error) {
	loader := properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	props, err := loader.LoadBytes(data)
	if err != nil {
		return nil, err
	}
	file := settingsFile{}
	for key, value := range props.Map() {
		file[key] = strings.TrimFunc(value, func(r rune) bool { return r <= ' ' }) // as Kafka's ConfigDef does
	}
	return file, nil
}

func (f settingsFile) config() (Config, error) {
	if err := f.checkKeys(); err != nil {
		return Config{}, err
	}
	conf := Config{ClientID: f["client.id"]}
	if list, ok := f["bootstrap.servers"]; ok && list != "" {
		servers, err := ParseServers(list)
		if err != nil {
			return Config{}, fmt.Errorf("bootstrap.servers: %w", err)
		}
		conf.Servers = servers
	}
	trust, err := f.tls()
	if err != nil {
		return Config{}, err
	}
	if conf.Registry, err = f.registry(); err != nil {
		return Config{}, err
	}
	switch protocol := strings.ToUpper(f["security.protocol"]); protocol {
	case "", "PLAINTEXT":
	case "SSL":
		conf.TLS = trust
	case "SASL_PLAINTEXT":
		conf.Login, err = f.login()
	case "SASL_SSL":
		conf.TLS = trust
		conf.Login, err = f.login()
	default:
		return Config{}, fmt.Errorf("security.protocol=%s: no such protocol (PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL)", f["security.protocol"])
	}
	return conf, err
}

// checkKeys looks at every key, in a fixed order so that the same file always
// gives the same error.
func (f settingsFile) checkKeys() error {
	for _, key := range sortedKeys(f) {
		switch {
		case isObeyed(key), isHarmless(key):
		case isSecret(key):
			return fmt.Errorf("%s: not supported by kofs (its value is not shown)", key)
		case isSecurity(key):
			return fmt.Errorf("%s=%s: not supported by kofs", key, f[key])
		default:
			return unknownKey(key)
		}
	}
	return nil
}

func unknownKey(key string) error {
	if near := nearestKey(key); near != "" {
		return fmt.Errorf("%q is not a setting of Kafka's clients; did you mean %s?", key, near)
	}
	return fmt.Errorf("%q is not a setting of Kafka's clients", key)
}
