package records

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
)

// foreign are bytes at offset 2 that no broker can have written, or that are too
// large, and what is said about them.
type foreign struct {
	bad  []byte
	want string
}

func foreignBatches() map[string]foreign {
	bomb := func(c codec) []byte {
		return holes(2, 9, []int64{3}, compressed(c), func(s *spec) { s.recs[0].value = make([]byte, 1<<20) })
	}
	return map[string]foreign{
		"a wrong checksum":               {func() []byte { b := dense(2, 2); b[len(b)-1]++; return b }(), "corrupt batch at offset 2: its CRC-32C is"},
		"a negative length":              {put(dense(2, 2), atLength, 255, 255, 255, 0), "corrupt batch at offset 2: its length is -256"},
		"a length shorter than a header": {put(dense(2, 2), atLength, 0, 0, 0, 48), "corrupt batch at offset 2: its length is 48"},
		"a negative count":               {dense(2, 2, counting32(-1)), "it has -1 records for 2 offsets"},
		"a count above the offsets":      {dense(2, 2, counting32(3)), "it has 3 records for 2 offsets"},
		"a negative offset delta":        {put(dense(2, 2), atLastDelta, 255, 255, 255, 255), "its last offset delta is -1"},
		"a negative base offset":         {put(dense(2, 2), atBaseOffset, 255), "its base offset is -"},
		"offsets beyond int64":           {put(dense(2, 2), atBaseOffset, 127, 255, 255, 255, 255, 255, 255, 255), "its last offset delta is 1"},
		"a batch before the position":    {dense(0, 2), "it ends at offset 1, before the position"},
		"codec 7":                        {put(dense(2, 2), atAttributes, 0, 7), "its compression codec is 7"},
		"record format 3":                {put(dense(2, 2), atMagic, 3), "its record format is 3"},
		"record format -1":               {put(dense(2, 2), atMagic, 255), "its record format is -1"},
		"a count above the content":      {holes(2, 9, []int64{3, 4}, counting32(3)), "corrupt batch at offset 2: record 3 of 3 is cut off"},
		"a count below the content":      {holes(2, 9, []int64{3, 4}, counting32(1)), "it has more bytes than its 1 records take"},
		"offset deltas that do not rise": {holes(2, 9, []int64{4, 4}), "record 2 of 2 has offset delta 2 after 2"},
		"an offset delta beyond the end": {holes(2, 9, []int64{10}), "record 1 of 1 has offset delta 8"},
		"no room for the other records":  {holes(2, 9, []int64{8, 9}, counting32(3)), "record 1 of 3 has offset delta 6 after -1, and all are to fit up to 7"},
		"gzip that is none":              {put(holes(2, 9, []int64{3}), atAttributes, 0, 1), "corrupt batch at offset 2: decompressing gzip: "},
		"snappy that is none":            {put(holes(2, 9, []int64{3}), atAttributes, 0, 2), "corrupt batch at offset 2: decompressing snappy: "},
		"lz4 that is none":               {put(holes(2, 9, []int64{3}), atAttributes, 0, 3), "corrupt batch at offset 2: decompressing lz4: "},
		"zstd that is none":              {put(holes(2, 9, []int64{3}), atAttributes, 0, 4), "corrupt batch at offset 2: decompressing zstd: "},
		"a gzip bomb":                    {bomb(codecGzip), "decompresses to more than 1000 bytes"},
		"a snappy bomb":                  {bomb(codecSnappy), "decompresses to more than 1000 bytes"},
		"an lz4 bomb":                    {bomb(codecLZ4), "decompresses to more than 1000 bytes"},
		"a zstd bomb":                    {bomb(codecZstd), "decompresses to more than 1000 bytes"},
	}
}

func TestForeignBytesAreAnErrorAndNeverANumber(t *testing.T) {
	rows := foreignBatches()
	maps.Copy(rows, foreignOld())
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			b := &broker{log: inspect.Log{LastStable: 20, HighWatermark: 20}}
			b.tamper = func(_ int, f *Fetched) { f.Batches = append(dense(0, 2), row.bad...) }
			c := countOne(t, b, over(0, 8), CountOptions{MaxDecompressed: 1000})
			if c.Err == nil || !strings.Contains(c.Err.Error(), row.want) {
				t.Errorf("error %v, want %q", c.Err, row.want)
			}
			if c.Done || c.Reached != 2 || c.ReadUncommitted != 2 || c.AtMost(inspect.ReadCommitted) != 8 {
				t.Errorf("counted %+v", c)
			}
			if c.Last == nil || c.Last.Offset != 1 {
				t.Errorf("last %+v", c.Last)
			}
			got, listed := listAll(t, b, over(0, 8), ListOptions{MaxDecompressed: 1000})
			if listed.Err == nil || listed.Err.Error() != c.Err.Error() {
				t.Errorf("listing: error %v, counting %v", listed.Err, c.Err)
			}
			if listed.Done || listed.Reached != 2 || !strings.HasPrefix(marked(got), "0 1") {
				t.Errorf("listed %s, %+v", marked(got), listed)
			}
		})
	}
}

func TestTheErrorsCanBeToldApart(t *testing.T) {
	bad := &CorruptBatchError{}
	c := countOne(t, logOf(dense(0, 2, counting32(9))), over(0, 2), CountOptions{})
	if !errors.As(c.Err, &bad) || bad.Offset != 0 {
		t.Errorf("%#v", c.Err)
	}
}

func TestALengthBeyondTheAnswerIsNoBatch(t *testing.T) {
	for name, length := range map[string][]byte{"by a byte": {0, 0, 0, 72}, "by 2 GiB": {127, 255, 255, 255}} {
		b := &broker{log: inspect.Log{LastStable: 4, HighWatermark: 4}}
		b.tamper = func(_ int, f *Fetched) {
			if f.Batches = put(dense(2, 2), atLength, length...); f.Offset == 0 {
				f.Batches = append(dense(0, 2), f.Batches...)
			}
		}
		c := countOne(t, b, over(0, 4), CountOptions{})
		_, l := listAll(t, b, over(0, 4), ListOptions{})
		const want = "reading orders:3 from offset 2 to 4: 20 answers in a row held no record batch"
		if c.Err == nil || c.Err.Error() != want || l.Err == nil || l.Err.Error() != want || c.ReadUncommitted != 2 || c.Done || l.Records != 2 {
			t.Errorf("%s: %+v, %v; %+v", name, c.Err, l.Err, c)
		}
	}
}
