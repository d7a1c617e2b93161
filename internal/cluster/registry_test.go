package cluster

import (
	"strings"
	"testing"
)

func TestRegistryConfig(t *testing.T) {
	for _, row := range []struct{ name, file, url, login, fault string }{
		{"nothing", "", "", "", ""},
		{"a URL", "schema.registry.url=http://a:1", "http://a:1", "", ""},
		{"the first of several", "schema.registry.url= http://a:1 , http://b:1", "http://a:1", "", ""},
		{"a login", "basic.auth.credentials.source=USER_INFO\nbasic.auth.user.info=joe:pa55:word", "", "joe:pa55:word", ""},
		{"a login in its old spelling", "schema.registry.basic.auth.user.info=joe:pa55word", "", "joe:pa55word", ""},
		{"a login that is in the URL", "basic.auth.credentials.source=URL\nbasic.auth.user.info=joe:pa55word", "", "", ""},
		{"the login of the brokers", "basic.auth.credentials.source=SASL_INHERIT", "", "", "SASL_INHERIT: not supported"},
		{"a login without a password", "basic.auth.user.info=pa55word", "", "", "not user:password"},
		{"a store in Java's form", "schema.registry.ssl.truststore.location=x.jks", "", "", "schema.registry.ssl.truststore.type"},
		{"a store that is not there", "schema.registry.ssl.truststore.type=PEM\nschema.registry.ssl.truststore.location=nothing.pem", "", "", "nothing.pem"},
		{"a setting that is not known", "schema.registry.ssl.nothing=pa55word", "", "", "not supported"},
		{"a secret that is not known", "basic.auth.password=pa55word", "", "", "its value is not shown"},
	} {
		t.Run(row.name, func(t *testing.T) {
			file, err := parseProperties([]byte(row.file))
			if err != nil {
				t.Fatal(err)
			}
			conf, err := file.config()
			if row.fault != "" {
				if err == nil || !strings.Contains(err.Error(), row.fault) || strings.Contains(err.Error(), "pa55word") && !strings.Contains(row.file, "ssl.nothing") {
					t.Errorf("%v, want %q", err, row.fault)
				}
				return
			}
			login := ""
			if conf.Registry.User != "" {
				login = conf.Registry.User + ":" + conf.Registry.Password
			}
			if err != nil || conf.Registry.URL != row.url || login != row.login || conf.Registry.TLS == nil {
				t.Errorf("%q, %q, %v", conf.Registry.URL, login, err)
			}
		})
	}
}

// A file with a registry's password is one to warn of.
func TestRegistryLoginIsASecret(t *testing.T) {
	for _, key := range []string{"basic.auth.user.info", "schema.registry.basic.auth.user.info", "schema.registry.ssl.key.password"} {
		if !isSecret(key) || !isObeyed(key) {
			t.Errorf("%s: secret %t, obeyed %t", key, isSecret(key), isObeyed(key))
		}
	}
	if isSecret("schema.registry.url") {
		t.Error("the URL is a secret")
	}
}
