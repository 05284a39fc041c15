package avail

import (
	"reflect"
	"strings"
	"testing"
)

// TestTellBreaks: what breaks tell of their beginning and end is told by the first
// and the last ad of the pod, whatever it was joined from and whatever left it.
func TestTellBreaks(t *testing.T) {
	ad := func(told string) Item {
		a := &Ad{Tracking: map[string][]string{"start": {"http://b/start"}}}
		for url := range strings.FieldsSeq(told) {
			event, _, _ := strings.Cut(url, "-")
			a.Track(event, []string{url})
		}
		return Item{Ad: a}
	}
	for name, c := range map[string]struct {
		items, left []Item
		want        []string
	}{
		"nothing":   {nil, nil, nil},
		"no ads":    {[]Item{{Kind: BumperItem}}, []Item{ad("breakStart-1")}, []string{""}},
		"as it is":  {[]Item{ad("breakStart-1"), ad(""), ad("breakEnd-1")}, nil, []string{"breakStart-1", "", "breakEnd-1"}},
		"one ad":    {[]Item{ad("breakStart-1 breakEnd-1")}, nil, []string{"breakStart-1 breakEnd-1"}},
		"joined":    {[]Item{ad("breakStart-1 breakEnd-1"), ad("breakStart-2"), ad("breakEnd-2")}, nil, []string{"breakStart-1 breakStart-2", "", "breakEnd-1 breakEnd-2"}},
		"left":      {[]Item{{Kind: BumperItem}, ad(""), ad("")}, []Item{ad("breakStart-1"), {Kind: BumperItem}, ad("breakEnd-1")}, []string{"", "breakStart-1", "breakEnd-1"}},
		"no events": {[]Item{{Ad: &Ad{}}}, []Item{ad("breakEnd-1")}, []string{"breakEnd-1"}},
	} {
		before := make([]Ad, len(c.items))
		for i := range c.items {
			if c.items[i].Ad != nil {
				before[i] = *c.items[i].Ad.telling("", nil)
			}
		}
		got := TellBreaks(c.items, c.left...)
		var told []string
		for i := range got {
			urls := []string{}
			if got[i].Ad != nil {
				urls = append(append(urls, got[i].Ad.Tracking["breakStart"]...), got[i].Ad.Tracking["breakEnd"]...)
			}
			told = append(told, strings.Join(urls, " "))
		}
		if !reflect.DeepEqual(told, c.want) {
			t.Errorf("%s: told %q, want %q", name, told, c.want)
		}
		for i := range c.items {
			if c.items[i].Ad != nil && !reflect.DeepEqual(*c.items[i].Ad.telling("", nil), before[i]) {
				t.Errorf("%s: item %d was changed", name, i)
			}
		}
	}
}
