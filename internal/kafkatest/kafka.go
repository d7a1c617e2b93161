package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Kafka is a running cluster of Apache Kafka: with KRaft every node is broker and
// controller, before that there is a ZooKeeper beside them. Its data lies in a
// temporary folder that goes with it.
type Kafka struct {
	// LibsDir holds Kafka's jars, for its tools.
	LibsDir   string
	version   string
	heap      string
	scram     []string
	dir       string
	nodes     []node
	running   []*process // of each node; nil while it is down
	zookeeper *zookeeper // nil with KRaft
}

// KafkaOptions says what to start.
type KafkaOptions struct {
	Version    string            // one of KafkaVersions, KafkaVersion if empty
	Nodes      int               // 1 if zero
	Heap       string            // of each JVM, "256m" if empty
	Properties map[string]string // added to, or replacing, those of server.properties; listeners are added
	Scram      []string          // users, as StorageTool takes them with --add-scram; KRaft only
	// Advertise, if not nil, says what a node advertises to clients in place of its
	// own host:port.
	Advertise func(node int32, addr string) (string, error)
}

// errPortTaken is a start that failed only because somebody took a port.
var errPortTaken = errors.New("a port was taken meanwhile")

// StartKafka fetches what is missing, starts the cluster and returns once every
// broker is listed and groups and transactions have a coordinator. It takes 4
// to 6 seconds for one node, up to 10 for three. What the brokers logged is part
// of the error.
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
		k := &Kafka{LibsDir: libs, version: o.Version, heap: o.Heap, scram: o.Scram}
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
	if err := k.prepare(ctx); err != nil {
		return err
	}
	k.running = make([]*process, len(k.nodes))
	for i, n := range k.nodes {
		var err error
		if k.running[i], err = k.run(n); err != nil {
			return err
		}
	}
	if err := k.awaitReady(ctx); err != nil {
		return k.explain(err)
	}
	return nil
}

// prepare does what must be done before a broker can start: with KRaft its
// storage is formatted, before that ZooKeeper runs.
func (k *Kafka) prepare(ctx context.Context) error {
	if k.zookeeper != nil {
		return k.zookeeper.start(k)
	}
	return k.eachNode(func(n node) error { return k.format(ctx, n) })
}

// layOut chooses ports and writes each node's configuration.
func (k *Kafka) layOut(o KafkaOptions) (err error) {
	if k.dir, err = os.MkdirTemp("", "kofs-kafka-"); err != nil {
		return err
	}
	ports, err := freePorts(2*o.Nodes + 1)
	if err != nil {
		return err
	}
	if usesZooKeeper(k.version) {
		k.zookeeper = &zookeeper{port: ports[2*o.Nodes], dir: filepath.Join(k.dir, "zookeeper")}
	}
	if err := os.WriteFile(filepath.Join(k.dir, "log4j.properties"), []byte(oldLogging), 0o644); err != nil {
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
		if o.Advertise != nil {
			if n.advertised, err = o.Advertise(int32(n.id), n.addr()); err != nil {
				return err
			}
		}
		properties := k.serverProperties(n, o.Properties)
		if err := os.WriteFile(n.propertiesFile(), []byte(properties), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// oldLogging makes the brokers up to 3.9 (log4j 1) log to stdout; without it
// they log nothing at all. The folder it lies in is on their class path.
const oldLogging = `log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
`

func (n node) propertiesFile() string { return filepath.Join(n.dir, "server.properties") }
func (n node) logFile() string        { return filepath.Join(n.dir, "server.log") }
func (n node) logDir() string         { return filepath.Join(n.dir, "data") }
func (n node) addr() string           { return fmt.Sprintf("127.0.0.1:%d", n.port) }

// clusterID is fixed: asking StorageTool for a random one costs a JVM start.
const clusterID = "AAAAAAAAAAAAAAAAAAAAAg"

func (k *Kafka) format(ctx context.Context, n node) error {
	args := []string{"format", "-t", clusterID, "-c", n.propertiesFile()}
	for _, user := range k.scram {
		args = append(args, "--add-scram", user)
	}
	out, err := Java(ctx, k.LibsDir, "256m", "kafka.tools.StorageTool", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("formatting the storage of node %d: %w\n%s", n.id, err, tail(out))
	}
	return nil
}

// run starts the broker's JVM. It is not bound to a context: it lives until Stop.
func (k *Kafka) run(n node) (*process, error) {
	return k.daemon(n.dir, n.logFile(), "kafka.Kafka", n.propertiesFile())
}

// daemon starts a JVM that appends what it says to a log file.
func (k *Kafka) daemon(dir, logFile, class string, args ...string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := javaWith(context.Background(), []string{k.dir}, k.LibsDir, k.heap, class, args)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
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

// Addrs are the brokers' host:port addresses.
func (k *Kafka) Addrs() []string {
	var addrs []string
	for _, n := range k.nodes {
		addrs = append(addrs, n.addr())
	}
	return addrs
}

// Logs are the ends of the brokers' logs, to show when a test fails.
func (k *Kafka) Logs() string {
	var logs string
	for _, file := range k.logFiles() {
		log, _ := os.ReadFile(file)
		logs += fmt.Sprintf("%s:\n%s\n", file, tail(log))
	}
	return logs
}

func (k *Kafka) logFiles() []string {
	var files []string
	for _, n := range k.nodes {
		files = append(files, n.logFile())
	}
	if k.zookeeper != nil {
		files = append(files, k.zookeeper.logFile())
	}
	return files
}

// processes are those that run: the brokers, then ZooKeeper.
func (k *Kafka) processes() []*process {
	all := k.running
	if k.zookeeper != nil {
		all = append(slices.Clone(all), k.zookeeper.running)
	}
	return slices.DeleteFunc(slices.Clone(all), func(p *process) bool { return p == nil })
}

// Stop kills the brokers, then ZooKeeper, and deletes their data.
func (k *Kafka) Stop() {
	for _, p := range k.processes() {
		p.kill()
	}
	_ = os.RemoveAll(k.dir)
}
