package inspect

import (
	"strconv"
	"strings"
)

// Kafka's error codes that decide something in kofs
// (org.apache.kafka.common.protocol.Errors).
const (
	CodeOffsetOutOfRange           int16 = 1
	CodeUnknownTopicOrPartition    int16 = 3
	CodeRequestTimedOut            int16 = 7
	CodeCoordinatorLoadInProgress  int16 = 14
	CodeCoordinatorNotAvailable    int16 = 15
	CodeNotCoordinator             int16 = 16
	CodeIllegalGeneration          int16 = 22
	CodeUnknownMemberID            int16 = 25
	CodeRebalanceInProgress        int16 = 27
	CodeTopicAuthorizationFailed   int16 = 29
	CodeGroupAuthorizationFailed   int16 = 30
	CodeClusterAuthorizationFailed int16 = 31
	CodeGroupIDNotFound            int16 = 69
	CodeNonEmptyGroup              int16 = 68
	CodeGroupSubscribedToTopic     int16 = 86
	CodeUnstableOffsetCommit       int16 = 88
	CodeUnknownTopicID             int16 = 100
	CodeStaleMemberEpoch           int16 = 113
)

// errorName is Kafka's name of an error code and a text for it in kofs's words.
func errorName(code int16) (name, text string) {
	e, ok := errorNames[code]
	if !ok {
		return "ERROR_" + strconv.Itoa(int(code)), "an error that this version of kofs does not know"
	}
	if e.text == "" {
		e.text = strings.ToLower(strings.ReplaceAll(e.name, "_", " "))
	}
	return e.name, e.text
}

// errorNames are the names of org.apache.kafka.common.protocol.Errors, as of 4.3;
// those without a text are said by their name.
var errorNames = map[int16]struct{ name, text string }{
	-1:  {"UNKNOWN_SERVER_ERROR", ""},
	1:   {"OFFSET_OUT_OF_RANGE", "the offset is outside the partition's log"},
	2:   {"CORRUPT_MESSAGE", ""},
	3:   {"UNKNOWN_TOPIC_OR_PARTITION", "the topic or partition does not exist (or may not be described)"},
	4:   {"INVALID_FETCH_SIZE", ""},
	5:   {"LEADER_NOT_AVAILABLE", "the partition has no leader just now"},
	6:   {"NOT_LEADER_OR_FOLLOWER", "the broker does not lead the partition any more"},
	7:   {"REQUEST_TIMED_OUT", "the broker did not finish in time; it may or may not have acted"},
	8:   {"BROKER_NOT_AVAILABLE", ""},
	9:   {"REPLICA_NOT_AVAILABLE", ""},
	10:  {"MESSAGE_TOO_LARGE", ""},
	11:  {"STALE_CONTROLLER_EPOCH", ""},
	12:  {"OFFSET_METADATA_TOO_LARGE", "the commit's metadata is longer than offset.metadata.max.bytes"},
	13:  {"NETWORK_EXCEPTION", ""},
	14:  {"COORDINATOR_LOAD_IN_PROGRESS", "the coordinator is loading the group's state"},
	15:  {"COORDINATOR_NOT_AVAILABLE", "the coordinator is not available"},
	16:  {"NOT_COORDINATOR", "the group has moved to another coordinator"},
	17:  {"INVALID_TOPIC_EXCEPTION", ""},
	18:  {"RECORD_LIST_TOO_LARGE", ""},
	19:  {"NOT_ENOUGH_REPLICAS", ""},
	20:  {"NOT_ENOUGH_REPLICAS_AFTER_APPEND", ""},
	21:  {"INVALID_REQUIRED_ACKS", ""},
	22:  {"ILLEGAL_GENERATION", "the group's generation has moved on"},
	23:  {"INCONSISTENT_GROUP_PROTOCOL", ""},
	24:  {"INVALID_GROUP_ID", "the group ID is not valid"},
	25:  {"UNKNOWN_MEMBER_ID", "the group has members"},
	26:  {"INVALID_SESSION_TIMEOUT", ""},
	27:  {"REBALANCE_IN_PROGRESS", "the group is rebalancing"},
	28:  {"INVALID_COMMIT_OFFSET_SIZE", "the commit is larger than the broker takes"},
	29:  {"TOPIC_AUTHORIZATION_FAILED", "not authorized for the topic"},
	30:  {"GROUP_AUTHORIZATION_FAILED", "not authorized for the group"},
	31:  {"CLUSTER_AUTHORIZATION_FAILED", "not authorized for the cluster"},
	32:  {"INVALID_TIMESTAMP", ""},
	33:  {"UNSUPPORTED_SASL_MECHANISM", "the broker does not offer this SASL mechanism"},
	34:  {"ILLEGAL_SASL_STATE", "the listener did not expect a SASL login at this point"},
	35:  {"UNSUPPORTED_VERSION", "the broker does not know this request in this version"},
	36:  {"TOPIC_ALREADY_EXISTS", ""},
	37:  {"INVALID_PARTITIONS", ""},
	38:  {"INVALID_REPLICATION_FACTOR", ""},
	39:  {"INVALID_REPLICA_ASSIGNMENT", ""},
	40:  {"INVALID_CONFIG", ""},
	41:  {"NOT_CONTROLLER", ""},
	42:  {"INVALID_REQUEST", ""},
	43:  {"UNSUPPORTED_FOR_MESSAGE_FORMAT", "the partition's message format is too old for this"},
	44:  {"POLICY_VIOLATION", ""},
	45:  {"OUT_OF_ORDER_SEQUENCE_NUMBER", ""},
	46:  {"DUPLICATE_SEQUENCE_NUMBER", ""},
	47:  {"INVALID_PRODUCER_EPOCH", ""},
	48:  {"INVALID_TXN_STATE", ""},
	49:  {"INVALID_PRODUCER_ID_MAPPING", ""},
	50:  {"INVALID_TRANSACTION_TIMEOUT", ""},
	51:  {"CONCURRENT_TRANSACTIONS", ""},
	52:  {"TRANSACTION_COORDINATOR_FENCED", ""},
	53:  {"TRANSACTIONAL_ID_AUTHORIZATION_FAILED", ""},
	54:  {"SECURITY_DISABLED", ""},
	55:  {"OPERATION_NOT_ATTEMPTED", ""},
	56:  {"KAFKA_STORAGE_ERROR", "the broker's disk failed"},
	57:  {"LOG_DIR_NOT_FOUND", ""},
	58:  {"SASL_AUTHENTICATION_FAILED", "the login was refused"},
	59:  {"UNKNOWN_PRODUCER_ID", ""},
	60:  {"REASSIGNMENT_IN_PROGRESS", ""},
	61:  {"DELEGATION_TOKEN_AUTH_DISABLED", ""},
	62:  {"DELEGATION_TOKEN_NOT_FOUND", ""},
	63:  {"DELEGATION_TOKEN_OWNER_MISMATCH", ""},
	64:  {"DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", ""},
	65:  {"DELEGATION_TOKEN_AUTHORIZATION_FAILED", ""},
	66:  {"DELEGATION_TOKEN_EXPIRED", ""},
	67:  {"INVALID_PRINCIPAL_TYPE", ""},
	68:  {"NON_EMPTY_GROUP", "the group has members"},
	69:  {"GROUP_ID_NOT_FOUND", "there is no such group, or it is of another type"},
	70:  {"FETCH_SESSION_ID_NOT_FOUND", ""},
	71:  {"INVALID_FETCH_SESSION_EPOCH", ""},
	72:  {"LISTENER_NOT_FOUND", ""},
	73:  {"TOPIC_DELETION_DISABLED", ""},
	74:  {"FENCED_LEADER_EPOCH", "the leader epoch is out of date"},
	75:  {"UNKNOWN_LEADER_EPOCH", "the leader epoch is not known to the broker yet"},
	76:  {"UNSUPPORTED_COMPRESSION_TYPE", ""},
	77:  {"STALE_BROKER_EPOCH", ""},
	78:  {"OFFSET_NOT_AVAILABLE", "the leader was just elected and does not know its end offset yet"},
	79:  {"MEMBER_ID_REQUIRED", ""},
	80:  {"PREFERRED_LEADER_NOT_AVAILABLE", ""},
	81:  {"GROUP_MAX_SIZE_REACHED", ""},
	82:  {"FENCED_INSTANCE_ID", "another member with the same group instance ID has replaced this one"},
	83:  {"ELIGIBLE_LEADERS_NOT_AVAILABLE", ""},
	84:  {"ELECTION_NOT_NEEDED", ""},
	85:  {"NO_REASSIGNMENT_IN_PROGRESS", ""},
	86:  {"GROUP_SUBSCRIBED_TO_TOPIC", "the group is subscribed to the topic"},
	87:  {"INVALID_RECORD", ""},
	88:  {"UNSTABLE_OFFSET_COMMIT", "an open transaction holds an offset for the partition"},
	89:  {"THROTTLING_QUOTA_EXCEEDED", ""},
	90:  {"PRODUCER_FENCED", ""},
	91:  {"RESOURCE_NOT_FOUND", ""},
	92:  {"DUPLICATE_RESOURCE", ""},
	93:  {"UNACCEPTABLE_CREDENTIAL", ""},
	94:  {"INCONSISTENT_VOTER_SET", ""},
	95:  {"INVALID_UPDATE_VERSION", ""},
	96:  {"FEATURE_UPDATE_FAILED", ""},
	97:  {"PRINCIPAL_DESERIALIZATION_FAILURE", ""},
	98:  {"SNAPSHOT_NOT_FOUND", ""},
	99:  {"POSITION_OUT_OF_RANGE", ""},
	100: {"UNKNOWN_TOPIC_ID", "the topic was deleted, and perhaps created again"},
	101: {"DUPLICATE_BROKER_REGISTRATION", ""},
	102: {"BROKER_ID_NOT_REGISTERED", ""},
	103: {"INCONSISTENT_TOPIC_ID", "the topic was deleted and created again"},
	104: {"INCONSISTENT_CLUSTER_ID", ""},
	105: {"TRANSACTIONAL_ID_NOT_FOUND", ""},
	106: {"FETCH_SESSION_TOPIC_ID_ERROR", ""},
	107: {"INELIGIBLE_REPLICA", ""},
	108: {"NEW_LEADER_ELECTED", ""},
	109: {"OFFSET_MOVED_TO_TIERED_STORAGE", ""},
	110: {"FENCED_MEMBER_EPOCH", "the member epoch is out of date"},
	111: {"UNRELEASED_INSTANCE_ID", ""},
	112: {"UNSUPPORTED_ASSIGNOR", ""},
	113: {"STALE_MEMBER_EPOCH", "the group uses the consumer protocol and is active"},
	114: {"MISMATCHED_ENDPOINT_TYPE", ""},
	115: {"UNSUPPORTED_ENDPOINT_TYPE", ""},
	116: {"UNKNOWN_CONTROLLER_ID", ""},
	117: {"UNKNOWN_SUBSCRIPTION_ID", ""},
	118: {"TELEMETRY_TOO_LARGE", ""},
	119: {"INVALID_REGISTRATION", ""},
	120: {"TRANSACTION_ABORTABLE", ""},
	121: {"INVALID_RECORD_STATE", ""},
	122: {"SHARE_SESSION_NOT_FOUND", ""},
	123: {"INVALID_SHARE_SESSION_EPOCH", ""},
	124: {"FENCED_STATE_EPOCH", ""},
	125: {"INVALID_VOTER_KEY", ""},
	126: {"DUPLICATE_VOTER", ""},
	127: {"VOTER_NOT_FOUND", ""},
	128: {"INVALID_REGULAR_EXPRESSION", ""},
	129: {"REBOOTSTRAP_REQUIRED", ""},
	130: {"STREAMS_INVALID_TOPOLOGY", ""},
	131: {"STREAMS_INVALID_TOPOLOGY_EPOCH", ""},
	132: {"STREAMS_TOPOLOGY_FENCED", ""},
	133: {"SHARE_SESSION_LIMIT_REACHED", ""},
}
