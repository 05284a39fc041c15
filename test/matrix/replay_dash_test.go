package matrix

import (
	"strings"
	"testing"
	"time"
)

// wantReplayed holds a session's bundle to be whole and to be made again byte for byte.
// last is the newest answer, as the player got it.
func (w *world) wantReplayed(id, last string) {
	t := w.t.(*testing.T)
	t.Helper()
	b := w.recording(id)
	if b.Head.Truncated || b.Head.Lost > 0 || len(b.Answers) < 10 {
		t.Fatalf("the bundle has %d answers; truncated %v, lost %d", len(b.Answers), b.Head.Truncated, b.Head.Lost)
	}
	if damage := b.Damage(); damage != nil {
		t.Errorf("damage: %v", damage)
	}
	ads := 0
	for i := range b.Answers {
		if strings.Contains(b.Answers[i].Text, "/v1/dashsegment/") {
			ads++
		}
	}
	if ads == 0 || ads == len(b.Answers) {
		t.Errorf("%d of %d answers have ads", ads, len(b.Answers))
	}
	if got := b.Answers[len(b.Answers)-1].Text; got != last {
		t.Errorf("the last answer of the bundle is\n%s\nand the player got\n%s", got, last)
	}
	for i, r := range replayed(t, b) {
		if i == 3 {
			t.Error("and more")
			break
		}
		t.Errorf("%v: differs in line %d: was %q, is %q, %v", time.UnixMicro(r.Answer.At).Sub(w.began), r.Line, r.Then, r.Now, r.Err)
	}
}

// TestReplayDASH: every MPD of a recorded session is made again from its bundle byte
// for byte, for each addressing, over breaks and restarts of the service.
func TestReplayDASH(t *testing.T) {
	t.Parallel()
	for _, address := range []addressing{byTime, byNumber, openRepeat, byDuration, byList} {
		for name, multi := range map[string]bool{"single period": false, "multi period": true} {
			t.Run(string(address)+"/"+name, func(t *testing.T) {
				t.Parallel()
				play(t, func(t *testing.T, w *world) {
					c := w.newDASH(address, eventForms()[2])
					c.multi = multi
					c.avail(130*sec, 20*sec).avail(180*sec, 10*sec)
					p := c.open("?aws.logMode=DEBUG")
					p.follow(40 * sec)
					w.reopen()
					p.follow(60 * sec)
					w.wantReplayed(p.id, p.body)
				})
			})
		}
	}
}

// TestReplayRun: every sampled session of a run with HLS and DASH replays to the same
// bytes.
func TestReplayRun(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		c := w.newDASH(byTime, eventForms()[2])
		c.avail(130*sec, 20*sec)
		w.configure(originURL + "/live")
		w.sample(`"PercentEnabled":100`)
		first := c.open("")
		second := c.watch("")
		w.until(10 * sec)
		third := c.watch("")
		for w.now() < 80*sec {
			for _, p := range []*dashClient{first, second, third} {
				p.poll()
			}
			w.until(w.now() + 2*sec)
		}
		for _, p := range []*dashClient{first, second, third} {
			w.wantReplayed(p.id, p.body)
		}
		// The same origin host goes on in HLS.
		at := w.now()
		w.shelf.fmp4 = false
		ch := w.newChannel(video("v0.m3u8").avail(at+110*sec, 20*sec), audio("a0.m3u8"))
		ch.serve("origin.example")
		players := []*client{w.join("master.m3u8"), w.join("master.m3u8")}
		for w.now() < at+60*sec {
			for _, p := range players {
				p.poll()
			}
			w.until(w.now() + sec)
		}
		for _, p := range players {
			p.wantIdentical()
		}
	})
}
