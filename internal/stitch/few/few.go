// Package few has a map for few entries.
package few

// Map is a map of few entries that takes the memory of its entries alone. A session has
// four to eight avails at a time, and a Go map of one avail takes 250 bytes
// and keeps them when it is empty again. The zero value is empty.
type Map[K comparable, V any] []Entry[K, V]

// Entry is a key with its value.
type Entry[K comparable, V any] struct {
	Key   K
	Value V
}

// Get is the value of a key, if it is there.
func (m Map[K, V]) Get(key K) (v V, ok bool) {
	for i := range m {
		if m[i].Key == key {
			return m[i].Value, true
		}
	}
	return v, false
}

// Put sets the value of a key.
func (m *Map[K, V]) Put(key K, v V) {
	for i := range *m {
		if (*m)[i].Key == key {
			(*m)[i].Value = v
			return
		}
	}
	// Room is made for one more only, because most get no second one.
	grown := *m
	if len(grown) == cap(grown) && len(grown) < 8 {
		grown = make(Map[K, V], len(*m), len(*m)+1)
		copy(grown, *m)
	}
	*m = append(grown, Entry[K, V]{key, v})
}

// Drop removes the keys that are gone.
func (m *Map[K, V]) Drop(gone func(K) bool) {
	var kept Map[K, V]
	for _, x := range *m {
		if !gone(x.Key) {
			kept = append(kept, x)
		}
	}
	*m = kept
}

// Remove removes a key.
func (m *Map[K, V]) Remove(key K) {
	for i := range *m {
		if (*m)[i].Key == key {
			m.Drop(func(k K) bool { return k == key })
			return
		}
	}
}
