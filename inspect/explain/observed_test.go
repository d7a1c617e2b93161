package explain

import (
	"bufio"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
)

// What happened to two consumers that were killed, as Kafka 4.3.1 recorded it,
// and which records the next owner printed again.
func TestKilledConsumersOfKafka(t *testing.T) {
	for _, row := range []struct {
		file, group string
		at          inspect.TopicPartition
		topicID     string
		logEnd      int64
		want        Window
		last        int64 // the last record that was consumed twice
	}{
		{"killed-classic", "hkill", inspect.TopicPartition{Topic: "kt"}, "6c5cd4a09c624db7b2ab4fe35d40f10b", 250,
			Window{Cause: Crash, Confidence: history.Likely, From: 125, Until: 250}, 155},
		{"killed-kip848", "hnkill", inspect.TopicPartition{Topic: "ku"}, "77bb64d134d5483187d039c9efbaa437", 150,
			Window{Cause: Crash, Confidence: history.Likely, From: 84, Until: 150}, 105},
	} {
		t.Run(row.file, func(t *testing.T) {
			id := inspect.TopicID(unhex(t, row.topicID))
			r := history.NewReplay(history.Options{Group: row.group, From: first(t, row.file), TopicNames: map[inspect.TopicID]string{id: row.at.Topic}})
			read(t, row.file, row.group, r)
			logs := map[inspect.TopicPartition]inspect.Log{}
			for p := range int32(2) {
				logs[inspect.TopicPartition{Topic: row.at.Topic, Partition: p}] = inspect.Log{LastStable: row.logEnd, HighWatermark: row.logEnd}
			}
			found := Find(Input{History: r.Log(), Logs: logs}).Explain(nil)
			var w *Window
			for i := range found.Windows {
				if found.Windows[i].TopicPartition == row.at && found.Windows[i].Cause == Crash {
					w = &found.Windows[i]
				} else {
					t.Logf("also %s: %v", short(found.Windows[i]), found.Windows[i].Evidence)
				}
			}
			if w == nil || w.From != row.want.From || w.Until != row.want.Until || w.Exact {
				t.Fatalf("%d windows, none as %s", len(found.Windows), short(row.want))
			}
			if *w.LikelyUntil <= row.last || *w.LikelyUntil > row.last+60 {
				t.Errorf("%s: %d to %d were consumed twice", short(*w), row.want.From, row.last)
			}
			t.Logf("%s: %q", short(*w), w.Evidence)
		})
	}
}

func first(t *testing.T, file string) (offset int64) {
	offset = -1
	eachLine(t, file, func(r *records.Record) {
		if offset < 0 {
			offset = r.Offset
		}
	})
	return offset
}

func read(t *testing.T, file, group string, into *history.Replay) {
	eachLine(t, file, func(r *records.Record) {
		key, err := history.ParseKey(r.Key)
		if err != nil || key.Group != group {
			t.Fatalf("the key at %d: %+v, %v", r.Offset, key, err)
		}
		into.Add(r)
	})
}

// eachLine reads a file of offset, timestamp, key and value.
func eachLine(t *testing.T, file string, see func(*records.Record)) {
	f, err := os.Open("testdata/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		offset, _ := strconv.ParseInt(fields[0], 10, 64)
		ms, _ := strconv.ParseInt(fields[1], 10, 64)
		r := records.Record{Offset: offset, TimestampMs: &ms, Key: unhex(t, fields[2])}
		if fields[3] != "-" {
			r.Value = unhex(t, fields[3])
		}
		see(&r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	bytes, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
