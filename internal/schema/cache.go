package schema

// entry is a schema that was asked for: how to decode with it, or why not.
type entry struct {
	id    *int32
	codec codec
	err   *Error
	size  int // of the schema's text, with all that it refers to, in bytes
}

// What a cache holds at most: so many schemas, of so many bytes as they were
// written.
const (
	maxEntries     = 1000
	maxEntriesSize = 32 << 20
)

// cache holds the schemas that were asked for last, also those that there are not.
type cache struct {
	entries map[name]*entry
	order   []name // the first is the oldest
	size    int
}

// put adds an entry, which is not yet there, and drops the oldest until there is
// room for it.
func (c *cache) put(n name, e *entry) {
	for len(c.order) > 0 && (len(c.order) >= maxEntries || c.size+e.size > maxEntriesSize) {
		oldest := c.order[0]
		c.size -= c.entries[oldest].size
		delete(c.entries, oldest)
		c.order = c.order[1:]
	}
	c.entries[n] = e
	c.order = append(c.order, n)
	c.size += e.size
}
