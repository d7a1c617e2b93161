//go:build integration

package security

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// mode is a way to connect that works.
type mode struct {
	listener string
	config   []string
	flags    []string // of kofs, beside the file
}

func modes(t *testing.T) map[string]mode {
	client := "ssl.keystore.location=" + shared.Certificates.Client
	key, chain := inlined(t, shared.Certificates.Client)
	all := map[string]mode{
		"SSL":                       {kafkatest.ListenerTLS, append(trust(), "security.protocol=SSL"), nil},
		"SSL, CA inline":            {kafkatest.ListenerTLS, []string{"security.protocol=SSL", "ssl.truststore.type=PEM", "ssl.truststore.certificates=" + inline(t, shared.Certificates.CA)}, nil},
		"client certificate":        {kafkatest.ListenerMutualTLS, append(trust(), "security.protocol=SSL", "ssl.keystore.type=PEM", client), nil},
		"client certificate inline": {kafkatest.ListenerMutualTLS, append(trust(), "security.protocol=SSL", "ssl.keystore.type=PEM", "ssl.keystore.key="+key, "ssl.keystore.certificate.chain="+chain), nil},
		"encrypted key":             {kafkatest.ListenerMutualTLS, append(trust(), "security.protocol=SSL", "ssl.keystore.type=PEM", "ssl.keystore.certificate.chain="+chain, "ssl.keystore.key="+oneValue(kafkatest.EncryptedClientKey), "ssl.key.password="+kafkatest.ClientKeyPassword), nil},
		"name not checked":          {kafkatest.ListenerStranger, append(trust(), "security.protocol=SSL", "ssl.endpoint.identification.algorithm="), nil},
		"PLAIN in the clear":        {kafkatest.ListenerClearSASL, append(loginAs("PLAIN", "admin", kafkatest.Password("admin")), "security.protocol=SASL_PLAINTEXT"), []string{"--allow-plaintext-password"}},
		"SCRAM-SHA-256, no TLS":     {kafkatest.ListenerClearSASL, append(loginAs("SCRAM-SHA-256", "admin", kafkatest.Password("admin")), "security.protocol=SASL_PLAINTEXT"), nil},
	}
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		lines := slices.Concat(trust(), loginAs(mechanism, "admin", kafkatest.Password("admin")), []string{"security.protocol=SASL_SSL"})
		all[mechanism+" over TLS"] = mode{kafkatest.ListenerSASL, lines, nil}
	}
	return all
}

// The same file works with both programs, and they say the same.
func TestTheSameFileWorksWithBoth(t *testing.T) {
	t.Parallel()
	for name, m := range modes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, server := config(t, m.config...), shared.Door(m.listener).Addr()
			ran, err := shared.kofs.At(server).Run(t.Context(), append(m.flags, "lag", "billing", "-o", "json", "--command-config", file)...)
			if err != nil || ran.Exit != 0 {
				t.Fatalf("%v %v", ran, err)
			}
			var doc lagDoc
			if err := ran.Document("kofs/lag/v1", &doc); err != nil {
				t.Fatal(err)
			}
			theirs := describe(t, server, file)
			if ours := doc.rows(); !slices.Equal(ours, theirs) {
				t.Errorf("kofs says\n%v\nkafka-consumer-groups says\n%v", ours, theirs)
			}
			if len(theirs) != 3 {
				t.Errorf("%d rows", len(theirs))
			}
		})
	}
}

// lagDoc is kofs/lag/v1, as far as it is compared.
type lagDoc struct {
	Groups []struct {
		TotalLag   *int64 `json:"total_lag"`
		Partitions []struct {
			Topic     string `json:"topic"`
			Partition int32  `json:"partition"`
			Committed *int64 `json:"committed_offset"`
			End       *int64 `json:"high_watermark"`
			Lag       *int64 `json:"lag"`
		} `json:"partitions"`
	} `json:"groups"`
}

// rows are "orders 0 20 120 100": topic, partition, committed offset, end, lag.
func (d lagDoc) rows() []string {
	var rows []string
	for _, g := range d.Groups {
		for _, p := range g.Partitions {
			rows = append(rows, fmt.Sprintf("%s %d %s %s %s", p.Topic, p.Partition, number(p.Committed), number(p.End), number(p.Lag)))
		}
	}
	slices.Sort(rows)
	return rows
}

func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// describe runs kafka-consumer-groups --describe.
func describe(t *testing.T, server, file string) []string {
	t.Helper()
	out, err := consumerGroups(t.Context(), "--bootstrap-server", server, "--command-config", file, "--describe", "--group", "billing").CombinedOutput()
	if err != nil {
		t.Fatalf("kafka-consumer-groups: %v\n%s", err, out)
	}
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)^billing\s+(\S+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+)`).FindAllStringSubmatch(string(out), -1) {
		rows = append(rows, strings.Join(m[1:], " "))
	}
	if len(rows) == 0 {
		t.Fatalf("kafka-consumer-groups:\n%s", out)
	}
	slices.Sort(rows)
	return rows
}

func consumerGroups(ctx context.Context, args ...string) *exec.Cmd {
	return kafkatest.Java(ctx, shared.LibsDir, "128m", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", args...)
}

// inline is a PEM file as a value in a .properties file, over several lines.
func inline(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return oneValue(string(text))
}

func oneValue(pem string) string {
	return strings.ReplaceAll(strings.TrimSpace(pem), "\n", " \\\n  ")
}

// inlined is a file's key and its chain, each as such a value.
func inlined(t *testing.T, file string) (key, chain string) {
	t.Helper()
	key, chain, ok := strings.Cut(inline(t, file), "-----BEGIN CERTIFICATE")
	if !ok {
		t.Fatalf("%s has no certificate", file)
	}
	return strings.TrimRight(key, " \\\n"), "-----BEGIN CERTIFICATE" + chain
}
