package main

import (
	"strings"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// send SENDER TOPIC:P KEY=VALUE...: the records in one batch, of a producer of that
// name, which keeps its producer ID as long as the script runs; that of "plain"
// is not idempotent. "null" is a null key or value. Each record has a timestamp a
// second after that of the one before it in the partition.
func (w *scriptWorld) send(args []string) error {
	topic, partition, _, err := place([]string{args[1], "0"})
	if err != nil {
		return err
	}
	s, ok := w.senders[args[0]]
	if !ok {
		if s, err = w.NewSender(args[0] != "plain"); err != nil {
			return err
		}
		w.senders[args[0]] = s
	}
	end, err := w.end(topic, partition)
	if err != nil {
		return err
	}
	batch := kafkatest.Batch{Topic: topic, Partition: partition}
	for i, arg := range args[2:] {
		key, value, _ := strings.Cut(arg, "=")
		batch.Records = append(batch.Records, kafkatest.Record{Key: orNull(key), Value: orNull(value),
			Timestamp: seedStart.Add(time.Duration(end+int64(i)) * time.Second)})
	}
	_, err = s.Send(w.ctx, batch)
	return err
}

func orNull(s string) []byte {
	if s == "null" {
		return nil
	}
	return []byte(s)
}
