package cluster

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// versionRange is what a broker speaks of one request.
type versionRange struct{ least, most int16 }

// version is the highest version of a request, up to most, that the broker
// speaks; [ErrUnsupported] when that is below least.
func (c *conn) version(key kmsg.Key, least, most int16) (int16, error) {
	spoken, known := c.versions[key.Int16()]
	v := min(most, spoken.most)
	if known && v >= least && v >= spoken.least {
		return v, nil
	}
	if !known {
		return 0, fmt.Errorf("%s %s: %w", c.addr, key.Name(), ErrUnsupported)
	}
	return 0, fmt.Errorf("%s %s v%d to v%d: %w (it has v%d to v%d)",
		c.addr, key.Name(), least, most, ErrUnsupported, spoken.least, spoken.most)
}

// askVersions asks which requests the broker knows. A broker that does not know
// this version of the question answers UNSUPPORTED_VERSION in version 0 (KIP-511).
func (c *conn) askVersions(ctx context.Context) (map[int16]versionRange, error) {
	var resp *kmsg.ApiVersionsResponse
	err := c.attempt(ctx, kmsg.ApiVersions.Int16(), 3, func() (err error) {
		resp, err = c.raw.apiVersions(3)
		if err == nil && resp.ErrorCode == unsupportedVersion {
			resp, err = c.raw.apiVersions(0)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if resp.ErrorCode != 0 {
		return nil, fmt.Errorf("asking for its API versions: %w", inspect.KafkaFault(resp.ErrorCode, ""))
	}
	versions := make(map[int16]versionRange, len(resp.ApiKeys))
	for _, k := range resp.ApiKeys {
		versions[k.ApiKey] = versionRange{k.MinVersion, k.MaxVersion}
	}
	return versions, nil
}

// unsupportedVersion is UNSUPPORTED_VERSION.
const unsupportedVersion int16 = 35

func (r *raw) apiVersions(version int16) (*kmsg.ApiVersionsResponse, error) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version, req.ClientSoftwareName, req.ClientSoftwareVersion = version, "kofs", "1"
	if err := r.send(req); err != nil {
		return nil, err
	}
	body, err := r.frame(hasTags(req))
	if err != nil {
		return nil, err
	}
	resp := req.ResponseKind().(*kmsg.ApiVersionsResponse)
	if len(body) >= 2 && int16(binary.BigEndian.Uint16(body)) == unsupportedVersion {
		resp.Version = 0
	}
	if err := r.decode(resp, body); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotKafka, err)
	}
	return resp, nil
}

// throttleOf is the throttle_time_ms of an answer (KIP-219), 0 for none.
func throttleOf(resp any) time.Duration {
	ms := int32(0)
	switch r := resp.(type) {
	case *sarama.MetadataResponse:
		ms = r.ThrottleTimeMs
	case *sarama.ListGroupsResponse:
		ms = r.ThrottleTime
	case *sarama.DescribeGroupsResponse:
		ms = r.ThrottleTimeMs
	case *sarama.ConsumerGroupDescribeResponse:
		return r.ThrottleTime
	case *sarama.OffsetFetchResponse:
		ms = r.ThrottleTimeMs
	case *sarama.OffsetResponse:
		ms = r.ThrottleTimeMs
	case *sarama.DescribeProducersResponse:
		return r.ThrottleTime
	case *sarama.ListTransactionsResponse:
		return r.ThrottleTime
	case *sarama.DescribeTransactionsResponse:
		return r.ThrottleTime
	case kmsg.ThrottleResponse:
		ms, _ = r.Throttle()
	}
	return time.Duration(ms) * time.Millisecond
}
