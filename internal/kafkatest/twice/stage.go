package twice

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// Lab is the one broker that scenarios share, and who works on it.
type Lab struct {
	Kafka *kafkatest.Kafka
	Java  *kafkatest.Oracle
	// Kofs resets offsets in one scenario; its journal lies beside the program.
	Kofs kafkatest.Program
	Dir  string
}

// StartLab starts a broker that lets dead members go within seconds, and a JVM
// for the workers that are not killed. The folder is for the program and logs.
func StartLab(ctx context.Context, dir string) (*Lab, error) {
	kafka, err := kafkatest.StartKafka(ctx, kafkatest.KafkaOptions{Heap: "400m", Properties: map[string]string{
		"group.min.session.timeout.ms":          "1000",
		"group.consumer.session.timeout.ms":     "3000",
		"group.consumer.heartbeat.interval.ms":  "500",
		"offsets.topic.segment.bytes":           "104857600", // nothing is compacted away
		"log.cleaner.min.compaction.lag.ms":     "3600000",
		"transaction.state.log.min.isr":         "1",
		"offsets.retention.check.interval.ms":   "1000",
		"group.consumer.min.session.timeout.ms": "1000",
	}})
	if err != nil {
		return nil, err
	}
	l := &Lab{Kafka: kafka, Dir: dir}
	if l.Java, err = kafkatest.StartOracle(ctx, kafka.LibsDir, kafka.Addrs()); err != nil {
		l.Close()
		return nil, err
	}
	if l.Kofs, err = kafkatest.BuildKofs(ctx, dir); err != nil {
		l.Close()
		return nil, err
	}
	l.Kofs = l.Kofs.At(kafka.Addrs()...)
	return l, nil
}

// Close ends the workers' JVM and the broker.
func (l *Lab) Close() {
	if l.Java != nil {
		l.Java.Close()
	}
	l.Kafka.Stop()
}

// Limit is how long one run of a scenario may take.
const Limit = 2 * time.Minute

// Run runs one scenario with a group and topics of its own, named by round.
// Scenarios may run at the same time. When it returns, all consumers have left.
// A run of a loud scenario in which chance left nothing to process twice is
// done again, with another group.
func (l *Lab) Run(ctx context.Context, s Scenario, round int) (Truth, error) {
	const tries = 3
	for try := range tries {
		t, err := l.runOnce(ctx, s, fmt.Sprintf("%s-%d-%d", s.id, round, try), s.seed+uint64(round*tries+try))
		if err != nil || t.Twice() > 0 || !s.Repeats() {
			return t, err
		}
	}
	return Truth{}, fmt.Errorf("scenario %q: nothing was processed twice in %d runs", s.Name, tries)
}

func (l *Lab) runOnce(ctx context.Context, s Scenario, name string, seed uint64) (Truth, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	world, err := kafkatest.Connect(ctx, l.Kafka.Addrs())
	if err != nil {
		return Truth{}, err
	}
	st := &Stage{
		Lab: l, World: world, Group: name, Topic: name + "-in",
		Random: rand.New(rand.NewPCG(seed, seed)), totals: map[string][]int64{},
	}
	defer st.close()
	if st.logs, err = os.MkdirTemp(l.Dir, name+"-"); err != nil {
		return Truth{}, err
	}
	err = s.Run(ctx, st)
	if err = errors.Join(err, st.endAll(ctx)); err != nil {
		return Truth{}, fmt.Errorf("scenario %q, seed %d: %w", s.Name, seed, err)
	}
	return st.truth(ctx, s)
}

// Stage is what one run of a scenario has: a group, topics, and the workers that
// it started.
type Stage struct {
	*Lab
	World  *kafkatest.World
	Group  string
	Topic  string // the input; others begin with its name
	Random *rand.Rand

	// CommitInterval is what the scenario sets its workers to, for the truth.
	CommitInterval time.Duration
	CommitRecords  int

	logs    string
	workers []*kafkatest.Worker
	outside []*kafkatest.Worker // of another group
	totals  map[string][]int64  // records produced, by topic and partition
	load    int                 // records a second that flow into all partitions
}

// between draws from a to b, both included.
func (s *Stage) between(a, b int) int { return a + s.Random.IntN(b-a+1) }

// close closes what is the stage's own; the World is not always the first.
func (s *Stage) close() {
	s.World.Close()
	for _, w := range slices.Concat(s.workers, s.outside) {
		w.Close()
	}
}

// endAll ends what still runs, also after the stage's time is over.
func (s *Stage) endAll(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for _, w := range slices.Concat(s.workers, s.outside) {
		err = errors.Join(err, w.End(ctx))
	}
	return err
}

// start starts a worker as a thread.
func (s *Stage) start(ctx context.Context, c kafkatest.WorkerConfig) (*kafkatest.Worker, error) {
	w, err := s.Java.Work(ctx, s.logs, s.complete(c))
	if err == nil {
		s.keep(w)
	}
	return w, err
}

// startProcess starts a worker that can be killed.
func (s *Stage) startProcess(ctx context.Context, c kafkatest.WorkerConfig) (*kafkatest.Worker, error) {
	w, err := kafkatest.StartWorker(ctx, s.Kafka, s.logs, s.complete(c))
	if err == nil {
		s.keep(w)
	}
	return w, err
}

func (s *Stage) keep(w *kafkatest.Worker) {
	if w.Config.Group == s.Group {
		s.workers = append(s.workers, w)
	} else {
		s.outside = append(s.outside, w)
	}
}

func (s *Stage) complete(c kafkatest.WorkerConfig) kafkatest.WorkerConfig {
	if c.Group == "" {
		c.Group = s.Group
	}
	if c.Topics == nil {
		c.Topics = []string{s.Topic}
	}
	return c
}

// truth reads what happened from the workers' logs and the offset log.
func (s *Stage) truth(ctx context.Context, sc Scenario) (Truth, error) {
	var logs [][]kafkatest.WorkerEvent
	t := Truth{Scenario: sc.Name, Group: s.Group, Cause: sc.Cause, Also: sc.Also, CommitInterval: s.CommitInterval, CommitRecords: s.CommitRecords}
	for _, w := range s.workers {
		events, err := w.Events()
		if err != nil {
			return Truth{}, err
		}
		logs = append(logs, events)
	}
	all := sessions(logs)
	for _, session := range all {
		t.Processed += len(session.events)
	}
	offsets, err := readOffsetLog(ctx, s.Kafka.Addrs(), s.Group)
	if err != nil {
		return Truth{}, err
	}
	topics, err := s.topicLogs(ctx, all)
	if err != nil {
		return Truth{}, err
	}
	t.HandOvers, t.Copies, t.Pace = handOvers(all, offsets, topics), copies(all), pace(all)
	if sc.facts != nil {
		err = sc.facts(offsets, t)
	}
	return t, err
}

// topicLogs reads when the records of all partitions in the sessions were written.
func (s *Stage) topicLogs(ctx context.Context, all []session) (map[Partition]topicLog, error) {
	topics := map[Partition]topicLog{}
	for _, session := range all {
		p := session.Partition
		if _, ok := topics[p]; ok {
			continue
		}
		records, err := readAll(ctx, s.Kafka.Addrs(), p.Topic, p.Partition)
		if err != nil {
			return nil, err
		}
		log := topicLog{}
		for i, record := range records {
			if i == 0 {
				log.logStart = record.Offset
			}
			log.appended = append(log.appended, record.Timestamp)
			log.end = record.Offset + 1
		}
		topics[p] = log
	}
	return topics, nil
}
