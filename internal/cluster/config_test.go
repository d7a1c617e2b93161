package cluster

import (
	"os"
	"strings"
	"testing"
)

func TestLoadConfig(t *testing.T) {
	caFile, _ := authority(t)
	pem, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	oneLine := strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n", " ")
	continued := strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n", " \\\n")
	for name, test := range map[string]struct {
		file string
		err  string // "" for none
		tls  bool
	}{
		"empty":                         {"", "", false},
		"settings that do not matter":   {"request.timeout.ms=5000\nacks=all\n# comment\ngroup.id = x", "", false},
		"servers":                       {"bootstrap.servers=a:1,b:2", "", false},
		"servers without a port":        {"bootstrap.servers=a", "bootstrap.servers: bootstrap server \"a\" has no port", false},
		"nothing is expanded":           {"client.id=${HOME}", "", false},
		"SSL with the system's CAs":     {"security.protocol=SSL", "", true},
		"white space after a value":     {"security.protocol=SSL  ", "", true},
		"lower case":                    {"security.protocol=ssl", "", true},
		"inline certificate, one line":  {"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.certificates=" + oneLine, "", true},
		"inline certificate, continued": {"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.certificates=" + continued, "", true},
		"inline without a certificate":  {"ssl.truststore.type=PEM\nssl.truststore.certificates=x", "ssl.truststore.certificates: no certificate", false},
		"missing CA file":               {"ssl.truststore.type=PEM\nssl.truststore.location=/nosuch", "ssl.truststore.location: open /nosuch", false},
		"truststore of default type":    {"ssl.truststore.location=/x.jks", "ssl.truststore.type=JKS (the default): not supported", false},
		"PKCS12":                        {"ssl.truststore.type=PKCS12\nssl.truststore.location=/x", "ssl.truststore.type=PKCS12: not supported", false},
		"protocols":                     {"security.protocol=SSL\nssl.enabled.protocols=TLSv1.2,TLSv1.3", "", true},
		"old protocols":                 {"ssl.enabled.protocols=TLSv1", "ssl.enabled.protocols=TLSv1: not supported", false},
		"SASL":                          {"security.protocol=SASL_SSL", "security.protocol=SASL_SSL: not supported", false},
		"SASL mechanism":                {"sasl.mechanism=PLAIN", "sasl.mechanism=PLAIN: not supported", false},
		"keystore":                      {"ssl.keystore.location=/k", "ssl.keystore.location=/k: not supported", false},
		"a secret is not shown":         {"sasl.jaas.config=password=\"s3cret\"", "sasl.jaas.config: not supported", false},
		"no such protocol":              {"security.protocol=TLS", "security.protocol=TLS: no such protocol", false},
		"name check of another kind":    {"ssl.endpoint.identification.algorithm=LDAPS", "ssl.endpoint.identification.algorithm=LDAPS", false},
		"a typo":                        {"bootstrap.server=a:1", `"bootstrap.server" is not a setting of Kafka's clients; did you mean bootstrap.servers?`, false},
		"an unknown key":                {"my.own=1", `"my.own" is not a setting`, false},
		"a typo of a security key":      {"securty.protocol=SSL", "did you mean security.protocol?", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, test.file)
			conf, err := LoadConfig(path)
			if test.err == "" {
				if err != nil || (conf.TLS != nil) != test.tls {
					t.Fatalf("%+v, %v", conf, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v, want %q", err, test.err)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
	if _, err := LoadConfig("/nosuch/file"); err == nil || err.Error() != "reading /nosuch/file: no such file or directory" {
		t.Errorf("missing file: %v", err)
	}
}

func TestParseServers(t *testing.T) {
	for list, want := range map[string]string{
		"a:9092":         "",
		"a:9092, b:9092": "",
		"[::1]:9092":     "",
		"":               "empty",
		"a:9092,":        "empty",
		"kafka://a:9092": "scheme",
		"a":              "no port",
		"a:":             "not a port",
		"a:0":            "not a port",
		"a:99999":        "not a port",
		"a b:9092":       "space",
		":9092":          "no host",
		"::1:9092":       "brackets",
		"a:+1":           "not a port",
	} {
		_, err := ParseServers(list)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", list, err, want)
		}
	}
}
