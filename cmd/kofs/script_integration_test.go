//go:build integration

package main

import (
	"sync"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/rogpeppe/go-internal/testscript"
)

// The same scripts on real Kafka. They share one broker, one after the other:
// each leaves it without topics and groups.
func TestScriptsOnKafka(t *testing.T) {
	cluster := kafkatest.NewKafka(t, kafkatest.KafkaOptions{})
	var turn sync.Mutex
	t.Run("scripts", func(t *testing.T) { // its end is the end of the parallel scripts
		testscript.Run(t, testscript.Params{
			Dir:                 "testdata/script",
			RequireExplicitExec: true,
			RequireUniqueNames:  true,
			Cmds:                scriptCommands(),
			Condition:           func(cond string) (bool, error) { return cond == "kafka", nil },
			Setup: func(env *testscript.Env) error {
				turn.Lock()
				env.Defer(turn.Unlock)
				return setupScript(env, cluster.Addrs(), nil)
			},
		})
	})
}
