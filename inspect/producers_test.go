package inspect

import (
	"context"
	"strings"
	"testing"
)

// fakeProducers answers each question with the next answer.
type fakeProducers struct {
	answers      []map[TopicPartition]ProducersAnswer
	transactions TransactionList
	asked        []int64
}

func (f *fakeProducers) Producers(context.Context, []TopicPartition) (map[TopicPartition]ProducersAnswer, error) {
	answer := f.answers[0]
	f.answers = f.answers[1:]
	return answer, nil
}

func (f *fakeProducers) Transactions(_ context.Context, ids []int64) (TransactionList, error) {
	f.asked = append(f.asked, ids...)
	return f.transactions, nil
}

func TestOpenAndHangingTransactions(t *testing.T) {
	p := TopicPartition{"t", 1}
	open := func(start *int64) map[TopicPartition]ProducersAnswer {
		return map[TopicPartition]ProducersAnswer{p: {Producers: []Producer{{ID: 7, Epoch: 2, TransactionStart: start}, {ID: 8}}}}
	}
	at := func(n int64) *int64 { return &n }
	ongoing := Transaction{TransactionalID: "x", ProducerID: 7, State: "Ongoing", Partitions: []TopicPartition{p}}
	for name, c := range map[string]struct {
		again map[TopicPartition]ProducersAnswer
		list  TransactionList
		kind  FindingKind // "": no finding
		words string
	}{
		"its coordinator knows it":                    {nil, TransactionList{Transactions: []Transaction{ongoing}}, FindingProducerTransaction, `"x", Ongoing`},
		"listed, but it may not be described":         {nil, TransactionList{Transactions: []Transaction{{TransactionalID: "x", ProducerID: 7, State: "Ongoing", Fault: &Fault{}}}}, FindingProducerTransaction, `"x", Ongoing`},
		"no coordinator knows it":                     {open(at(5)), TransactionList{}, FindingHangingTransaction, "abort --topic t --partition 1 --start-offset 5"},
		"its coordinator says that it has ended":      {open(at(5)), TransactionList{Transactions: []Transaction{{ProducerID: 7, State: "CompleteAbort", Partitions: []TopicPartition{p}}}}, FindingHangingTransaction, "hangs"},
		"its coordinator has another without p":       {open(at(5)), TransactionList{Transactions: []Transaction{{ProducerID: 7, State: "Ongoing"}}}, FindingHangingTransaction, "hangs"},
		"it ended between the questions":              {open(nil), TransactionList{}, "", ""},
		"it ended, and another began":                 {open(at(9)), TransactionList{}, "", ""},
		"a coordinator did not answer":                {open(at(5)), TransactionList{Faults: []BrokerFault{{}}}, FindingProducerTransaction, "not known whether it hangs"},
		"the leader did not answer the second time":   {map[TopicPartition]ProducersAnswer{p: {Fault: &Fault{}}}, TransactionList{}, FindingProducerTransaction, "not known whether it hangs"},
		"the transaction of another producer is none": {open(at(5)), TransactionList{Transactions: []Transaction{{ProducerID: 8, State: "Ongoing", Partitions: []TopicPartition{p}}}}, FindingHangingTransaction, "hangs"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeProducers{answers: []map[TopicPartition]ProducersAnswer{open(at(5)), c.again}, transactions: c.list}
			taken, err := TakeProducers(t.Context(), f, []TopicPartition{p})
			if err != nil || len(f.asked) != 1 || f.asked[0] != 7 || len(taken.Partitions[0].Producers) != 2 {
				t.Fatalf("%v, %+v", err, taken)
			}
			findings := taken.Findings()
			if c.kind == "" {
				if len(findings) != 0 {
					t.Fatalf("%+v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Kind != c.kind || !strings.Contains(findings[0].Message, c.words) || *findings[0].Partition != p {
				t.Fatalf("%+v", findings)
			}
		})
	}
}

func TestAPartitionWithoutAnswerIsUnread(t *testing.T) {
	p, q := TopicPartition{"t", 0}, TopicPartition{"t", 1}
	f := &fakeProducers{answers: []map[TopicPartition]ProducersAnswer{{p: {Fault: KafkaFault(CodeTopicAuthorizationFailed, "")}, q: {}}}}
	taken, err := TakeProducers(t.Context(), f, []TopicPartition{p, q})
	if err != nil || !taken.Unread() || taken.Partitions[0].Fault == nil || taken.Partitions[1].Fault != nil || f.asked != nil {
		t.Fatalf("%v, %+v", err, taken)
	}
}
