package tracking

import (
	"context"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/report"
	"stitcher/internal/store"
)

// maxLanes is how many hosts an ad calls at once; chains of wrappers have fewer.
const maxLanes = 8

// round is one attempt at a trigger: the URLs of its unsent events. Each host
// sees them in order; hosts are called side by side, since all impressions of an
// ad are due at the same time (VAST 4.3 §2.3.4) and a host that hangs must not
// hold the next one's back.
type round struct {
	t       *Tracker
	x       store.Claim
	ad      *avail.Ad
	session *playback.Session
	known   map[attemptKey]store.Attempt

	mu sync.Mutex
	// tried is what was called, unsent the events of which a URL is left, due
	// when the trigger is to be looked at again.
	tried  []store.Attempt
	calls  []Call
	unsent avail.Events
	due    int64
	// reached are the events of which a URL was delivered.
	reached avail.Events
}

// attemptKey is the identity of a URL within its trigger.
type attemptKey struct {
	event avail.Events
	url   string
}

func newRound(t *Tracker, x store.Claim, ad *avail.Ad, session *playback.Session, known []store.Attempt) *round {
	r := &round{t: t, x: x, ad: ad, session: session, known: map[attemptKey]store.Attempt{}}
	for _, a := range known {
		r.known[attemptKey{a.Event, a.URL}] = a
		if a.Done && !a.Failed {
			r.reached |= a.Event
		}
	}
	return r
}

// run calls what is due; it returns the events of which no URL is left to call.
func (r *round) run(ctx context.Context) avail.Events {
	if r.ad == nil { // slate has no beacons
		return r.x.Events
	}
	if r.session.PlayerReports() {
		r.served()
		return r.x.Events
	}
	lanes := r.lanes()
	if len(lanes) == 1 {
		lanes[0].run(ctx)
		return r.x.Events &^ r.unsent
	}
	room := make(chan struct{}, maxLanes)
	var wg sync.WaitGroup
	for _, l := range lanes {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			l.run(ctx)
		})
	}
	wg.Wait()
	return r.x.Events &^ r.unsent
}

// served notes what the player was served and calls itself: events that the ad has a URL
// for.
func (r *round) served() {
	for event := range r.x.Events.Each() {
		for _, urls := range r.ad.Beacons(event) {
			if len(urls) > 0 && r.reached&event == 0 {
				r.reached |= event
				r.log(Call{At: time.UnixMicro(r.x.At), Event: event.Name(), Outcome: "served"})
			}
		}
	}
}

// lanes are the URLs that are left to call, by host, in the order of the events.
func (r *round) lanes() []*lane {
	var list []*lane
	hosts := map[string]*lane{}
	for event := range r.x.Events.Each() {
		seen := map[string]bool{} // a chain may name a URL twice (field failure B-53)
		for name, urls := range r.ad.Beacons(event) {
			for _, u := range urls {
				a, ok := r.known[attemptKey{event, u}]
				if a.Done || seen[u] {
					continue
				}
				seen[u] = true
				if !ok {
					a = store.Attempt{Event: event, URL: u}
				}
				host := hostOf(u)
				if hosts[host] == nil {
					hosts[host] = &lane{round: r, host: host}
					list = append(list, hosts[host])
				}
				hosts[host].left = append(hosts[host].left, call{a, name})
			}
		}
	}
	return list
}

// log keeps an audit line.
func (r *round) log(c Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

// note keeps what came of a call.
func (r *round) note(a store.Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried = append(r.tried, a)
}

// arrived notes that a URL of an event was delivered.
func (r *round) arrived(event avail.Events) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reached |= event
}

// counts is what the events that are over count in reports: those that were delivered, or
// served where the player reports.
func (r *round) counts(sent avail.Events) []store.EventAdd {
	var list []store.EventAdd
	for event := range (sent & r.reached).Each() {
		for _, a := range report.Event(r.session, r.ad, event, r.t.opt.Now()) {
			list = append(list, store.EventAdd{Event: event, Add: a})
		}
	}
	return list
}

// leave leaves attempts for another round, at due.
func (r *round) leave(left []call, due time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range left {
		r.unsent |= a.Event
	}
	if d := due.UnixMicro(); r.due == 0 || d < r.due {
		r.due = d
	}
}
