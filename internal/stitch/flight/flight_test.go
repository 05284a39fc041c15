package flight

import (
	"fmt"
	"testing"
)

// TestSweep: what was asked for since the last sweep stays, and what is in use; the rest
// goes, and is made again when it is asked for.
func TestSweep(t *testing.T) {
	var f Group[string]
	made := map[string]int{}
	get := func(key string) {
		t.Helper()
		v, err := f.Do(key, 100, func() (string, error) { made[key]++; return key, nil })
		if v != key || err != nil {
			t.Fatalf("%q, %v", v, err)
		}
	}
	inUse := func(v string) bool { return v == "held" }
	for i := range 10 {
		get(fmt.Sprint(i))
	}
	get("held")
	if n := len(f.Sweep(inUse)); n != 11 {
		t.Errorf("%d are kept that were asked for just now", n)
	}
	get("3")
	if kept := f.Sweep(inUse); len(kept) != 2 || len(f.made) != 2 {
		t.Errorf("%q are kept", kept)
	}
	get("3")
	get("4")
	get("held")
	if made["3"] != 1 || made["4"] != 2 || made["held"] != 1 {
		t.Errorf("made %v", made)
	}
}
