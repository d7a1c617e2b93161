package inspect

import (
	"context"
	"fmt"
	"path"
	"slices"
)

// ResolveGroups turns what a user named into group IDs, sorted. A name that
// exists literally is that group, even when it looks like a pattern; else a
// pattern stands for the groups that match it. A name without a group is an
// [*UnknownGroupError]. The faults are brokers that did not list their groups,
// so that a pattern may stand for more.
func ResolveGroups(ctx context.Context, src Source, names []string) (ids []string, faults []BrokerFault, err error) {
	described, err := src.DescribeGroups(ctx, names)
	if err != nil {
		return nil, nil, fmt.Errorf("describing groups: %w", err)
	}
	var missing []string
	for _, name := range names {
		if described[name].Exists() {
			ids = append(ids, name)
		} else {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		list, err := src.ListGroups(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("listing groups: %w", err)
		}
		faults = list.Faults
		for _, name := range missing {
			matches := list.matching(name)
			if len(matches) == 0 {
				return nil, faults, &UnknownGroupError{Group: name, Near: Near(name, list.IDs())}
			}
			ids = append(ids, matches...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), faults, nil
}

// RequireGroup is an [*UnknownGroupError] with similar names if the group is not there.
func RequireGroup(ctx context.Context, src Source, group Group) error {
	if group.Exists() {
		return nil
	}
	list, err := src.ListGroups(ctx)
	if err != nil {
		return fmt.Errorf("listing groups: %w", err)
	}
	return &UnknownGroupError{Group: group.ID, Near: Near(group.ID, list.IDs())}
}

// IDs are the IDs of the listed groups.
func (l GroupList) IDs() []string {
	ids := make([]string, len(l.Groups))
	for i, g := range l.Groups {
		ids[i] = g.ID
	}
	return ids
}

func (l GroupList) matching(pattern string) []string {
	if !IsGlob(pattern) {
		return nil
	}
	var ids []string
	for _, id := range l.IDs() {
		if ok, _ := path.Match(pattern, id); ok { // a malformed pattern matches nothing
			ids = append(ids, id)
		}
	}
	return ids
}
