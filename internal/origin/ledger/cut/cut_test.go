package cut

import (
	"reflect"
	"strings"
	"testing"
)

// TestLearn: what was stored of a cut is read back.
func TestLearn(t *testing.T) {
	want := Cuts{{"v0", 0, 104, true}: 54, {"a", 2, 7, false}: 6}
	got := Cuts{}
	for n, x := range want {
		f := n.Fact(x)
		if err := got.Learn(strings.TrimPrefix(f.Key, "cut/"), f.Value); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read back: %v, want %v", got, want)
	}
	for _, key := range []string{"", "v0/0/104", "v0/x/104/return", "v0/0/x/return"} {
		if err := got.Learn(key, []byte("1")); err == nil {
			t.Errorf("the key %q is taken", key)
		}
	}
}

// TestBefore: the cuts that are of no use once the avails before a number are dropped.
func TestBefore(t *testing.T) {
	c := Cuts{{"a", 0, 900, true}: 1, {"a", 1, 9, true}: 2, {"a", 1, 10, false}: 3, {"a", 2, 1, false}: 4}
	for _, n := range c.Before(1, 10) {
		delete(c, n)
	}
	if want := (Cuts{{"a", 1, 10, false}: 3, {"a", 2, 1, false}: 4}); !reflect.DeepEqual(c, want) {
		t.Errorf("what is left is %v, want %v", c, want)
	}
}
