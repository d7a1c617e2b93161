package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// awaitReady waits until Metadata lists every broker (an open port is not a
// ready cluster) and until the first lookups of a group's and a transaction's
// coordinator have created the internal topics.
func (k *Kafka) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, p := range k.processes() {
		go func() {
			select {
			case <-p.ended:
				cancel(fmt.Errorf("a broker ended: %w", p.result))
			case <-ctx.Done():
			}
		}()
	}
	err := Await(ctx, 50*time.Millisecond, "the brokers", func() (bool, error) { return k.answers(ctx), nil })
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// answers is true when every broker that runs lists all that run.
func (k *Kafka) answers(ctx context.Context) bool {
	up := 0
	for _, p := range k.running {
		if p != nil {
			up++
		}
	}
	for i, n := range k.nodes {
		if k.running[i] != nil && !n.answers(ctx, up) {
			return false
		}
	}
	return true
}

// answers asks anew after a while: a broker that is starting may keep a request.
func (n node) answers(ctx context.Context, brokers int) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	w, err := Connect(ctx, []string{n.addr()})
	if err != nil {
		return false
	}
	defer w.Close()
	listed, err := w.admin.ListBrokers(ctx)
	if err != nil || len(listed) != brokers {
		return false
	}
	return settled(w.admin.FindGroupCoordinators(ctx, "kafkatest")) &&
		settled(w.admin.FindTxnCoordinators(ctx, "kafkatest"))
}

func settled(found kadm.FindCoordinatorResponses) bool {
	return len(found) > 0 && found.Error() == nil
}

// explain adds the ends of the brokers' logs to an error.
func (k *Kafka) explain(err error) error {
	for _, file := range k.logFiles() {
		log, _ := os.ReadFile(file)
		if bytes.Contains(log, []byte("Address already in use")) {
			err = errors.Join(err, errPortTaken)
		}
		err = fmt.Errorf("%w\n%s:\n%s", err, file, tail(log))
	}
	return err
}
