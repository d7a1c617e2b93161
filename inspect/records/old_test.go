package records

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
)

// message is one of record format 0 or 1, uncompressed.
func message(magic int8, offset int64, value []byte) []byte {
	return oldMessage(magic, offset, 0, baseTime+offset, value)
}

func oldMessage(magic int8, offset int64, attributes byte, timestamp int64, value []byte) []byte {
	be := binary.BigEndian
	b := append(make([]byte, atMagic), byte(magic), attributes)
	if magic == 1 {
		b = be.AppendUint64(b, uint64(timestamp))
	}
	b = be.AppendUint32(b, 1)
	b = append(b, 'k')
	if value == nil {
		b = be.AppendUint32(b, 0xffffffff)
	} else {
		b = append(be.AppendUint32(b, uint32(len(value))), value...)
	}
	be.PutUint64(b, uint64(offset))
	be.PutUint32(b[atLength:], uint32(len(b)-lengthOverhead))
	return sealedOld(b)
}

// sealedOld sets the checksum anew after a change.
func sealedOld(b []byte) []byte {
	binary.BigEndian.PutUint32(b[atOldChecksum:], crc32.ChecksumIEEE(b[atMagic:]))
	return b
}

// wrapper has messages at the offsets, ascending, compressed. Those of format 1
// count from the first that there ever was, which compaction may have taken.
func wrapper(magic int8, c codec, first int64, offsets ...int64) []byte {
	var inner []byte
	for _, o := range offsets {
		inner = append(inner, message(magic, o-int64(magic)*first, fmt.Append(nil, "value ", o))...)
	}
	last := offsets[len(offsets)-1]
	return oldMessage(magic, last, byte(c), baseTime+last, compress(c, false, inner))
}

func TestTheFormatsBeforeKIP98AreReadAsConsumersDo(t *testing.T) {
	for _, magic := range []int8{0, 1} {
		rows := map[string]struct {
			broker *broker
			Range
			want string
		}{
			"messages":                                {logOf(message(magic, 0, nil), message(magic, 1, nil)), over(0, 2), "0 1"},
			"a gap between messages":                  {logOf(message(magic, 0, nil), message(magic, 7, nil)), over(0, 8), "0 7"},
			"a gap spans Until":                       {logOf(message(magic, 0, nil), message(magic, 7, nil)), over(0, 5), "0"},
			"the range begins and ends in a wrapper":  {logOf(wrapper(magic, codecGzip, 10, 10, 11, 12, 13, 14)), over(11, 14), "11 12 13"},
			"a wrapper with gaps across both bounds":  {logOf(wrapper(magic, codecSnappy, 10, 11, 13, 17)), over(12, 17), "13"},
			"a wrapper with gaps wholly inside":       {logOf(wrapper(magic, codecLZ4, 10, 11, 13, 17)), over(10, 18), "11 13 17"},
			"a wrapper that begins beyond Until":      {logOf(message(magic, 0, nil), wrapper(magic, codecGzip, 10, 12, 13)), over(0, 12), "0"},
			"a wrapper of one":                        {logOf(wrapper(magic, codecGzip, 5, 5)), over(5, 6), "5"},
			"wrappers one after the other":            {logOf(wrapper(magic, codecGzip, 0, 0, 1), wrapper(magic, codecLZ4, 2, 2, 3)), over(1, 4), "1 2 3"},
			"a log that was upgraded in its middle":   {logOf(message(magic, 0, nil), wrapper(magic, codecGzip, 1, 1, 2, 3), dense(4, 3), control(7, 1, 1), dense(8, 1)), over(0, 9), "0 1 2 3 4 5 6 8"},
			"before an open transaction":              {&broker{log: inspect.Log{LastStable: 4, HighWatermark: 6}, batches: [][]byte{wrapper(magic, codecGzip, 0, 0, 3), dense(4, 2, inTransaction(1))}}, over(0, 6), "0 3 4u 5u"},
			"a rest in a wrapper, which is no record": {logOf(oldMessage(magic, 0, byte(codecGzip), 0, compress(codecGzip, false, append(message(magic, 0, nil), 1, 2, 3)))), over(0, 1), "0"},
			"a wrong checksum of the wrapper itself, which consumers do not look at": {logOf(put2(wrapper(magic, codecGzip, 0, 0, 1), atOldChecksum, 1, 2, 3)), over(0, 2), "0 1"},
		}
		for name, row := range rows {
			for _, size := range []int{0, 1, 100} {
				t.Run(fmt.Sprintf("%s, format %d, answers of %d bytes", name, magic, size), func(t *testing.T) {
					b := *row.broker
					b.size = size
					got, listed := listAll(t, &b, row.Range, ListOptions{})
					if marked(got) != row.want || !listed.Done || listed.Err != nil {
						t.Errorf("listed %q, want %q; %+v", marked(got), row.want, listed)
					}
					c := countOne(t, &b, row.Range, CountOptions{})
					if !c.Done || c.ReadUncommitted != int64(len(got)) {
						t.Errorf("counted %+v", c)
					}
					if c.First.Offset != got[0].Offset || c.Last.Offset != got[len(got)-1].Offset {
						t.Errorf("from %s to %s", at(c.First), at(c.Last))
					}
				})
			}
		}
	}
}

func TestARecordOfAnOldFormatHasNoMoreThanTheFormatKnows(t *testing.T) {
	const want = `{"Aborted":false,"Control":null,"Headers":null,"Key":"aw==","LeaderEpoch":null,"Offset":0,"Partition":3,"ProducerEpoch":null,"ProducerID":null,"Sequence":null,"TimestampMs":%s,"TimestampType":"%s","Topic":"orders","Transactional":false,"Undecided":false,"Value":%s}`
	inner := compress(codecGzip, false, message(1, 0, []byte("v")))
	rows := map[string]struct {
		raw                    []byte
		timestamp, kind, value string
	}{
		"format 0 has no timestamps": {message(0, 0, []byte("v")), "null", "NoTimestampType", `"dg=="`},
		"format 1 has them":          {message(1, 0, []byte("v")), "1000", "CreateTime", `"dg=="`},
		"a tombstone":                {message(1, 0, nil), "1000", "CreateTime", `null`},
		"an empty value":             {message(1, 0, []byte{}), "1000", "CreateTime", `""`},
		"in a wrapper with CreateTime, the record's own":     {oldMessage(1, 0, byte(codecGzip), 77, inner), "1000", "CreateTime", `"dg=="`},
		"in a wrapper with LogAppendTime, the wrapper's":     {oldMessage(1, 0, byte(codecGzip)|logAppendTimeBit, 77, inner), "77", "LogAppendTime", `"dg=="`},
		"a single message with LogAppendTime":                {oldMessage(1, 0, logAppendTimeBit, 77, []byte("v")), "77", "LogAppendTime", `"dg=="`},
		"format 0 does not know the bit for a LogAppendTime": {oldMessage(0, 0, logAppendTimeBit, 77, []byte("v")), "null", "NoTimestampType", `"dg=="`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, _ := listAll(t, logOf(row.raw), over(0, 1), ListOptions{})
			if len(got) != 1 {
				t.Fatal(got)
			}
			if s := string(must2(json.Marshal(fields(t, got[0])))); s != fmt.Sprintf(want, row.timestamp, row.kind, row.value) {
				t.Error(s)
			}
		})
	}
}

// Clients that wrote format 0 computed the checksum of LZ4's frame header over
// other bytes than LZ4 wants (KAFKA-3160).
func TestAnLZ4HeaderOfFormat0MayHaveAnyChecksum(t *testing.T) {
	inner := compress(codecLZ4, false, message(0, 4, []byte("v")))
	const checksumAt = 6
	for _, change := range []byte{0, 1, 200} {
		inner[checksumAt] += change
		got, listed := listAll(t, logOf(oldMessage(0, 4, byte(codecLZ4), 0, inner)), over(4, 5), ListOptions{})
		if marked(got) != "4" || listed.Err != nil {
			t.Errorf("%q, %+v", marked(got), listed)
		}
	}
	_, listed := listAll(t, logOf(oldMessage(1, 4, byte(codecLZ4), 0, inner)), over(4, 5), ListOptions{})
	if listed.Err == nil || !strings.Contains(listed.Err.Error(), "decompressing lz4: ") {
		t.Error(listed.Err)
	}
}

// foreignOld are messages at offset 2 that no broker can have written, and what
// is said about them.
func foreignOld() map[string]foreign {
	in := func(inner []byte, attributes byte) []byte { return oldMessage(1, 2, attributes, 0, inner) }
	gzip := func(inner []byte) []byte { return in(compress(codecGzip, false, inner), byte(codecGzip)) }
	bomb := func(c codec) []byte {
		return in(compress(c, false, message(1, 0, make([]byte, 1<<20))), byte(c))
	}
	broken := message(1, 0, nil)
	broken[len(broken)-1]++
	short := message(1, 0, nil)
	binary.BigEndian.PutUint32(short[atLength:], 13)
	return map[string]foreign{
		"old: a wrong checksum":              {append(bytesOf(broken[:7]), append([]byte{2}, broken[8:]...)...), "corrupt batch at offset 2: the CRC-32 of a message is"},
		"old: a wrong checksum in a wrapper": {gzip(broken), "corrupt batch at offset 2: the CRC-32 of a message is"},
		"old: a length too short":            {put(dense(2, 2), atLength, 0, 0, 0, 13), "corrupt batch at offset 2: its length is 13"},
		"old: a short message in a wrapper":  {gzip(short), "the length of a message in it is 13"},
		"old: zstd":                          {in([]byte("x"), byte(codecZstd)), "its record format is 1 and its compression codec zstd"},
		"old: codec 7":                       {in([]byte("x"), 7), "its compression codec is 7"},
		"old: a wrapper without a value":     {in(nil, byte(codecGzip)), "a compressed message has no value"},
		"old: an empty wrapper":              {gzip(nil), "a compressed message has no records in it"},
		"old: a wrapper in a wrapper":        {gzip(gzip(message(1, 0, nil))), "a message in it is compressed once more"},
		"old: offsets that do not rise":      {gzip(append(message(1, 1, nil), message(1, 1, nil)...)), "a message in it has offset 1 after 1"},
		"old: offsets beyond the wrapper":    {gzip(message(1, 3, nil)), "a message in it has offset 3 of its own"},
		"old: a negative offset":             {gzip(message(1, -3, nil)), "a message in it has offset -3 of its own"},
		"old: a batch in a wrapper":          {gzip(sealedOld(put2(message(1, 0, nil), atMagic, 2))), "a message in it has record format 2"},
		"old: a key beyond the message":      {sealedOld(put2(message(1, 2, nil), 26, 0, 0, 9, 9)), "a message in it cannot be read"},
		"old: gzip that is none":             {in([]byte("x"), byte(codecGzip)), "decompressing gzip: "},
		"old: a gzip bomb":                   {bomb(codecGzip), "decompresses to more than 1000 bytes"},
		"old: a snappy bomb":                 {bomb(codecSnappy), "decompresses to more than 1000 bytes"},
		"old: an lz4 bomb":                   {bomb(codecLZ4), "decompresses to more than 1000 bytes"},
	}
}

// put2 changes bytes and leaves the checksum alone.
func put2(b []byte, at int, field ...byte) []byte {
	copy(b[at:], field)
	return b
}

func bytesOf(b []byte) []byte { return append([]byte{}, b...) }
