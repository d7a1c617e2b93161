package inspect

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// listingSource lists what it is told to; the rest is a fakeSource.
type listingSource struct {
	fakeSource
	list GroupList
}

func (s *listingSource) ListGroups(context.Context) (GroupList, error) {
	return GroupList{Groups: slices.Clone(s.list.Groups), Faults: s.list.Faults}, nil
}

// A broker before 3.8 does not tell types: a filter by type must not hide all groups.
func TestListGroupsLearnsTypesWhereTheFilterNeedsThem(t *testing.T) {
	src := &listingSource{list: GroupList{Groups: []Listing{{ID: "a", State: StateEmpty}, {ID: "b", State: StateEmpty}, {ID: "c", Type: TypeClassic}}}}
	src.groups = map[string]Group{"a": {Type: TypeClassic}, "b": {Type: TypeConsumer}}
	for _, c := range []struct {
		filter GroupFilter
		want   string
		asked  int
	}{
		{GroupFilter{}, "a b c", 0},
		{GroupFilter{Types: []string{"classic"}}, "a c", 1},
		{GroupFilter{Types: []string{"consumer"}}, "b", 1},
		{GroupFilter{Names: []string{"c"}, Types: []string{"classic"}}, "c", 0},
	} {
		src.asked = nil
		list, err := ListGroups(t.Context(), src, c.filter)
		if got := strings.Join(list.IDs(), " "); err != nil || got != c.want || len(src.asked) != c.asked {
			t.Errorf("%+v: %q, %v, asked %v; want %q", c.filter, got, err, src.asked, c.want)
		}
	}
	src.groups["a"] = Group{Fault: KafkaFault(CodeGroupAuthorizationFailed, "")}
	if _, err := ListGroups(t.Context(), src, GroupFilter{Types: []string{"classic"}}); err == nil {
		t.Error("a group whose type cannot be known is left out without a word")
	}
}

// While a broker is silent nobody can say that a group does not exist.
func TestAGroupMayBeOnASilentBroker(t *testing.T) {
	src := &listingSource{list: GroupList{
		Groups: []Listing{{ID: "billing"}},
		Faults: []BrokerFault{{Broker: Broker{NodeID: 3}, Fault: &Fault{Message: "connection refused"}}},
	}}
	_, err := ListGroups(t.Context(), src, GroupFilter{Names: []string{"shipping"}})
	var unknown *UnknownGroupError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "broker 3 did not list its groups: connection refused") {
		t.Errorf("error %v", err)
	}
}
