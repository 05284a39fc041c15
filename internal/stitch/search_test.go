package stitch

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
		found, err := foundAtStart(x)
		if err == nil {
			_, err = facts.Create(t.Context(), sessionOwner(id), 3*time.Hour-2*ago, avail.Fact{Key: sessionKey, Found: found})
		}
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	became := func(x *playback.Session, key string, record any) {
		t.Helper()
		if _, err := facts.Create(t.Context(), sessionOwner(x.ID), time.Minute, avail.Fact{Key: key, Found: foundIn(x, record)}); err != nil {
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
		q    SessionSearch
		want string
	}{
		{SessionSearch{}, "[b live c live a ended]"},
		{SessionSearch{State: StateLive}, "[b live c live]"},
		{SessionSearch{State: StateEnded}, "[a ended]"},
		{SessionSearch{Configuration: "news"}, "[b live a ended]"},
		{SessionSearch{Configuration: "new"}, "[]"},
		{SessionSearch{Device: "phone", Configuration: "sports"}, "[c live]"},
		{SessionSearch{Reason: "pod_short"}, "[a ended]"},
		{SessionSearch{Reason: "ad_too_long", Creative: "film"}, "[a ended]"},
		{SessionSearch{Reason: "ads_empty"}, "[b live]"},
		{SessionSearch{Creative: "other"}, "[a ended]"},
		{SessionSearch{Words: []string{"one"}}, "[c live a ended]"},
		{SessionSearch{Words: []string{"ONE", "ad-1"}}, "[a ended]"},
		{SessionSearch{Words: []string{"channel/two/master.m3u8"}}, "[b live]"},
		{SessionSearch{Words: []string{"stream-c"}}, "[c live]"},
		{SessionSearch{Words: []string{"b"}}, "[b live]"},
		{SessionSearch{Words: []string{"' OR 1=1 --"}}, "[]"},
		{SessionSearch{Since: a.Created.Add(time.Second), Until: b.Created}, "[c live]"},
	} {
		for limit := 1; limit <= 3; limit++ {
			q, got := c.q, []string{}
			for q.Limit = limit; ; {
				list, err := SearchSessions(t.Context(), facts, q)
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
