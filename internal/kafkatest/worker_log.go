package kafkatest

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WorkerEvent is one line of a worker's log.
type WorkerEvent struct {
	// Kind is record, assigned, revoked, lost, refused (a commit), slow, aborted,
	// error or ended.
	Kind   string
	At     time.Time // of the worker's clock, in ms
	Client string
	// Of a record; the key says whether two records have equal content.
	Topic     string
	Partition int32
	Offset    int64
	Key       string
	Timestamp time.Time
	// Detail is the rest of the line, of the other kinds.
	Detail string
}

// Events are all lines of the worker's log up to now, in order. Not for several
// goroutines at once.
func (w *Worker) Events() ([]WorkerEvent, error) {
	added, err := io.ReadAll(w.log)
	if err != nil {
		return nil, fmt.Errorf("reading the log of worker %q: %w", w.Config.ClientID, err)
	}
	lines := strings.Split(w.partial+string(added), "\n")
	w.partial = lines[len(lines)-1] // a line that is being written, or was cut by a kill
	for _, line := range lines[:len(lines)-1] {
		e, err := parseWorkerEvent(line)
		if err != nil {
			return nil, fmt.Errorf("reading the log of worker %q: %w", w.Config.ClientID, err)
		}
		w.finished = w.finished || e.Kind == "ended"
		w.events = append(w.events, e)
	}
	return w.events, nil
}

// Ended is true once the worker has closed its consumer, asked or not.
func (w *Worker) Ended() (bool, error) {
	_, err := w.Events()
	return w.finished, err
}

func parseWorkerEvent(line string) (e WorkerEvent, err error) {
	fields := strings.Split(line, "\t")
	if len(fields) < 3 {
		return e, fmt.Errorf("line %q has %d fields", line, len(fields))
	}
	e.Kind, e.Client = fields[0], fields[2]
	if e.At, err = millis(fields[1]); err != nil {
		return e, err
	}
	if e.Kind != "record" {
		e.Detail = strings.Join(fields[3:], " ")
		return e, nil
	}
	if len(fields) != 8 {
		return e, fmt.Errorf("line %q has %d fields", line, len(fields))
	}
	partition, err := strconv.ParseInt(fields[4], 10, 32)
	if err != nil {
		return e, err
	}
	e.Topic, e.Partition, e.Key = fields[3], int32(partition), fields[6]
	if e.Offset, err = strconv.ParseInt(fields[5], 10, 64); err != nil {
		return e, err
	}
	e.Timestamp, err = millis(fields[7])
	return e, err
}

func millis(text string) (time.Time, error) {
	ms, err := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(ms), err
}
