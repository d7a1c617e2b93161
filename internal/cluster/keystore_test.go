package cluster

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// One key in the forms in which openssl writes it; the password is "open sesame".
const (
	keyPKCS8 = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeX+Z5QF9tmsjmXJs
2ML1gdhLMcKuiIjeX2f/faXZPn+hRANCAAQ2RBL7a0LleCRulec+QSG+aSU6A0PQ
apzEJ8m90OR84+/KpvR6laL950bZZEAeqdL4mOKl4Rr0B4AAsw+lnDHh
-----END PRIVATE KEY-----`
	keySEC1 = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIHl/meUBfbZrI5lybNjC9YHYSzHCroiI3l9n/32l2T5/oAoGCCqGSM49
AwEHoUQDQgAENkQS+2tC5XgkbpXnPkEhvmklOgND0GqcxCfJvdDkfOPvyqb0epWi
/edG2WRAHqnS+JjipeEa9AeAALMPpZwx4Q==
-----END EC PRIVATE KEY-----`
	keyTripleDES = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQMwDgQIQKKVwm73GYgCAggABIGQA0ZfLfvT36nJc3kB
IlfWmN+ZilSyU/fdYDRnGrrKRf39IuxVqAZjdbMhkxVhVo3kLlylb9YG1Yfr3cVZ
rYDfMTxwYokszBYslja/4ATooWmrOSLfMp1gTONWph3hp64JBpY8qNgzayR7d6dB
JT3tk5NkeX8Cys8Leim62j4h54wphWzfYu8gkKqLr7d9GBqG
-----END ENCRYPTED PRIVATE KEY-----`
	keyAES = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg+xhj8kgPV/wICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJGKBsxsKamuIJLVotQvgQUEgZBy
T/ZAETgG6vrecqlSCinwzOeOTFfgRM7Fff/DKj8mv/3aX+HFSAeOCTK9+kfz8UXC
nG6r98PSwEKgjxXYsj9fvjJ0nAQKrNz2NAEwGoI1Wc6xtI2bGzfA4KQFdPxxU3Rz
OjZF29aH/xk6xsyhykHyRLAHwPHsAI3G3Vp+oiCcdJILND3MKC1th10oOJ58Sfg=
-----END ENCRYPTED PRIVATE KEY-----`
)

// chainOf is a certificate for the key above.
func chainOf(t *testing.T) string {
	t.Helper()
	key, err := privateKey(keyPKCS8, "")
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestKeystore(t *testing.T) {
	chain := chainOf(t)
	line := func(pem string) string { return strings.Join(strings.Fields(pem), " ") }
	inline := func(key string) string {
		return "ssl.keystore.type=PEM\nssl.keystore.certificate.chain=" + line(chain) + "\nssl.keystore.key=" + line(key) + "\n"
	}
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "client.pem")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "ssl.keystore.type=PEM\nssl.keystore.location=" + path + "\n"
	}
	const password = "ssl.key.password=open sesame\n"
	for name, test := range map[string]struct{ config, err string }{
		"a file":                      {file(keyPKCS8 + "\n" + chain), ""},
		"a file, the key last":        {file(chain + "\n" + keyPKCS8 + "\n"), ""},
		"a file with words around":    {file("Bag Attributes: x\n" + chain + "Key:\n" + keyPKCS8), ""},
		"inline":                      {inline(keyPKCS8), ""},
		"older form of key":           {inline(keySEC1), ""},
		"encrypted for Java 17":       {inline(keyTripleDES) + password, ""},
		"encrypted better":            {inline(keyAES) + password, ""},
		"encrypted, in a file":        {file(chain+keyAES) + password, ""},
		"a password that is not used": {inline(keyPKCS8) + password, ""},
		"encrypted, no password":      {inline(keyAES), "ssl.keystore.key: the private key is encrypted and ssl.key.password is not set"},
		"encrypted, wrong password":   {inline(keyAES) + "ssl.key.password=s3cret", "cannot be decrypted: ssl.key.password is wrong"},
		"for Java 17, wrong password": {inline(keyTripleDES) + "ssl.key.password=s3cret", "cannot be decrypted: ssl.key.password is wrong"},
		"no key":                      {file(chain), "no private key in PEM form"},
		"no certificate":              {file(keyPKCS8), "no certificate in PEM form"},
		"a key without a chain":       {"ssl.keystore.type=PEM\nssl.keystore.key=" + line(keyPKCS8), "ssl.keystore.key is set without ssl.keystore.certificate.chain"},
		"a chain without a key":       {"ssl.keystore.type=PEM\nssl.keystore.certificate.chain=" + line(chain), "ssl.keystore.key: no private key"},
		"a key of somebody else":      {inline(otherKey(t)), "the private key does not belong to the first certificate (CN=alice)"},
		"no such file":                {"ssl.keystore.type=PEM\nssl.keystore.location=/nosuch", "ssl.keystore.location: open /nosuch"},
		"PKCS12":                      {"ssl.keystore.type=PKCS12\nssl.keystore.location=/x.p12", "ssl.keystore.type=PKCS12: not supported"},
		"file and inline":             {file(chain+keyPKCS8) + "ssl.keystore.certificate.chain=" + line(chain), "both ssl.keystore.location and ssl.keystore.certificate.chain are set"},
		"a key that is cut":           {inline(keyPKCS8[:90] + "\n-----END PRIVATE KEY-----"), "the private key"},
	} {
		t.Run(name, func(t *testing.T) {
			conf, err := LoadConfig(write(t, "security.protocol=SSL\n"+test.config))
			switch {
			case test.err == "" && err != nil:
				t.Fatal(err)
			case test.err == "":
				if len(conf.TLS.Certificates) != 1 || conf.TLS.Certificates[0].Leaf.Subject.CommonName != "alice" {
					t.Errorf("%+v", conf.TLS.Certificates)
				}
			case err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "MIGH"):
				t.Errorf("got %v, want %q", err, test.err)
			}
		})
	}
}

func otherKey(t *testing.T) string {
	t.Helper()
	_, server := authority(t)
	der, err := x509.MarshalPKCS8PrivateKey(server.Certificates[0].PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func FuzzPrivateKey(f *testing.F) {
	for _, key := range []string{keyPKCS8, keySEC1, keyTripleDES, keyAES} {
		block, _ := pem.Decode([]byte(key))
		f.Add(block.Type, block.Bytes)
	}
	f.Fuzz(func(t *testing.T, label string, der []byte) {
		_, _ = parseKey(pemBlock{label, der}, "open sesame")
	})
}
