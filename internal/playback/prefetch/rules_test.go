package prefetch

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// at is a time of the day of the tests: "7:45".
func at(t testing.TB, clock string) time.Time {
	t.Helper()
	if clock == "" {
		return time.Time{}
	}
	v, err := time.Parse("2006-01-02 15:04:05.999", "2026-11-23 "+clock)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A schedule made at 7:00; the figures of the first rows are those of the user
// guide's examples (reference §1.5).
func TestRetrievalDue(t *testing.T) {
	shaped := TrafficShaping{Type: retrievalWindow, Window: time.Minute}
	for name, test := range map[string]struct {
		recurring         bool
		start, end, over  string
		delay             time.Duration
		shaping           TrafficShaping
		session, availEnd string
		share             float64
		want              string
	}{
		"the first":                 {start: "07:45:00", end: "08:00:00", over: "08:17:00", shaping: shaped, session: "07:30:00", want: "07:45:00"},
		"the middle":                {start: "07:45:00", end: "08:00:00", over: "08:17:00", shaping: shaped, session: "07:30:00", share: 0.5, want: "07:45:30"},
		"a later session":           {start: "07:45:00", end: "08:00:00", over: "08:17:00", shaping: shaped, session: "07:50:00", share: 0.5, want: "07:50:30"},
		"the spread ends":           {start: "07:45:00", end: "08:00:00", over: "08:17:00", shaping: shaped, session: "07:59:50", share: 0.5, want: "07:59:55"},
		"at the very end":           {start: "07:45:00", end: "08:00:00", over: "08:17:00", shaping: shaped, session: "08:00:00", share: 0.5, want: "08:00:00"},
		"too late":                  {start: "07:45:00", end: "08:00:00", over: "08:17:00", shaping: shaped, session: "08:00:00.001"},
		"consumption is over":       {start: "07:45:00", end: "08:00:00", over: "07:50:00", session: "07:50:00"},
		"no shaping":                {start: "07:45:00", end: "08:00:00", over: "08:17:00", session: "07:30:00", share: 0.9, want: "07:45:00"},
		"no start":                  {end: "08:00:00", over: "08:17:00", shaping: shaped, session: "06:00:00", share: 0.5, want: "07:00:30"},
		"single heeds no avail":     {start: "07:45:00", end: "08:00:00", over: "08:17:00", session: "07:30:00", availEnd: "07:55:00", delay: time.Minute, want: "07:45:00"},
		"tps":                       {start: "07:45:00", end: "08:00:00", over: "08:17:00", session: "07:30:00", share: 0.5, shaping: TrafficShaping{Type: peakTPS, PeakTPS: 500, PeakConcurrentUsers: 100_000}, want: "07:46:40"},
		"tps beyond the end":        {start: "07:45:00", end: "08:00:00", over: "08:17:00", session: "07:30:00", share: 0.5, shaping: TrafficShaping{Type: peakTPS, PeakTPS: 1, PeakConcurrentUsers: math.MaxInt32}, want: "07:52:30"},
		"recurring, the first":      {recurring: true, start: "19:00:00", end: "20:45:00", over: "20:45:00", delay: 10 * time.Minute, shaping: shaped, session: "18:50:00", share: 0.5, want: "19:00:30"},
		"recurring, the next":       {recurring: true, start: "19:00:00", end: "20:45:00", over: "20:45:00", delay: 10 * time.Minute, shaping: shaped, session: "18:50:00", availEnd: "19:17:00", share: 0.5, want: "19:27:30"},
		"recurring, no delay":       {recurring: true, start: "19:00:00", end: "20:45:00", over: "20:45:00", session: "18:50:00", availEnd: "19:17:00", share: 0.5, want: "19:17:00"},
		"recurring, avail before":   {recurring: true, start: "19:00:00", end: "20:45:00", over: "20:45:00", delay: time.Minute, session: "18:50:00", availEnd: "18:55:00", want: "19:00:00"},
		"recurring, the last avail": {recurring: true, start: "19:00:00", end: "20:45:00", over: "20:45:00", delay: 10 * time.Minute, session: "18:50:00", availEnd: "20:36:00"},
		"recurring, window is over": {recurring: true, start: "19:00:00", end: "20:45:00", over: "20:45:00", session: "18:50:00", availEnd: "20:45:00"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Schedule{
				Recurring: test.recurring, Created: at(t, "07:00:00"),
				Retrieval:   Retrieval{Start: at(t, test.start), End: at(t, test.end), Delay: test.delay, Shaping: test.shaping},
				Consumption: Consumption{End: at(t, test.over)},
			}
			due, ok := s.RetrievalDue(at(t, test.session), at(t, test.availEnd), test.share)
			if want := at(t, test.want); !due.Equal(want) || ok != (test.want != "") {
				t.Errorf("due at %s, %t, want %s", due, ok, want)
			}
			if ok && !s.RetrievalOpen(due) {
				t.Errorf("due at %s, when the retrieval is not open", due)
			}
		})
	}
}

func TestWindows(t *testing.T) {
	type row struct {
		clock                  string
		retrieval, consumption bool
	}
	for name, test := range map[string]struct {
		from, to, start, over string
		rows                  []row
	}{
		"apart": {"07:45:00", "08:00:00", "08:15:00", "08:17:00", []row{
			{"07:44:59.999", false, false}, {"07:45:00", true, false}, {"08:00:00", true, false}, {"08:00:00.001", false, false},
			{"08:15:00", false, true}, {"08:16:59.999", false, true}, {"08:17:00", false, false},
		}},
		"overlapping": {"07:45:00", "08:00:00", "07:50:00", "07:55:00", []row{
			{"07:49:00", true, false}, {"07:50:00", true, true}, {"07:55:00", false, false},
		}},
		"consumption without start": {"07:45:00", "08:00:00", "", "08:17:00", []row{
			{"07:44:00", false, false}, {"07:45:00", true, true}, {"08:10:00", false, true},
		}},
		"neither has a start": {"", "08:00:00", "", "08:17:00", []row{{"06:59:59", false, false}, {"07:00:00", true, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Schedule{
				Created: at(t, "07:00:00"), Retrieval: Retrieval{Start: at(t, test.from), End: at(t, test.to)},
				Consumption: Consumption{Start: at(t, test.start), End: at(t, test.over)},
			}
			for _, r := range test.rows {
				if now := at(t, r.clock); s.RetrievalOpen(now) != r.retrieval || s.ConsumptionOpen(now) != r.consumption {
					t.Errorf("at %s: retrieval %t, consumption %t", r.clock, s.RetrievalOpen(now), s.ConsumptionOpen(now))
				}
			}
		})
	}
}

func TestAdsExpire(t *testing.T) {
	for name, test := range map[string]struct {
		expiration      time.Duration
		retrieved, want string
	}{
		"never said":        {0, "19:00:00", "20:45:00"},
		"within the window": {45 * time.Minute, "19:00:00", "19:45:00"},
		"past the window":   {45 * time.Minute, "20:30:00", "20:45:00"},
	} {
		s := &Schedule{Recurring: true, Consumption: Consumption{End: at(t, "20:45:00"), AdExpiration: test.expiration}}
		if got := s.AdsExpire(at(t, test.retrieved)); !got.Equal(at(t, test.want)) {
			t.Errorf("%s: ads expire at %s, want %s", name, got, test.want)
		}
	}
}

func TestMatches(t *testing.T) {
	event, index := MatchingCriterion{"scte.event_id", "EQUALS"}, MatchingCriterion{"avail.index", "EQUALS"}
	avail := func(name string) string {
		return map[string]string{"scte.event_id": "1234", "avail.index": "2"}[name]
	}
	for name, test := range map[string]struct {
		criteria  []MatchingCriterion
		variables map[string]string
		want      bool
	}{
		"no criteria":                   {nil, map[string]string{"scte.event_id": "9"}, true},
		"equal":                         {[]MatchingCriterion{event}, map[string]string{"scte.event_id": "1234"}, true},
		"not equal":                     {[]MatchingCriterion{event}, map[string]string{"scte.event_id": "12345"}, false},
		"both":                          {[]MatchingCriterion{event, index}, map[string]string{"scte.event_id": "1234", "avail.index": "2"}, true},
		"one of two":                    {[]MatchingCriterion{event, index}, map[string]string{"scte.event_id": "1234", "avail.index": "3"}, false},
		"no value in the retrieval":     {[]MatchingCriterion{event}, nil, false},
		"a value that the avail has no": {[]MatchingCriterion{{"scte.upid", "EQUALS"}}, map[string]string{"scte.upid": "x"}, false},
		"neither has a value":           {[]MatchingCriterion{{"scte.upid", "EQUALS"}}, map[string]string{"scte.upid": ""}, false},
	} {
		if got := Matches(test.criteria, test.variables, avail); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

// Shares are in [0,1), the same each time, spread evenly, and drawn anew for
// each avail.
func TestShare(t *testing.T) {
	s := &Schedule{Configuration: "news", Name: "live"}
	const sessions, bins = 20_000, 20
	var count [bins]int
	same := 0
	for i := range sessions {
		session := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		share := s.Share(session, time.Time{})
		if share < 0 || share >= 1 || share != s.Share(session, time.Time{}) {
			t.Fatalf("the share of %s is %g, then %g", session, share, s.Share(session, time.Time{}))
		}
		count[int(share*bins)]++
		if math.Abs(s.Share(session, at(t, "19:00:00"))-share) < 1.0/bins/2 {
			same++
		}
	}
	// Five standard deviations of a binomial distribution.
	for i, n := range count {
		if math.Abs(float64(n)-sessions/bins) > 5*math.Sqrt(sessions/bins) {
			t.Errorf("%d of %d sessions fall into part %d of %d", n, sessions, i, bins)
		}
	}
	if same > sessions/bins*5/4 {
		t.Errorf("%d of %d sessions have the same place after the next avail", same, sessions)
	}
}
