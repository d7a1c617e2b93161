package records

import "github.com/kofs/kofs/inspect"

// part is what a listing has to do with a batch, or with some of its records.
type part struct {
	batch  batch
	fate   fate
	from   int64 // records below are not wanted
	until  int64 // nor those from here on
	beyond bool  // past the last stable offset
	section
}

// section is some of the records of a batch that need not be decompressed. The zero
// value is all of any batch.
type section struct {
	rest  []byte // from its first record to the batch's end
	left  int64  // records of the batch from there on
	prev  int64  // offset delta of the record before
	after int64  // records of the batch behind the section; 0: none
}

func (l *listing) part(b *batch, of fate) part {
	return part{batch: *b, fate: of, from: l.scan.pos, until: l.Until, beyond: l.scan.isolation == inspect.ReadUncommitted}
}

// size is how many bytes of the batch are left from here on.
func (p *part) size() int {
	if p.rest == nil {
		return len(p.batch.raw)
	}
	return len(p.rest)
}

// entries goes through the records of the part. It serves one part at a time.
func (p *part) entries(d *decoder) (entries, error) {
	it, err := d.entries(&p.batch)
	if p.rest != nil {
		it.rest, it.left, it.prev = p.rest, p.left, p.prev
	}
	return it, err
}

// ends reports whether the next record is not of the part any more. The last part of
// a batch does not say so: it is for [entries.next] to find that there is nothing more.
func (p *part) ends(it *entries) bool { return p.after > 0 && it.left == p.after }

// cut takes so many records off the front as are worth a goroutine's while, and
// returns them. False: nothing is cut off.
func (p *part) cut() (part, bool) {
	if p.batch.old() || p.batch.codec() != codecNone || p.size() < 2*sheetBytes {
		return part{}, false
	}
	if p.rest == nil {
		p.section = section{rest: p.batch.raw[headerSize:], left: p.batch.count, prev: -1}
	}
	rest, left := p.rest, p.left
	var record []byte
	for left > 0 && rest != nil && len(p.rest)-len(rest) < sheetBytes {
		record, rest = sized(rest)
		left--
	}
	var last entry
	if rest == nil || left == 0 || !last.read(record, &p.batch) {
		return part{}, false
	}
	first := *p
	first.after, first.rest = left, p.rest[:len(p.rest)-len(rest)]
	p.section = section{rest: rest, left: left, prev: last.delta}
	return first, true
}
