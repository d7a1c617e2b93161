package main

import (
	"errors"
	"strings"
	"syscall"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// The exit codes. docs/exit-codes.md is made from exitCodes and reasons below.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitIncomplete  = 3
	exitRefused     = 4
	exitCondition   = 5
	exitUnknown     = 6
	exitInterrupted = 130
	exitTerminated  = 143
)

// exitCodes is the contract, in the order of the page.
func exitCodes() []exitCode {
	return []exitCode{
		{exitDone, "done"},
		{exitFailed, "failed; nothing was changed (also: every row of a write failed)"},
		{exitUsage, "usage: a bad flag or value, a missing choice, `--execute` without a terminal and without `--yes`; no connection was opened"},
		{exitIncomplete, "some partitions, groups or brokers failed, the rest was done or shown"},
		{exitRefused, "refused: see the reason; nothing was changed"},
		{exitCondition, "a condition that was asked for holds (`--fail-above`)"},
		{exitUnknown, "outcome unknown: a write was sent and could not be confirmed"},
		{exitInterrupted, "interrupted (SIGINT) before anything was written"},
		{exitTerminated, "terminated (SIGTERM) before anything was written"},
	}
}

type exitCode struct {
	code    int
	meaning string
}

// The reasons that are not a refusal's.
const (
	reasonFailed         = "failed"
	reasonUsage          = "usage"
	reasonIncomplete     = "incomplete"
	reasonUnknownOutcome = "unknown_outcome"
	reasonInterrupted    = "interrupted"
	reasonTimeout        = "timeout"
	reasonNotAuthorized  = "not_authorized"
	reasonAuthentication = "authentication"
	reasonNotKafka       = "not_kafka"
	reasonConnection     = "connection"
	reasonOutputLost     = "output_lost"
	reasonNoOffsetLog    = "no_offset_log"
	reasonTooMany        = "too_many"
	reasonDamagedExport  = "damaged_export"
)

// reasons is the closed list of reasons, in the order of the page.
func reasons() []reasonMeaning {
	return []reasonMeaning{
		{string(reset.GroupActive), "the group has members or is rebalancing"},
		{string(reset.OutOfRange), "a new offset lies outside its partition's log"},
		{string(reset.Drift), "something changed since the preview"},
		{string(reset.WouldSkip), "a datetime or duration would move a partition forward, unattended"},
		{string(reset.InstantInFuture), "the instant lies ahead of this machine's clock"},
		{string(reset.NoCommit), "the target starts from a commit, and a partition has none"},
		{string(reset.UnknownGroup), "there is no such group, or it may not be described"},
		{string(reset.UnknownTopic), "there is no such topic or partition, or it may not be described"},
		{string(reset.InternalTopic), "the topic is Kafka's own"},
		{string(reset.PendingTransaction), "an open transaction holds an offset of the group"},
		{string(reset.AboveLastStableOffset), "a new offset lies above the last stable offset and no isolation level was named"},
		{string(reset.UnsupportedGroupType), "the group is a share or streams group"},
		{string(reset.Unreadable), "the group could not be described, so nobody knows whether it is active"},
		{string(reset.Declined), "the question was not answered with yes"},
		{string(reset.UnsettledWrite), "an earlier write to the group was cut, or reached only a part: finish it or take it back first"},
		{string(reset.JournalInUse), "another kofs is writing to the group"},
		{string(reset.UnknownEntry), "the journal has no such entry"},
		{string(reset.GroupRanOn), "undo: the group ran on since the write"},
		{string(reset.WaitExpired), "the time of `--wait` was over"},
		{string(reset.TooManyGroups), "the pattern stands for more groups than `--max-groups`"},
		{string(reset.OwnProcedure), "the group is of Kafka Connect or Kafka Streams, which have a procedure of their own"},
		{string(reset.StandaloneConsumer), "the commits of a group without members move: a consumer runs unseen"},
		{reasonNotAuthorized, "Kafka refused for lack of an ACL"},
		{reasonAuthentication, "the broker refused the login or the client certificate; it was tried once"},
		{reasonNotKafka, "the port does not speak Kafka, or is another kind of listener"},
		{reasonConnection, "no connection to a bootstrap server"},
		{reasonTimeout, "--timeout was over"},
		{reasonOutputLost, "standard output was closed or full"},
		{reasonNoOffsetLog, "the topic `__consumer_offsets` is not there or not shown: there is no history"},
		{reasonTooMany, "more records, distinct keys or buckets of time than can be compared or counted exactly in bounded memory"},
		{reasonDamagedExport, "`--resume`: the files of the interrupted export do not hold what they should"},
		{reasonUsage, "the command line is not right"},
		{reasonIncomplete, "some partitions, groups or brokers failed"},
		{reasonUnknownOutcome, "a write was sent and could not be confirmed"},
		{reasonInterrupted, "a signal ended the command"},
		{reasonFailed, "anything else; the message says it"},
	}
}

type reasonMeaning struct{ reason, meaning string }

// errorDoc is the last line on stderr of a command that fails with JSON output.
type errorDoc struct {
	Schema     string         `json:"schema"`
	ExitCode   int            `json:"exit_code"`
	Reason     string         `json:"reason"`
	Retryable  bool           `json:"retryable"`
	Message    string         `json:"message"`
	Hint       *string        `json:"hint"`
	KafkaError *inspect.Fault `json:"kafka_error"`
	Group      *string        `json:"group"`
	Topic      *string        `json:"topic"`
	Partition  *int32         `json:"partition"`
}

// report says why the command failed and returns its exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	f := classify(err)
	switch {
	case f.code == exitCondition: // no error: the document shows what holds
	case errors.Is(err, syscall.EPIPE): // the reader of the pipe has gone, and knows it
	case a.global.isJSON():
		output.WriteJSONLine(a.Err, f.doc())
	default:
		output.Sentence(a.Err, "kofs: %s%s", f.prefix(), f.message)
		if f.hint != "" {
			a.hint(f.hint)
		}
	}
	return f.code
}

// hint writes a hint; of commands to copy each has a line of its own.
func (a *app) hint(hint string) {
	prefix := "hint: "
	for line := range strings.SplitSeq(hint, "\n") {
		output.Sentence(a.Err, "%s%s", prefix, line)
		prefix = ""
	}
}

// prefix says of a refusal that it is one.
func (f failure) prefix() string {
	if f.code == exitRefused && f.reason != string(reset.Declined) {
		return "refused, nothing was changed: "
	}
	return ""
}

func (f failure) doc() errorDoc {
	d := errorDoc{Schema: "kofs/error/v1", ExitCode: f.code, Reason: f.reason, Retryable: f.retryable, Message: f.message, KafkaError: f.fault}
	if f.hint != "" {
		d.Hint = &f.hint
	}
	if f.group != "" {
		d.Group = &f.group
	}
	if f.topic != "" {
		d.Topic, d.Partition = &f.topic, f.partition
	}
	return d
}
