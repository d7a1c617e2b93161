package cluster

import (
	"encoding/json"
	"fmt"
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
		"no mechanism is GSSAPI":        {"security.protocol=SASL_SSL", "sasl.mechanism is not set, which means GSSAPI: not supported", false},
		"a mechanism of other times":    {"security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER", "sasl.mechanism=OAUTHBEARER: not supported", false},
		"a mechanism that is not used":  {"sasl.mechanism=GSSAPI\nsasl.kerberos.service.name=kafka", "", false},
		"no password anywhere":          {"security.protocol=SASL_SSL\nsasl.mechanism=PLAIN", "sasl.jaas.config is not set", false},
		"a class of one's own":          {"sasl.client.callback.handler.class=my.Class", "sasl.client.callback.handler.class=my.Class: not supported", false},
		"AWS":                           {login("PLAIN", `software.amazon.msk.auth.iam.IAMLoginModule required;`), `sasl.jaas.config: login module "software.amazon.msk.auth.iam.IAMLoginModule": not supported`, false},
		"a delegation token":            {login("SCRAM-SHA-256", scramModule+` required username="a" password="s3cret" tokenauth="true";`), "tokenauth", false},
		"no user":                       {login("PLAIN", plainModule+` required password="s3cret";`), "it has no username", false},
		"no password":                   {login("PLAIN", plainModule+` required username="a";`), "it has no password", false},
		"a login":                       {login("PLAIN", plainModule+` required username="a" password="s3cret";`), "", true},
		"keystore of default type":      {"ssl.keystore.location=/k", "ssl.keystore.type=JKS (the default): not supported", false},
		"a store's password":            {"ssl.keystore.type=PEM\nssl.keystore.location=/k\nssl.keystore.password=s3cret", "ssl.keystore.password: a store in PEM form has none", false},
		"a secret is not shown":         {"sasl.login.secret=s3cret", "sasl.login.secret: not supported", false},
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

// login is a file that logs in over TLS.
func login(mechanism, jaas string) string {
	return "security.protocol=SASL_SSL\nsasl.mechanism=" + mechanism + "\nsasl.jaas.config=" + jaas + "\n"
}

func TestConfigShowsNoPassword(t *testing.T) {
	conf, err := LoadConfig(write(t, login("PLAIN", plainModule+` required username="a" password="s3cret";`)))
	if err != nil {
		t.Fatal(err)
	}
	if conf.Login.password != "s3cret" {
		t.Errorf("password %q", string(conf.Login.password))
	}
	document, err := json.Marshal(conf.Login)
	shown := fmt.Sprintf("%v %+v %#v %v %+v %#v %v %#v %q %s %v", conf, conf, conf, *conf.Login, *conf.Login, *conf.Login, conf.Login, conf.Login, conf.Login.password, document, err)
	if strings.Contains(shown, "s3cret") {
		t.Errorf("shown: %s", shown)
	}
}

func TestConfigWarnsOfReadableSecrets(t *testing.T) {
	secretive := login("PLAIN", plainModule+` required username="a" password="s3cret";`)
	for name, test := range map[string]struct {
		file string
		mode os.FileMode
		warn bool
	}{
		"a password for oneself":  {secretive, 0o600, false},
		"a password for a group":  {secretive, 0o640, true},
		"a password for everyone": {secretive, 0o644, true},
		"nothing to hide":         {"security.protocol=PLAINTEXT", 0o644, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, test.file)
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			conf, err := LoadConfig(path)
			if err != nil || (len(conf.Warnings) > 0) != test.warn {
				t.Errorf("%v, %v", conf.Warnings, err)
			}
		})
	}
}

func FuzzProperties(f *testing.F) {
	f.Add([]byte(login("PLAIN", plainModule+` required username="a" password="s3cret";`)))
	f.Add([]byte("ssl.keystore.type=PEM\nssl.keystore.key=-----BEGIN PRIVATE KEY----- AA== -----END PRIVATE KEY-----\nssl.keystore.certificate.chain=x"))
	f.Add([]byte("a\\\n  b:c\\u00e4\n!x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parseProperties(data)
		if err != nil {
			return
		}
		delete(file, "ssl.truststore.location") // reads files
		delete(file, "ssl.keystore.location")
		if _, err := file.config(); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
	})
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
