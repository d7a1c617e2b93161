package inspect

// GroupType is the protocol by which a group shares out its partitions.
type GroupType string

// The types of a group, spelled as ListGroups v5 does (KIP-848, KIP-932, KIP-1071).
const (
	TypeUnknown  GroupType = "" // the broker is too old to say, and asking by kind gave no answer
	TypeClassic  GroupType = "classic"
	TypeConsumer GroupType = "consumer"
	TypeShare    GroupType = "share"
	TypeStreams  GroupType = "streams"
)

// State is a group's state, spelled as Kafka does.
type State string

// The states that decide something here. Others (PreparingRebalance, Assigning,
// Reconciling, ...) are passed on as the broker spells them, and all mean active.
const (
	StateEmpty   State = "Empty" // no members; the only state in which a commit from outside is accepted
	StateStable  State = "Stable"
	StateDead    State = "Dead" // there is no such group
	StateUnknown State = "Unknown"
)

// Group is one group as its coordinator describes it.
type Group struct {
	ID           string
	Type         GroupType
	State        State
	ProtocolType string // "consumer", "connect", ...; "" for a simple group
	Assignor     string // "range", "uniform", ...; "" when it has none
	Coordinator  Broker
	// Epoch is the group epoch of a KIP-848 group; nil for a classic group,
	// whose generation DescribeGroups does not tell.
	Epoch   *int32
	Members []Member
	// Fault is why the group could not be described; the other fields but ID are then unknown.
	Fault *Fault
}

// Exists reports whether the coordinator knows the group. A group that could
// not be described counts as existing: nobody said that it is not there.
func (g Group) Exists() bool { return g.State != StateDead || g.Fault != nil }

// Active reports whether the group has members or is rebalancing, or whether
// its state is not known for certain: only Empty and Dead are not active.
func (g Group) Active() bool {
	return g.Fault != nil || len(g.Members) > 0 || (g.State != StateEmpty && g.State != StateDead)
}

// Simple reports whether the group is only a place for offsets: a classic group
// without a protocol type, as written by consumers that assign() themselves
// their partitions, and by tools. Such a consumer may be running right now.
func (g Group) Simple() bool {
	return g.Fault == nil && g.Type == TypeClassic && g.State == StateEmpty && g.ProtocolType == ""
}

// MemberOf returns the member that the partition is assigned to, nil if none.
func (g Group) MemberOf(p TopicPartition) *Member {
	for i := range g.Members {
		for _, assigned := range g.Members[i].Assignment {
			if assigned == p {
				return &g.Members[i]
			}
		}
	}
	return nil
}

// Member is one consumer in a group.
type Member struct {
	ID         string
	InstanceID *string // group.instance.id of a static member, nil otherwise
	ClientID   string
	Host       string
	Epoch      *int32 // member epoch of a KIP-848 member, nil otherwise
	Assignment []TopicPartition
}

// Listing is one group as ListGroups names it.
type Listing struct {
	ID           string
	Type         GroupType
	State        State
	ProtocolType string
}

// GroupList is what the brokers listed, sorted by ID. Brokers leave out, without
// an error, the groups that the principal may not describe.
type GroupList struct {
	Groups []Listing
	// Faults names the brokers that did not answer: the list is then incomplete.
	Faults []BrokerFault
}
