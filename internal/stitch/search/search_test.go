package search

import (
	"fmt"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/store/memory"
)

// TestSearchSessions: a session is found by what it was from its start on, and by what
// became of its avails, live and past.
func TestSearchSessions(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	facts := memory.NewFacts(func() time.Time { return now })
	begin := func(id, configuration, asset string, ago time.Duration, device playback.DeviceClass) *playback.Session {
		t.Helper()
		x := &playback.Session{ID: id, Configuration: configuration, Asset: asset, Created: now.Add(-ago), Class: device, Protocol: playback.HLS, Reporting: "server", StreamID: "Stream-" + id}
		found, err := AtStart(x)
		if err == nil {
			_, err = facts.Create(t.Context(), "session/"+id, 3*time.Hour-2*ago, avail.Fact{Key: "session", Found: found})
		}
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	became := func(x *playback.Session, key string, record any) {
		t.Helper()
		if _, err := facts.Create(t.Context(), "session/"+x.ID, time.Minute, avail.Fact{Key: key, Found: In(x, record)}); err != nil {
			t.Fatal(err)
		}
	}
	a := begin("a", "news", "channel/One/master.m3u8", time.Hour, playback.Television)
	b := begin("b", "news", "channel/two/master.m3u8", 0, playback.Phone)
	begin("c", "sports", "channel/one/master.m3u8", 30*time.Minute, playback.Phone)
	became(a, "decision/1", avail.Decision{Items: []avail.Item{{Ad: &avail.Ad{ID: "Ad-1", CreativeID: "film"}}}, Skips: []avail.Skip{{AdID: "ad-2", CreativeID: "other", Reason: avail.AdTooLong}}})
	became(a, "account/1", avail.Account{Unfilled: []avail.Share{{Reason: avail.PodShort}}})
	became(b, "decision/1", avail.Decision{Reason: avail.AdsEmpty})
	now = now.Add(90 * time.Minute)
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "[b live c live a ended]"},
		{Query{State: StateLive}, "[b live c live]"},
		{Query{State: StateEnded}, "[a ended]"},
		{Query{Configuration: "news"}, "[b live a ended]"},
		{Query{Configuration: "new"}, "[]"},
		{Query{Device: "phone", Configuration: "sports"}, "[c live]"},
		{Query{Reason: "pod_short"}, "[a ended]"},
		{Query{Reason: "ad_too_long", Creative: "film"}, "[a ended]"},
		{Query{Reason: "ads_empty"}, "[b live]"},
		{Query{Creative: "other"}, "[a ended]"},
		{Query{Words: []string{"one"}}, "[c live a ended]"},
		{Query{Words: []string{"ONE", "ad-1"}}, "[a ended]"},
		{Query{Words: []string{"channel/two/master.m3u8"}}, "[b live]"},
		{Query{Words: []string{"stream-c"}}, "[c live]"},
		{Query{Words: []string{"b"}}, "[b live]"},
		{Query{Words: []string{"' OR 1=1 --"}}, "[]"},
		{Query{Since: a.Created.Add(time.Second), Until: b.Created}, "[c live]"},
	} {
		for limit := 1; limit <= 3; limit++ {
			q, got := c.q, []string{}
			for q.Limit = limit; ; {
				list, err := Sessions(t.Context(), facts, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range list.Sessions {
					got = append(got, x.ID, x.State)
				}
				if q.Before = list.Next; q.Before == nil {
					break
				}
			}
			if text := fmt.Sprint(got); text != c.want {
				t.Errorf("%+v in pages of %d finds %s, want %s", c.q, limit, text, c.want)
			}
		}
	}
}
