package main

import (
	"os"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A pipe whose reader has gone is no news to anybody; a full disk is. Both end
// with 1, and where the output was lost before the commit nothing is sent.
func TestLostOutput(t *testing.T) {
	t.Parallel()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	records := kafkatest.Numbered(5000)
	for i := range records {
		records[i].Value = []byte(strings.Repeat("v", 100))
	}
	if _, err := world.Produce(t.Context(), "orders", 0, records...); err != nil {
		t.Fatal(err)
	}
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 20}}); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"groups", "groups -o csv", "inspect billing", "lag billing", "lag billing -o jsonl", "lag billing -o csv", "version", "version -o json", "--help", "help exit-codes", "completion bash", "completion zsh",
		"records --topic orders:0 --from-offset 0 --until-offset 5000", "records billing --topic orders --to-earliest -o csv", "records billing --topic orders --to-latest -o json", "records billing --topic orders --to-earliest -o jsonl",
		"reset billing --topic orders --to-earliest", "reset billing --topic orders --to-earliest -o csv", "reset billing --topic orders --to-earliest --show 2",
		"reset billing --topic orders --to-earliest --execute --yes",
	} {
		for _, lost := range []struct {
			name string
			out  *os.File
			said string
		}{
			{"closed pipe", closedPipe(t), ""},
			{"full disk", fullDisk(t), "no space left on device"},
		} {
			p := testProcess(t, map[string]string{"KOFS_BOOTSTRAP_SERVER": strings.Join(embedded.Addrs(), ",")})
			p.out = lost.out
			p.args, p.now, p.zone = strings.Fields(args), goldenNow, seedStart.Location()
			code, stderr := runInTime(t, p), string(read(t, p.err))
			if code != exitFailed {
				t.Errorf("kofs %s, %s: exit code %d: %s", args, lost.name, code, stderr)
			}
			if lines := strings.Count(stderr, "\n"); lost.said == "" && stderr != "" || !strings.Contains(stderr, lost.said) || lines > 1 {
				t.Errorf("kofs %s, %s: said %q", args, lost.name, stderr)
			}
		}
	}
	if n := embedded.Requests(kmsg.OffsetCommit); n != 1 { // the one that filled the cluster
		t.Errorf("%d commits were sent", n-1)
	}
}

// closedPipe is a pipe that nobody reads.
func closedPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

// fullDisk takes nothing.
func fullDisk(t *testing.T) *os.File {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { full.Close() })
	return full
}
