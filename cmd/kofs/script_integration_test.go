//go:build integration

package main

import (
	"sync"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/rogpeppe/go-internal/testscript"
)

// The same scripts on real Kafka, one version after the other. The scripts of a
// version share one broker, one after the other: each leaves it without topics
// and groups.
func TestScriptsOnKafka(t *testing.T) {
	for _, version := range kafkatest.KafkaVersions() {
		t.Run(version, func(t *testing.T) { runScriptsOnKafka(t, version) })
	}
}

func runScriptsOnKafka(t *testing.T, version string) {
	cluster := kafkatest.NewKafka(t, kafkatest.KafkaOptions{Version: version})
	var turn sync.Mutex
	t.Run("scripts", func(t *testing.T) { // its end is the end of the parallel scripts
		testscript.Run(t, testscript.Params{
			Dir:                 "testdata/script",
			RequireExplicitExec: true,
			RequireUniqueNames:  true,
			Cmds:                scriptCommands(),
			Condition:           func(cond string) (bool, error) { return holdsOn(version, cond), nil },
			Setup: func(env *testscript.Env) error {
				turn.Lock()
				env.Defer(turn.Unlock)
				return setupScript(env, cluster.Addrs(), nil)
			},
		})
	})
}

// holdsOn says whether a script's condition holds: [kafka] on every version, and
// [untyped] where the list of groups does not tell their types (before 3.8).
func holdsOn(version, condition string) bool {
	return condition == "kafka" || condition == "untyped" && version == "2.8.2"
}
