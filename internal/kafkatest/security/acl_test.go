//go:build integration

package security

import (
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kofs/kofs/internal/kafkatest"
)

func asUser(t *testing.T, user string) string {
	t.Helper()
	return config(t, append(loginAs("SCRAM-SHA-256", user, kafkatest.Password(user)), "security.protocol=SASL_PLAINTEXT")...)
}

// grant allows operations on the topic orders and on the group billing; those
// not named are not allowed.
func grant(t *testing.T, user string, topic, group []kadm.ACLOperation) {
	t.Helper()
	var wanted []*kadm.ACLBuilder
	if topic != nil {
		wanted = append(wanted, kadm.NewACLs().Topics("orders").Operations(topic...))
	}
	if group != nil {
		wanted = append(wanted, kadm.NewACLs().Groups("billing").Operations(group...))
	}
	for _, acls := range wanted {
		acls = acls.ResourcePatternType(kadm.ACLPatternLiteral).Allow("User:" + user).AllowHosts()
		created, err := shared.world.Admin().CreateACLs(t.Context(), acls)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range created {
			if c.Err != nil {
				t.Fatal(c.Err)
			}
		}
	}
}

// Who may do what, and what is missing then.
const (
	noReadOnTopic     = `needs READ on topic "orders"`
	noDescribeOnTopic = `needs DESCRIBE on topic "orders"`
	noReadOnGroup     = `needs READ on group "billing"`
	noDescribeOnGroup = `needs DESCRIBE on group "billing"`
	bare              = "no commit is to be seen: it has none, or DESCRIBE on its topics is missing"
)

// said is how a command has to end for somebody who lacks a right.
type said struct {
	command string
	exit    int
	says    string // on stdout or stderr
}

func TestMissingRightsAreNamedAndNeverZero(t *testing.T) {
	read, describe := []kadm.ACLOperation{kadm.OpRead}, []kadm.ACLOperation{kadm.OpDescribe}
	grant(t, "noread", describe, read)
	grant(t, "notopic", nil, read)
	grant(t, "nogroup", read, nil)
	grant(t, "nocommit", read, describe)
	const (
		preview  = "reset billing --topic orders --to-earliest"
		write    = preview + " --execute --yes"
		all      = "reset billing --all-topics --to-earliest"
		list     = "records billing --topic orders --to-earliest"
		listed   = "records --topic orders:0 --from-offset 0 --until-offset 2"
		totalLag = "total lag 240"
	)
	for user, table := range map[string][]said{
		"noread": {
			{"groups --lag", 0, "240"},
			{"inspect billing", 0, totalLag},
			{"lag billing", 0, totalLag},
			{preview, 0, "consumed again at most 120 records"},
			{preview, 0, "no READ on topic"},
			{write, 1, noReadOnTopic},
			{list, 3, noReadOnTopic},
			{listed, 3, noReadOnTopic},
		},
		"notopic": {
			{"groups --lag", 3, "unknown: " + bare},
			{"inspect billing", 3, "total lag unknown: " + bare},
			{"lag billing", 3, "billing: " + bare},
			{"lag --all-groups", 3, bare},
			{"lag billing --fail-above 0", 3, bare},
			{"lag billing --topic orders", 3, bare},
			{"lag billing -o json", 3, `"total_lag": null`},
			{preview, 1, noDescribeOnTopic},
			{all, 1, bare},
			{write, 1, noDescribeOnTopic},
			{list, 1, noDescribeOnTopic},
			{listed, 1, noDescribeOnTopic},
		},
		"nogroup": {
			{"groups", 0, "no groups: brokers list only those that one may DESCRIBE"},
			{"groups billing", 1, `group "billing" does not exist (or may not be described)`},
			{"inspect billing", 3, noDescribeOnGroup},
			{"lag billing", 3, "billing: GROUP_AUTHORIZATION_FAILED: " + noDescribeOnGroup},
			{"lag billing -o json", 3, `"total_lag": null`},
			{preview, 1, noDescribeOnGroup},
			{all, 1, noDescribeOnGroup},
			{write, 1, noDescribeOnGroup},
			{list, 1, noDescribeOnGroup},
			{listed, 0, "2 records"},
		},
		"nocommit": {
			{"lag billing", 0, totalLag},
			{preview, 0, "consumed again 120 records"},
			{write, 1, noReadOnGroup},
			{list, 0, "120 records"},
		},
		"nothing": {
			{"groups", 0, "no groups: brokers list only those that one may DESCRIBE"},
			{"inspect billing", 3, noDescribeOnGroup},
			{"lag billing", 3, noDescribeOnGroup},
			{preview, 1, noDescribeOnTopic},
			{all, 1, noDescribeOnGroup},
			{write, 1, noDescribeOnTopic},
			{list, 1, noDescribeOnTopic},
			{listed, 1, noDescribeOnTopic},
		},
	} {
		file := asUser(t, user)
		for _, row := range table {
			t.Run(user+" "+row.command, func(t *testing.T) {
				args := append(strings.Fields(row.command), "--command-config", file)
				ran := run(t, shared.target(kafkatest.ListenerClearSASL), args...)
				ran.check(t, row.exit)
				if !strings.Contains(ran.Stdout+ran.Stderr, row.says) {
					t.Errorf("does not say %q: %s", row.says, ran)
				}
				if row.exit != 0 && regexp.MustCompile(`total lag 0|"total_lag": ?0|consumed again 0`).MatchString(ran.Stdout) {
					t.Errorf("a false zero: %s", ran)
				}
			})
		}
	}
	if after, err := shared.world.Committed(t.Context(), "billing"); err != nil || after["orders"][0] != 20 || after["orders"][2] != 60 {
		t.Errorf("the commits are %v, %v", after, err)
	}
}
