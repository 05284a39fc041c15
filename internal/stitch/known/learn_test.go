package known

import (
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/records"
)

// fact is a record as the store has it.
func fact(t *testing.T, rev int64, key string, value any) avail.Fact {
	t.Helper()
	b, err := records.Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	return avail.Fact{Rev: rev, Key: key, Value: b}
}

// TestLearn: each record is known, and the engine hears of those that it may be waiting for. A
// fold takes the records of the avails that it sums up, and no older fold takes its place.
func TestLearn(t *testing.T) {
	var k Records
	at := func(sequence int64) avail.Key { return avail.Key{Epoch: 1, Sequence: sequence} }
	for _, c := range []struct {
		key   string
		value any
		want  News
	}{
		{"begin/1", 100, News{}},
		{"asking/1.110", "other", News{}},
		{"asking/1.120", "here", News{}},
		{"decision/1.110", avail.Decision{Start: 110}, News{Decided, at(110)}},
		{"settlement/1.110", avail.Settlement{Return: 115}, News{}},
		{"late/1.120/122", 122, News{Shown, at(120)}},
		{"account/1.110", avail.Account{}, News{Closed, at(110)}},
		{"edge", 7, News{}},
		{"own/" + records.EntryName, records.PreRoll{Avail: avail.Avail{Key: at(101)}, Decision: avail.Decision{Items: make([]avail.Item, 1)}}, News{Kind: Entered}},
		{"own/" + records.EntryName, records.PreRoll{}, News{}},
		{"return/1.101", records.Return{End: 103, After: 2}, News{}},
	} {
		news, err := k.Learn(fact(t, 5, c.key, c.value), "here")
		if err != nil || news != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.key, news, err, c.want)
		}
	}
	_, here := k.Asked.Get("1.120")
	_, other := k.Asked.Get("1.110")
	late, _ := k.Late.Get(at(120))
	if begin, _ := k.Begins.Get(1); begin != 100 || here || !other || late != 122 || k.Edge != 7 || !k.Entered {
		t.Errorf("%+v", &k)
	}
	if len(k.Own) != 1 || k.Own[0].End != 103 || k.Own[0].After != 2 || len(k.Decisions) != 1 || len(k.Settlements) != 1 || len(k.Accounts) != 1 {
		t.Errorf("%+v", &k)
	}
	if k.Rev = 9; k.RevBefore(at(110)) != 4 || k.RevBefore(at(130)) != 9 {
		t.Errorf("revisions %d and %d", k.RevBefore(at(110)), k.RevBefore(at(130)))
	}
	fold := records.Fold{Epoch: 1, Before: 115, Begin: 100, Edge: 8}
	if news, err := k.Learn(fact(t, 6, records.FoldKey, fold), "here"); err != nil || news.Kind != Folded {
		t.Errorf("%+v, %v", news, err)
	}
	late, _ = k.Late.Get(at(120))
	if len(k.Own)+len(k.Decisions)+len(k.Settlements)+len(k.Accounts)+len(k.Asked) != 0 || late != 122 || k.Edge != 8 {
		t.Errorf("after the fold: %+v", &k)
	}
	fold.Before, fold.Edge = 112, 9
	if news, err := k.Learn(fact(t, 7, records.FoldKey, fold), "here"); err != nil || news.Kind != Nothing || k.Edge != 8 {
		t.Errorf("an older fold: %+v, %v, %+v", news, err, &k)
	}
	for _, key := range []string{"begin/x", "decision/x", "settlement/", "late/1", "account/1", "return/", "own/x", "edge", "asking/1.1", records.FoldKey} {
		if _, err := k.Learn(avail.Fact{Key: key, Value: []byte("{")}, "here"); err == nil {
			t.Errorf("%s is learned from half a record", key)
		}
	}
}
