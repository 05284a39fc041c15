package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"stitcher/internal/avail"
)

// TestCompactRecords: a decision with many tracking URLs takes a fifth of its JSON in the store
// and is read as it was; a record of a few bytes is JSON, and so is one of an earlier version.
func TestCompactRecords(t *testing.T) {
	var d avail.Decision
	for i := range 8 {
		ad := &avail.Ad{ID: fmt.Sprint("campaign-", i), Tracking: map[string][]string{}}
		for _, event := range []string{"impression", "start", "firstQuartile", "midpoint", "thirdQuartile", "complete"} {
			ad.Tracking[event] = []string{fmt.Sprintf("https://track.example/%s?campaign=4711&ad=%d&user=0123456789abcdef&cb=[CACHEBUSTING]", event, i)}
		}
		d.Items = append(d.Items, avail.Item{Asset: fmt.Sprintf("%032x", i), Duration: 15_000_000, Ad: ad})
	}
	plain, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := Encode(d)
	if err != nil || len(stored) > len(plain)/5 {
		t.Errorf("a decision of %d bytes takes %d, %v", len(plain), len(stored), err)
	}
	for _, text := range [][]byte{stored, plain} {
		var got avail.Decision
		if err := Decode(text, &got); err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("the decision is read as %+v, %v", got, err)
		}
	}
	if b, err := Text(stored); err != nil || !bytes.Equal(b, plain) {
		t.Errorf("its text is %q, %v", b, err)
	}
	if b, err := Encode(avail.Settlement{Listed: 3}); err != nil || b[0] != '{' {
		t.Errorf("a short record is %q, %v", b, err)
	}
	if err := Decode(stored[:len(stored)-9], new(avail.Decision)); err == nil {
		t.Error("a record that ends too soon is read")
	}
}
