package records

import (
	"errors"
	"testing"

	"github.com/kofs/kofs/inspect"
	"pgregory.net/rapid"
)

func keyed(partition int32, offset int64, key []byte) *Record {
	return &Record{TopicPartition: inspect.TopicPartition{Topic: "orders", Partition: partition}, Offset: offset, Key: key, Value: []byte("12345")}
}

func TestKeysAreCounted(t *testing.T) {
	k := NewKeys(10)
	for _, r := range []*Record{
		keyed(0, 3, []byte("b")), keyed(0, 4, nil), keyed(0, 9, []byte("b")), keyed(0, 11, []byte{}),
		keyed(1, 0, []byte("a")), keyed(1, 1, []byte("b")),
	} {
		if err := k.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	counts := k.Counts()
	if k.Records() != 6 || k.Distinct() != 3 || k.WithoutKey() != 1 || k.Bytes() != 34 || len(counts) != 4 {
		t.Fatalf("%d records, %d keys, %d without, %d bytes, %d rows", k.Records(), k.Distinct(), k.WithoutKey(), k.Bytes(), len(counts))
	}
	b := counts[0]
	if string(b.Key) != "b" || b.Records != 3 || b.Bytes != 18 || len(b.Places) != 2 ||
		b.Places[0].FirstOffset != 3 || b.Places[0].LastOffset != 9 || b.Places[0].Records != 2 || b.Places[1].FirstOffset != 1 {
		t.Errorf("b is %+v", b)
	}
	if counts[1].Key != nil || counts[2].Key == nil || len(counts[2].Key) != 0 || string(counts[3].Key) != "a" {
		t.Errorf("the order of equals: %+v", counts[1:])
	}
}

func TestTooManyKeysAreRefused(t *testing.T) {
	k := NewKeys(2)
	for i, r := range []*Record{keyed(0, 0, []byte("a")), keyed(0, 1, []byte("b")), keyed(0, 2, []byte("a"))} {
		if err := k.Add(r); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	for name, r := range map[string]*Record{"another key": keyed(0, 3, []byte("c")), "a known key elsewhere": keyed(1, 0, []byte("a")), "null": keyed(0, 3, nil)} {
		if err := k.Add(r); !errors.As(err, new(*TooManyKeysError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if k.Records() != 3 || k.Distinct() != 2 {
		t.Errorf("what was refused was counted: %d records, %d keys", k.Records(), k.Distinct())
	}
}

func TestKeysMayNotTakeAllMemory(t *testing.T) {
	k := NewKeys(DefaultMaxKeys)
	key := make([]byte, 64<<20)
	for i := range 10 {
		key[0] = byte(i)
		if err := k.Add(keyed(0, int64(i), key)); err != nil {
			if i != 4 {
				t.Errorf("refused after %d keys of 64 MiB: %v", i, err)
			}
			return
		}
	}
	t.Error("640 MiB of keys were kept")
}

// Whatever the records: the rows add up to them, and each key has one row.
func TestKeysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOf(rapid.SampledFrom([][]byte{nil, {}, []byte("a"), []byte("b"), {0}, {0xff}})).Draw(t, "keys")
		want, k := map[string]int64{}, NewKeys(1000)
		for i, key := range keys {
			name := "null"
			if key != nil {
				name = "key " + string(key)
			}
			want[name]++
			if err := k.Add(keyed(int32(i*3/(len(keys)+1)), int64(i), key)); err != nil {
				t.Fatal(err)
			}
		}
		var sum, bytes int64
		before := int64(len(keys)) + 1
		for _, c := range k.Counts() {
			name := "null"
			if c.Key != nil {
				name = "key " + string(c.Key)
			}
			if c.Records != want[name] || c.Records > before {
				t.Fatalf("%q: %d records, want %d, after %d", name, c.Records, want[name], before)
			}
			delete(want, name)
			var places int64
			for _, p := range c.Places {
				places += p.Records
				if p.FirstOffset > p.LastOffset || p.LastOffset-p.FirstOffset+1 < p.Records {
					t.Fatalf("%q: %+v", name, p)
				}
			}
			if places != c.Records {
				t.Fatalf("%q: %d records in its partitions, %d in all", name, places, c.Records)
			}
			before, sum, bytes = c.Records, sum+c.Records, bytes+c.Bytes
		}
		if sum != int64(len(keys)) || sum != k.Records() || bytes != k.Bytes() || len(want) > 0 {
			t.Fatalf("%d records in rows, %d counted, %d given; missing %v", sum, k.Records(), len(keys), want)
		}
	})
}
