package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Kafka is a running cluster of Apache Kafka (KRaft; every node is broker and
// controller). Its data lies in a temporary folder that goes with it.
type Kafka struct {
	// LibsDir holds Kafka's jars, for its tools and for the Oracle.
	LibsDir string
	dir     string
	nodes   []node
	running []*process
}

// KafkaOptions says what to start.
type KafkaOptions struct {
	Version    string            // KafkaVersion if empty; 3.9.1 works as well
	Nodes      int               // 1 if zero
	Heap       string            // of each JVM, "256m" if empty
	Properties map[string]string // added to, or replacing, those of server.properties
}

// errPortTaken is a start that failed only because somebody took a port.
var errPortTaken = errors.New("a port was taken meanwhile")

// StartKafka fetches what is missing, starts the cluster and returns once every
// broker is listed and groups and transactions have a coordinator. It takes 4
// to 6 seconds for one node. What the brokers logged is part of the error.
func StartKafka(ctx context.Context, o KafkaOptions) (*Kafka, error) {
	if o.Version == "" {
		o.Version = KafkaVersion
	}
	if o.Heap == "" {
		o.Heap = "256m"
	}
	o.Nodes = max(o.Nodes, 1)
	libs, err := Libs(ctx, o.Version)
	if err != nil {
		return nil, err
	}
	for range 4 {
		k := &Kafka{LibsDir: libs}
		if err = k.start(ctx, o); err == nil {
			return k, nil
		}
		k.Stop()
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, fmt.Errorf("starting Kafka %s: %w", o.Version, err)
}

func (k *Kafka) start(ctx context.Context, o KafkaOptions) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := k.layOut(o); err != nil {
		return err
	}
	if err := k.eachNode(func(n node) error { return k.format(ctx, n) }); err != nil {
		return err
	}
	for _, n := range k.nodes {
		p, err := k.run(n, o.Heap)
		if err != nil {
			return err
		}
		k.running = append(k.running, p)
	}
	if err := k.awaitReady(ctx); err != nil {
		return k.explain(err)
	}
	return nil
}

// layOut chooses ports and writes each node's configuration.
func (k *Kafka) layOut(o KafkaOptions) (err error) {
	if k.dir, err = os.MkdirTemp("", "kofs-kafka-"); err != nil {
		return err
	}
	ports, err := freePorts(2 * o.Nodes)
	if err != nil {
		return err
	}
	for i := range o.Nodes {
		k.nodes = append(k.nodes, node{
			id: i + 1, port: ports[2*i], controller: ports[2*i+1],
			dir: filepath.Join(k.dir, fmt.Sprintf("node-%d", i+1)),
		})
	}
	for _, n := range k.nodes {
		if err := os.Mkdir(n.dir, 0o755); err != nil {
			return err
		}
		properties := serverProperties(n, k.nodes, o.Properties)
		if err := os.WriteFile(n.propertiesFile(), []byte(properties), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (n node) propertiesFile() string { return filepath.Join(n.dir, "server.properties") }
func (n node) logFile() string        { return filepath.Join(n.dir, "server.log") }
func (n node) logDir() string         { return filepath.Join(n.dir, "data") }

// clusterID is fixed: asking StorageTool for a random one costs a JVM start.
const clusterID = "AAAAAAAAAAAAAAAAAAAAAg"

func (k *Kafka) format(ctx context.Context, n node) error {
	out, err := Java(ctx, k.LibsDir, "256m", "kafka.tools.StorageTool",
		"format", "-t", clusterID, "-c", n.propertiesFile()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("formatting the storage of node %d: %w\n%s", n.id, err, tail(out))
	}
	return nil
}

// run starts the broker's JVM. It is not bound to a context: it lives until Stop.
func (k *Kafka) run(n node, heap string) (*process, error) {
	log, err := os.Create(n.logFile())
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := Java(context.Background(), k.LibsDir, heap, "kafka.Kafka", n.propertiesFile())
	cmd.Dir, cmd.Stdout, cmd.Stderr = n.dir, log, log
	return startProcess(cmd)
}

// eachNode does the same for all nodes at once.
func (k *Kafka) eachNode(do func(node) error) error {
	errs := make([]error, len(k.nodes))
	var wg sync.WaitGroup
	for i, n := range k.nodes {
		wg.Go(func() { errs[i] = do(n) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// awaitReady waits until Metadata lists every broker (an open port is not a
// ready cluster) and until the first lookups of a group's and a transaction's
// coordinator have created the internal topics.
func (k *Kafka) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for _, p := range k.running {
		go func() {
			select {
			case <-p.ended:
				cancel(fmt.Errorf("a broker ended: %w", p.result))
			case <-ctx.Done():
			}
		}()
	}
	err := await(ctx, 50*time.Millisecond, "the brokers", func() (bool, error) { return k.answers(ctx), nil })
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (k *Kafka) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	w, err := Connect(ctx, k.Addrs())
	if err != nil {
		return false
	}
	defer w.Close()
	brokers, err := w.admin.ListBrokers(ctx)
	if err != nil || len(brokers) != len(k.nodes) {
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
	for _, n := range k.nodes {
		log, _ := os.ReadFile(n.logFile())
		if bytes.Contains(log, []byte("Address already in use")) {
			err = errors.Join(err, errPortTaken)
		}
		err = fmt.Errorf("%w\nlog of node %d:\n%s", err, n.id, tail(log))
	}
	return err
}

// Addrs are the brokers' host:port addresses.
func (k *Kafka) Addrs() []string {
	var addrs []string
	for _, n := range k.nodes {
		addrs = append(addrs, fmt.Sprintf("127.0.0.1:%d", n.port))
	}
	return addrs
}

// Logs are the ends of the brokers' logs, to show when a test fails.
func (k *Kafka) Logs() string {
	var logs string
	for _, n := range k.nodes {
		log, _ := os.ReadFile(n.logFile())
		logs += fmt.Sprintf("node %d:\n%s\n", n.id, tail(log))
	}
	return logs
}

// Stop kills the brokers and deletes their data.
func (k *Kafka) Stop() {
	for _, p := range k.running {
		p.kill()
	}
	_ = os.RemoveAll(k.dir)
}
