package stitch

// few is a map of few entries that takes the memory of its entries alone. A session has
// four to eight avails at a time (foldLeast), and a Go map of one avail takes 250 bytes
// and keeps them when it is empty again. The zero value is empty.
type few[K comparable, V any] []entryOf[K, V]

type entryOf[K comparable, V any] struct {
	key K
	v   V
}

// get is the value of a key, if it is there.
func (m few[K, V]) get(key K) (v V, ok bool) {
	for i := range m {
		if m[i].key == key {
			return m[i].v, true
		}
	}
	return v, false
}

// put sets the value of a key.
func (m *few[K, V]) put(key K, v V) {
	for i := range *m {
		if (*m)[i].key == key {
			(*m)[i].v = v
			return
		}
	}
	// Room is made for one more only, because most get no second one.
	grown := *m
	if len(grown) == cap(grown) && len(grown) < 8 {
		grown = make(few[K, V], len(*m), len(*m)+1)
		copy(grown, *m)
	}
	*m = append(grown, entryOf[K, V]{key, v})
}

// drop removes the keys that are gone.
func (m *few[K, V]) drop(gone func(K) bool) {
	var kept few[K, V]
	for _, x := range *m {
		if !gone(x.key) {
			kept = append(kept, x)
		}
	}
	*m = kept
}

// remove removes a key.
func (m *few[K, V]) remove(key K) {
	for i := range *m {
		if (*m)[i].key == key {
			m.drop(func(k K) bool { return k == key })
			return
		}
	}
}
