package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire speaks Kafka's protocol over one plain connection, requests in flight
// answered in order. It checks nothing that a floor need not check.
type wire struct {
	conn   net.Conn
	in     *bufio.Reader
	format *kmsg.RequestFormatter
	last   int32
	out    []byte
	body   []byte
}

func dial(server string) (*wire, error) {
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 1<<16),
		format: kmsg.NewRequestFormatter(kmsg.FormatterClientID("floor"))}, nil
}

func (w *wire) send(req kmsg.Request) error {
	w.last++
	w.out = w.format.AppendRequest(w.out[:0], req, w.last)
	_, err := w.conn.Write(w.out)
	return err
}

// receive returns an answer's body, which is valid until the next call.
func (w *wire) receive(flexible bool) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(w.in, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(length[:]))
	if cap(w.body) < n {
		w.body = make([]byte, n+n/4)
	}
	body := w.body[:n]
	if _, err := io.ReadFull(w.in, body); err != nil {
		return nil, err
	}
	if flexible {
		return body[5:], nil // correlation id, empty tags
	}
	return body[4:], nil
}

// ask is one round trip. The version is the request's.
func (w *wire) ask(req kmsg.Request, resp kmsg.Response) error {
	if err := w.send(req); err != nil {
		return err
	}
	resp.SetVersion(req.GetVersion())
	// Answers to ApiVersions have the old header in every version.
	body, err := w.receive(resp.IsFlexible() && req.Key() != int16(kmsg.ApiVersions))
	if err != nil {
		return fmt.Errorf("%s: %w", kmsg.NameForKey(req.Key()), err)
	}
	return resp.ReadFrom(body)
}

// offsets asks one ListOffsets for partitions of a topic.
func (w *wire) offsets(topic string, partitions []int32, timestamp int64, isolation int8) (map[int32]int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.Version, req.ReplicaID, req.IsolationLevel = 6, -1, isolation
	rt := kmsg.NewListOffsetsRequestTopic()
	rt.Topic = topic
	for _, p := range partitions {
		rp := kmsg.NewListOffsetsRequestTopicPartition()
		rp.Partition, rp.Timestamp = p, timestamp
		rt.Partitions = append(rt.Partitions, rp)
	}
	req.Topics = append(req.Topics, rt)
	resp := kmsg.NewPtrListOffsetsResponse()
	if err := w.ask(req, resp); err != nil {
		return nil, err
	}
	found := map[int32]int64{}
	for _, p := range resp.Topics[0].Partitions {
		found[p.Partition] = p.Offset
	}
	return found, nil
}

// partitions asks Metadata for the partitions of a topic.
func (w *wire) partitions(topic string) (list []int32, err error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 9
	rt := kmsg.NewMetadataRequestTopic()
	rt.Topic = &topic
	req.Topics = append(req.Topics, rt)
	resp := kmsg.NewPtrMetadataResponse()
	if err := w.ask(req, resp); err != nil {
		return nil, err
	}
	for _, p := range resp.Topics[0].Partitions {
		list = append(list, p.Partition)
	}
	return list, nil
}
