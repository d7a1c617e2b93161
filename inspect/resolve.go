package inspect

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
)

// ResolveGroups turns what a user named into group IDs, sorted. A name that
// exists literally is that group, even when it looks like a pattern; else a
// pattern stands for the groups that match it. A name without a group is an
// [*UnknownGroupError]. The faults are brokers that did not list their groups,
// so that a pattern may stand for more. Names that cannot be patterns are not
// asked about: they are returned as they are, also when there is no such group.
func ResolveGroups(ctx context.Context, src Source, names []string) (ids []string, faults []BrokerFault, err error) {
	if !slices.ContainsFunc(names, IsGlob) {
		ids = slices.Clone(names)
		slices.Sort(ids)
		return slices.Compact(ids), nil, nil
	}
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
				return nil, faults, list.unknown(name)
			}
			ids = append(ids, matches...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), faults, nil
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

// MatchGroups are the groups that a pattern matches, sorted: a glob, or with re a
// regular expression (RE2) that whole IDs match. No match is an
// [*UnknownGroupError].
func MatchGroups(ctx context.Context, src Source, pattern string, re *regexp.Regexp) (ids []string, faults []BrokerFault, err error) {
	list, err := src.ListGroups(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("listing groups: %w", err)
	}
	for _, id := range list.IDs() {
		matches := re != nil && re.MatchString(id)
		if re == nil {
			matches, _ = path.Match(pattern, id) // a malformed pattern matches nothing
		}
		if matches {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, list.Faults, &UnknownGroupError{Group: pattern}
	}
	slices.Sort(ids)
	return ids, list.Faults, nil
}

func (l GroupList) unknown(name string) error {
	return &UnknownGroupError{Group: name, Near: Near(name, l.IDs()), Silent: l.Faults}
}

// GroupFilter says which groups to list; an empty field lists all.
type GroupFilter struct {
	Names  []string // literal names, or patterns where no group has the name
	States []string
	Types  []string
}

// ListGroups lists the groups that pass the filter. A name that no group has, or
// a pattern that none matches, is an [*UnknownGroupError].
func ListGroups(ctx context.Context, src Source, filter GroupFilter) (GroupList, error) {
	list, err := src.ListGroups(ctx)
	if err != nil {
		return GroupList{}, fmt.Errorf("listing groups: %w", err)
	}
	named := map[string]bool{}
	for _, name := range filter.Names {
		matches := []string{name}
		if !slices.Contains(list.IDs(), name) {
			matches = list.matching(name)
		}
		if len(matches) == 0 {
			return list, list.unknown(name)
		}
		for _, id := range matches {
			named[id] = true
		}
	}
	list.Groups = slices.DeleteFunc(list.Groups, func(g Listing) bool {
		return len(named) > 0 && !named[g.ID] ||
			len(filter.States) > 0 && !slices.Contains(filter.States, string(g.State))
	})
	if len(filter.Types) == 0 {
		return list, nil
	}
	if err := list.learnTypes(ctx, src); err != nil {
		return GroupList{}, err
	}
	list.Groups = slices.DeleteFunc(list.Groups, func(g Listing) bool {
		return !slices.Contains(filter.Types, string(g.Type))
	})
	return list, nil
}

// learnTypes asks the coordinators for the types that the list does not tell:
// brokers before 3.8 leave them out.
func (l GroupList) learnTypes(ctx context.Context, src Source) error {
	var untyped []string
	for _, g := range l.Groups {
		if g.Type == TypeUnknown {
			untyped = append(untyped, g.ID)
		}
	}
	if len(untyped) == 0 {
		return nil
	}
	described, err := src.DescribeGroups(ctx, untyped)
	if err != nil {
		return fmt.Errorf("describing groups: %w", err)
	}
	for i, g := range l.Groups {
		switch d, asked := described[g.ID]; {
		case !asked:
		case d.Fault != nil:
			return fmt.Errorf("asking for the type of group %q: %w", g.ID, d.Fault)
		default:
			l.Groups[i].Type = d.Type
		}
	}
	return nil
}
