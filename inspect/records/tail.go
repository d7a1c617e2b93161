package records

import "context"

// Tail gives yield the last n records of each range, otherwise as [List]. Without
// a Keep it does not read what lies before them; with one it reads the whole range
// and holds n records.
func Tail(ctx context.Context, f Fetcher, ranges []Range, n int, o ListOptions, yield func(*Record) error) ([]Listed, error) {
	if o.Keep == nil {
		return tailOfSamples(ctx, f, ranges, n, o, yield)
	}
	var all []Listed
	progress := newTally(ranges, o.Progress)
	for _, r := range ranges {
		o.Progress = progress.part()
		var last []Record
		listed, err := List(ctx, f, []Range{r}, o, func(r *Record) error {
			if last = append(last, r.Clone()); len(last) > n {
				last = last[1:]
			}
			return nil
		})
		all = append(all, listed...)
		if err != nil {
			return all, err
		}
		all[len(all)-1].Records = int64(len(last))
		if err := giveAll(last, yield); err != nil {
			return all, err
		}
	}
	return all, nil
}

func tailOfSamples(ctx context.Context, f Fetcher, ranges []Range, n int, o ListOptions, yield func(*Record) error) ([]Listed, error) {
	samples, err := Sample(ctx, f, ranges, n, o)
	if err != nil {
		return nil, err
	}
	all := make([]Listed, len(samples))
	for i, s := range samples {
		known := append(s.First, s.Last...)
		last := known[max(0, len(known)-n):]
		all[i] = Listed{Range: s.Range, Records: int64(len(last)), Reached: s.Until, Done: s.Err == nil, Err: s.Err}
		if err := giveAll(last, yield); err != nil {
			return all, err
		}
	}
	return all, nil
}

func giveAll(records []Record, yield func(*Record) error) error {
	for i := range records {
		if err := yield(&records[i]); err != nil {
			return err
		}
	}
	return nil
}
