package kafkatest

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Sender is a producer of its own, beside the World's: an application that was
// started, and has a producer ID that no other has.
type Sender struct{ *producer }

// NewSender opens a producer, idempotent or as they were before Kafka 0.11.
func (w *World) NewSender(idempotent bool) (*Sender, error) {
	var opts []kgo.Opt
	if !idempotent {
		opts = append(opts, kgo.DisableIdempotentWrite())
	}
	p, err := w.newProducer(None, opts...)
	return &Sender{p}, err
}

// Send appends one batch (its Codec is ignored) and returns the offset of its
// first record.
func (s *Sender) Send(ctx context.Context, b Batch) (int64, error) { return s.send(ctx, b) }

// Close ends the producer. The broker goes on remembering its ID.
func (s *Sender) Close() { s.cl.Close() }
