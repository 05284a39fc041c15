package few

import (
	"maps"
	"math/rand/v2"
	"testing"
)

// TestFew: it is a map.
func TestFew(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var m Map[int, int]
	want := map[int]int{}
	for i := range 10_000 {
		key := rnd.IntN(20)
		switch rnd.IntN(4) {
		case 0:
			m.Remove(key)
			delete(want, key)
		case 1:
			m.Drop(func(k int) bool { return k < key/4 })
			maps.DeleteFunc(want, func(k, _ int) bool { return k < key/4 })
		default:
			m.Put(key, i)
			want[key] = i
		}
		got := map[int]int{}
		for _, x := range m {
			got[x.Key] = x.Value
		}
		if !maps.Equal(got, want) || len(m) != len(want) {
			t.Fatalf("step %d: %v, want %v", i, m, want)
		}
		v, ok := m.Get(key)
		if w, is := want[key]; v != w || ok != is {
			t.Fatalf("step %d: %d is %d, %t", i, key, v, ok)
		}
		if len(m) == 0 && cap(m) > 0 && m != nil {
			t.Fatalf("step %d: an empty one keeps memory", i)
		}
	}
}
