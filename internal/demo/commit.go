package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// commitAs commits offsets as the member that cl is in its group, without
// metadata, as Kafka's own consumer does; franz-go would put its member ID there.
func commitAs(ctx context.Context, cl *kgo.Client, offsets map[string]map[int32]kgo.EpochOffset) (err error) {
	ctx = kgo.PreCommitFnContext(ctx, clearMetadata)
	cl.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, failed error) {
		err = failed
		if resp == nil {
			return
		}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				err = errors.Join(err, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	})
	if err != nil {
		return fmt.Errorf("committing offsets: %w", err)
	}
	return nil
}

func clearMetadata(req *kmsg.OffsetCommitRequest) error {
	for _, t := range req.Topics {
		for i := range t.Partitions {
			t.Partitions[i].Metadata = nil
		}
	}
	return nil
}
