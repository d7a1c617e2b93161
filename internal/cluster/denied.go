package cluster

import (
	"fmt"

	"github.com/kofs/kofs/inspect"
)

// Operations of Kafka's ACLs (org.apache.kafka.common.acl.AclOperation).
const (
	opRead     = "READ"
	opDescribe = "DESCRIBE"
)

// permission is what a request needs: an operation on the topics, and one on the
// groups, that it names.
type permission struct{ topic, group string }

// Of KafkaApis: what each answer's TOPIC_ and GROUP_AUTHORIZATION_FAILED mean.
func toDescribe() permission { return permission{topic: opDescribe, group: opDescribe} }
func toRead() permission     { return permission{topic: opRead, group: opRead} }

// fault is the fault for an error code about a topic, a group, or both, that
// names the operation that is missing, if that is the error.
func (p permission) fault(code int16, message, topic, group string) *inspect.Fault {
	f := inspect.KafkaFault(code, message)
	needs := ""
	switch {
	case f.HasCode(inspect.CodeTopicAuthorizationFailed) && topic == "":
		needs = fmt.Sprintf("needs %s on the topics of group %q", p.topic, group)
	case f.HasCode(inspect.CodeTopicAuthorizationFailed):
		needs = fmt.Sprintf("needs %s on topic %q", p.topic, topic)
	case f.HasCode(inspect.CodeGroupAuthorizationFailed):
		needs = fmt.Sprintf("needs %s on group %q", p.group, group)
	default:
		return f
	}
	if message != "" {
		needs = message + " (" + needs + ")"
	}
	f.Message = needs
	return f
}
