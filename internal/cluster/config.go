package cluster

import (
	"crypto/tls"
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
}

// maxConfig bounds the size of a configuration file, in bytes.
const maxConfig = 1 << 20

// LoadConfig reads a Java client's .properties file, as kafka-consumer-groups
// takes it with --command-config. Nothing is expanded in it.
//
// Settings that decide where and how securely to connect are obeyed, or are an
// error that names them when kofs does not support them yet (SASL, keystores,
// JKS and PKCS12 truststores). Other settings of Kafka's clients are accepted and
// do not matter here. A key that no Kafka client knows is an error.
func LoadConfig(path string) (Config, error) {
	props, err := readProperties(path)
	if err != nil {
		return Config{}, fmt.Errorf("reading %s: %w", path, err)
	}
	conf, err := props.config()
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return conf, nil
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
	loader := properties.Loader{Encoding: properties.ISO_8859_1, DisableExpansion: true}
	props, err := loader.LoadBytes(data)
	if err != nil {
		return nil, err
	}
	file := settingsFile{}
	for key, value := range props.Map() {
		file[key] = strings.TrimSpace(value) // as Kafka's ConfigDef does
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
	switch protocol := strings.ToUpper(f["security.protocol"]); protocol {
	case "", "PLAINTEXT":
	case "SSL":
		conf.TLS = trust
	case "SASL_PLAINTEXT", "SASL_SSL":
		return Config{}, fmt.Errorf("security.protocol=%s: not supported by kofs yet (PLAINTEXT and SSL are)", protocol)
	default:
		return Config{}, fmt.Errorf("security.protocol=%s: no such protocol (PLAINTEXT, SSL)", f["security.protocol"])
	}
	return conf, nil
}

// checkKeys looks at every key, in a fixed order so that the same file always
// gives the same error.
func (f settingsFile) checkKeys() error {
	for _, key := range sortedKeys(f) {
		switch {
		case isObeyed(key), isHarmless(key):
		case isSecret(key):
			return fmt.Errorf("%s: not supported by kofs yet (its value is not shown)", key)
		case isSecurity(key):
			return fmt.Errorf("%s=%s: not supported by kofs yet", key, f[key])
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
