package outage

import (
	"errors"
	"testing"
	"time"

	"stitcher/internal/store"
)

// TestDoubt: what is undecided while the store is away, and just after, is content only where
// every node concludes so; until then it is unknown, and after that another node may answer.
func TestDoubt(t *testing.T) {
	began := time.Unix(1_800_000_000, 0)
	at := func(s float64) time.Time { return began.Add(time.Duration(s * float64(time.Second))) }
	// An avail that came up ten seconds before the outage, and one that came up in it.
	before, during := Matter{From: at(-10), To: at(-10)}, Matter{From: at(4), To: at(4)}
	mine, elsewhere := before, before
	mine.Mine, elsewhere.Elsewhere = true, true
	for name, c := range map[string]struct {
		ended   float64 // 0 is that the outage goes on
		now     float64
		m       Matter
		lone    bool
		looked  float64
		off     bool
		content bool
		err     error
	}{
		"just lost":                                {now: 4.9, m: before, err: ErrUnsure},
		"lost for longer":                          {now: 5, m: before, err: ErrDisputed},
		"lost for long":                            {now: 20, m: before, content: true},
		"only this node can know":                  {now: 5, m: mine, content: true},
		"it came up in the outage":                 {now: 5, m: during, content: true},
		"the records were read":                    {now: 6, m: before, looked: 5, content: true},
		"the records were read too early":          {now: 6, m: before, looked: 4, err: ErrDisputed},
		"another node has asked":                   {now: 6, m: elsewhere, looked: 5, err: ErrDisputed},
		"no other node knows the session":          {now: 1, m: before, lone: true, content: true},
		"the rule is off":                          {now: 1, m: before, off: true, content: true},
		"over, and it came up in it":               {ended: 8, now: 9, m: during, content: true},
		"over for so long that all is written":     {ended: 8, now: 13, m: during},
		"over, and it came up before":              {ended: 8, now: 9, m: before},
		"over, and it was too short for any doubt": {ended: 3, now: 4, m: Matter{From: at(2), To: at(2)}},
	} {
		o := store.Outage{Began: began}
		if c.ended > 0 {
			o.Ended = at(c.ended)
		}
		w := Watch{List: func() []store.Outage { return []store.Outage{o} }, Off: c.off}
		if c.lone {
			w.Lone = began
		}
		if c.looked > 0 {
			w.Looked = at(c.looked)
		}
		content, err := w.Doubt(c.m, at(c.now))
		if content != c.content || !errors.Is(err, c.err) {
			t.Errorf("%s: content %v, %v; want %v, %v", name, content, err, c.content, c.err)
		}
		if err != nil && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v does not say that the store is away", name, err)
		}
	}
	var alone Watch
	if content, err := alone.Doubt(before, at(1)); content || err != nil || alone.LostFor(at(1)) != 0 || alone.Unsettled(at(1)) {
		t.Errorf("a store that is not shared is doubted: %v, %v", content, err)
	}
}
