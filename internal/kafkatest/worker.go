package kafkatest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// WorkerConfig describes an application that consumes: it polls, is given
// records one by one, and logs each before it works on it. What is zero is left
// out: a worker without AutoCommit, CommitEveryMillis and CommitEachPoll never
// commits.
type WorkerConfig struct {
	Group    string   `json:"group"`
	ClientID string   `json:"clientId"` // names it in its log, too
	Topics   []string `json:"topics"`
	// Isolation is ReadUncommitted if empty.
	Isolation IsolationLevel `json:"isolation"`
	// Reset is auto.offset.reset, earliest if empty.
	Reset string `json:"reset"`
	// Properties are added to, or replace, those of the Java consumer: group.protocol,
	// enable.auto.commit (off by default), session.timeout.ms, max.poll.records, ...
	Properties map[string]string `json:"properties"`
	// DelayMicros is the work on each record.
	DelayMicros int `json:"delayMicros"`
	// CommitEveryMillis commits what was processed, between two records.
	CommitEveryMillis int `json:"commitEveryMs"`
	// CommitEachPoll commits after all records of a poll.
	CommitEachPoll bool `json:"commitEachPoll"`
	// CommitOnRevoke commits before partitions are given away, also at a clean end.
	CommitOnRevoke bool `json:"commitOnRevoke"`
	// Poison is the key of a record that the worker fails on: it logs the record,
	// throws, closes its consumer and ends.
	Poison string `json:"poison,omitempty"`
	// SlowAt is the number of the record, from 1, whose work takes SlowMillis longer.
	SlowAt     int `json:"slowAt"`
	SlowMillis int `json:"slowMs"`
	// CopyTo is a topic that records are copied to in transactions, together with
	// the offsets; every AbortEvery-th transaction is aborted and done again.
	CopyTo          string `json:"copyTo,omitempty"`
	TransactionalID string `json:"transactionalId,omitempty"`
	AbortEvery      int    `json:"abortEvery"`
	// Log is set by who starts the worker.
	Log string `json:"log"`
}

// Worker is a running application. Its log is read while it runs.
type Worker struct {
	Config WorkerConfig

	oracle *Oracle // that it is a thread of
	number int

	child *process // or its own process
	in    io.Closer

	log      *os.File
	partial  string
	events   []WorkerEvent
	finished bool
}

// StartWorker starts a worker as a process of its own, which may be killed. Its
// log lies in the folder.
func StartWorker(ctx context.Context, k *Kafka, dir string, c WorkerConfig) (*Worker, error) {
	classes, err := compile(ctx, k.LibsDir)
	if err != nil {
		return nil, err
	}
	w, err := newWorker(dir, c)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(w.Config)
	if err != nil {
		return nil, err
	}
	cmd := javaWith(context.Background(), []string{classes}, k.LibsDir, "96m", "Worker",
		[]string{strings.Join(k.Addrs(), ","), string(config)})
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if w.child, err = startProcess(cmd); err != nil {
		return nil, err
	}
	w.in = in
	return w, nil
}

// Work starts a worker as a thread of the oracle's JVM, which costs no JVM. Its
// log lies in the folder.
func (o *Oracle) Work(ctx context.Context, dir string, c WorkerConfig) (*Worker, error) {
	w, err := newWorker(dir, c)
	if err != nil {
		return nil, err
	}
	w.oracle = o
	return w, o.call(ctx, "work", w.Config, &w.number)
}

func newWorker(dir string, c WorkerConfig) (*Worker, error) {
	if c.Isolation == "" {
		c.Isolation = ReadUncommitted
	}
	if c.Reset == "" {
		c.Reset = "earliest"
	}
	log, err := os.CreateTemp(dir, c.Group+"-"+c.ClientID+"-*.log")
	if err != nil {
		return nil, err
	}
	c.Log = log.Name()
	return &Worker{Config: c, log: log}, nil
}

// Kill ends the worker as kill -9 does: it cannot say goodbye to its group. Only
// a process can be killed.
func (w *Worker) Kill() error {
	if w.child == nil {
		return fmt.Errorf("worker %q is a thread of the oracle and cannot be killed", w.Config.ClientID)
	}
	w.child.kill()
	return nil
}

// Close gives the worker's log up; what was read of it stays.
func (w *Worker) Close() { _ = w.log.Close() }

// End lets the worker close its consumer and returns once it has. A worker that
// has ended, or was killed, may be ended again.
func (w *Worker) End(ctx context.Context) error {
	if w.child == nil {
		var closed bool
		if err := w.oracle.call(ctx, "work-end", map[string]any{"worker": w.number}, &closed); err != nil {
			return err
		}
		if !closed {
			return fmt.Errorf("worker %q does not end", w.Config.ClientID)
		}
		return nil
	}
	_ = w.in.Close() // twice is no harm
	select {
	case <-w.child.ended:
		return nil
	case <-ctx.Done():
		w.child.kill()
		return fmt.Errorf("worker %q does not end: %w", w.Config.ClientID, ctx.Err())
	}
}
