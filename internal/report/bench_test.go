package report_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/report"
	"stitcher/internal/store"
	"stitcher/internal/store/redis"
	"stitcher/internal/store/redis/redistest"
	"stitcher/internal/store/rollup"
	"stitcher/internal/store/sqlite"
)

const (
	benchDays           = 30
	benchConfigurations = 50
	benchCreatives      = 1000
)

// BenchmarkReport is reports over 30 days in which each of 50 configurations has shown
// each of 1,000 creatives each day, in two hours of it: 1.5 million groups of ads, as many
// of beacons, and increments that are not folded yet.
func BenchmarkReport(b *testing.B) {
	first := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	blocks := dayOfBlocks(b, first)
	dir := b.TempDir()
	embedded, err := sqlite.Open(dir, sqlite.Options{Retention: 365 * 24 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer embedded.Close()
	shared, err := redis.Open(redistest.Start(b).URL()+"?timeout=60s", redis.Options{Retention: 365 * 24 * time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	defer shared.Close()
	for _, to := range []struct {
		name  string
		store benchStore
	}{{"sqlite", embedded}, {"redis", shared}} {
		name, s := to.name, to.store
		for day := range benchDays {
			for _, x := range blocks {
				x.At += int64(day) * int64(rollup.Day)
				if err := s.PutBlock(b.Context(), x); err != nil {
					b.Fatal(err)
				}
			}
		}
		x := &playback.Session{Configuration: "configuration-7", Protocol: playback.HLS, Class: playback.Television, Reporting: "server"}
		var adds []avail.Add
		for i := range 1000 {
			adds = append(adds, report.Event(x, benchAd(i), avail.Impression, first.Add(time.Duration(i)*time.Second))...)
		}
		if _, err := s.Create(b.Context(), "session", time.Hour, avail.Fact{Key: "x", Adds: adds}); err != nil {
			b.Fatal(err)
		}
		for _, q := range []struct{ name, query string }{
			{"total", ""},
			{"day,configuration", "granularity=day&groupBy=configuration"},
			{"creative", "groupBy=creative"},
			{"configuration,creative", "groupBy=configuration,creative"},
			{"one configuration by creative", "groupBy=creative&filter.configuration=configuration-7"},
			{"day in Berlin,configuration", "timeZone=Europe/Berlin&granularity=day&groupBy=configuration"},
			{"day,creative", "granularity=day&groupBy=creative"},
			{"hour,configuration", "granularity=hour&groupBy=configuration"},
			{"hour,one configuration by creative", "granularity=hour&groupBy=creative&filter.configuration=configuration-7"},
			{"all dimensions of beacons", "groupBy=configuration,protocol,device,reporting,adSystem,advertiser,campaign,ad,creative,host"},
		} {
			b.Run(name+"/"+q.name, func(b *testing.B) {
				values, err := url.ParseQuery("from=2026-10-01T00:00:00Z&to=2026-10-31T00:00:00Z&" + q.query)
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					query, err := report.Parse(values, first.Add(31*24*time.Hour))
					if err != nil {
						b.Fatal(err)
					}
					a, err := query.Answer(b.Context(), s)
					if err != nil || len(a.Rows) == 0 {
						b.Fatal(err)
					}
					if n := a.Totals["impression"] + a.Totals["beaconsFired"]; n < 2*benchDays*benchCreatives {
						b.Fatalf("the totals are %v", a.Totals)
					}
				}
			})
		}
	}
}

type benchStore interface {
	store.Rollups
	Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error)
	PutBlock(context.Context, store.Block) error
}

func benchAd(i int) *avail.Ad {
	return &avail.Ad{
		System: "adserver", Advertiser: fmt.Sprint("advertiser-", i%100), Campaign: fmt.Sprint("campaign-", i%300),
		ID: fmt.Sprint("ad-", i), CreativeID: fmt.Sprint("creative-", i), Duration: 15_000_000,
	}
}

// dayOfBlocks are the blocks of a day, but its minutes.
func dayOfBlocks(b *testing.B, day time.Time) (list []store.Block) {
	b.Helper()
	at := func(hour int) time.Time { return day.Add(time.Duration(hour) * time.Hour) }
	deltas := rollup.Deltas{}
	for c := range benchConfigurations {
		x := &playback.Session{Configuration: fmt.Sprint("configuration-", c), Protocol: playback.HLS, Class: playback.Television, Reporting: "server"}
		for i := range benchCreatives {
			ad := benchAd(i)
			for k := range 2 {
				now := at((c + i + 12*k) % 24)
				deltas.Add(report.Session(&playback.Session{Configuration: x.Configuration, Created: now})...)
				deltas.Add(report.Decision(x, &avail.Decision{Decided: now.UnixMicro(), Items: []avail.Item{{Duration: 15_000_000, Ad: ad}}})...)
				deltas.Add(report.Account(x, &avail.Account{Duration: 30_000_000, Filled: 15_000_000, Unfilled: []avail.Share{{Reason: avail.PodShort, Duration: 15_000_000}}}, now)...)
				for _, e := range []avail.Events{avail.Impression, avail.Start, avail.FirstQuartile, avail.Midpoint, avail.ThirdQuartile, avail.Complete} {
					deltas.Add(report.Event(x, ad, e, now)...)
					deltas.Add(report.Beacon{Host: "tracking.example", Fired: true, Delivered: true}.Adds(x, ad, now)...)
				}
			}
		}
	}
	f := rollup.Folding{Day: day.Unix(), Load: func(rollup.Piece) (rollup.Columns, error) { return nil, nil }}
	if _, err := f.Fold(deltas, at(48*24)); err != nil {
		b.Fatal(err)
	}
	for p, columns := range f.Changed {
		list = append(list, store.Block{Piece: p, Columns: columns, Whole: f.Whole})
	}
	return list
}
