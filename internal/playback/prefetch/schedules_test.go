package prefetch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/playbacktest"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// shelves is documents in memory, fragile ones for each kind.
type shelves map[string]*playbacktest.Fragile

// configurationKind is the kind of the documents of playback configurations.
const configurationKind = "playbackConfiguration"

func newShelves() shelves {
	fragile := func() *playbacktest.Fragile { return &playbacktest.Fragile{Documents: new(memory.Documents)} }
	return shelves{configurationKind: fragile(), kind: fragile()}
}

func (s shelves) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	return s[kind].PutDocument(ctx, kind, id, version, body)
}

func (s shelves) DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error) {
	return s[kind].DeleteDocument(ctx, kind, id, version)
}

func (s shelves) Document(ctx context.Context, kind, id string) (store.Document, error) {
	return s[kind].Document(ctx, kind, id)
}

func (s shelves) ListDocuments(ctx context.Context, kind, after string, limit int) ([]store.Document, error) {
	return s[kind].ListDocuments(ctx, kind, after, limit)
}

func (s shelves) KindVersion(ctx context.Context, kind string) (int64, error) {
	return s[kind].KindVersion(ctx, kind)
}

// scheduled are schedules over docs, with a clock that the test turns.
func scheduled(t testing.TB, docs store.Documents, now *time.Time) *Schedules {
	t.Helper()
	naming := awsapi.Naming{Account: "123456789012", Region: "us-east-1"}
	configurations, err := config.New(t.Context(), docs, naming)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), docs, naming, configurations, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// configure puts a configuration.
func configure(t testing.TB, s *Schedules, name string) {
	t.Helper()
	c, err := config.Parse([]byte(`{"Name":"` + name + `"}`))
	if err == nil {
		_, err = s.configurations.(*config.Configurations).Put(t.Context(), c)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// schedule is a schedule that retrieves from minute from on, may be used from
// minute use on and is over at minute end, counted from prefetchNow.
func schedule(t testing.TB, configuration, name, stream string, from, use, end int, now time.Time) *Schedule {
	t.Helper()
	body := fmt.Sprintf(`{"StreamId":%q,"Retrieval":{"StartTime":%d,"EndTime":%d},"Consumption":{"StartTime":%d,"EndTime":%d}}`, stream,
		minute(from), minute(use), minute(use), minute(end))
	s, err := Parse(configuration, name, []byte(body), now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func minute(n int) int64 { return prefetchNow.Unix() + int64(n)*60 }

func create(t testing.TB, s *Schedules, p *Schedule) {
	t.Helper()
	if err := s.Create(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

func TestActive(t *testing.T) {
	now := prefetchNow
	s := scheduled(t, newShelves(), &now)
	configure(t, s, "news")
	configure(t, s, "sport")
	for _, p := range []*Schedule{
		schedule(t, "news", "late", "", 10, 20, 40, now), schedule(t, "news", "b", "", 0, 5, 30, now), schedule(t, "news", "a", "", 0, 5, 30, now),
		schedule(t, "news", "one", "one", 0, 5, 20, now), schedule(t, "sport", "other", "", 0, 5, 60, now),
	} {
		create(t, s, p)
	}
	for _, test := range []struct {
		configuration, stream string
		at                    int
		want                  string
	}{
		{"news", "", -1, ""}, {"news", "", 0, "a b"}, {"news", "two", 5, "a b"}, {"news", "one", 5, "one a b"}, {"news", "one", 10, "one a b late"},
		{"news", "one", 20, "a b late"}, {"news", "one", 29, "a b late"}, {"news", "one", 30, "late"}, {"news", "one", 40, ""},
		{"sport", "one", 1, "other"}, {"nope", "", 1, ""},
	} {
		var names []string
		for _, p := range s.Active(test.configuration, test.stream, time.Unix(minute(test.at), 0)) {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s, stream %q, minute %d: %q, want %q", test.configuration, test.stream, test.at, got, test.want)
		}
	}
}

// What was created is there after a restart and on another node, and a store that
// fails takes nothing away.
func TestSchedulesRefresh(t *testing.T) {
	now, docs := prefetchNow, newShelves()
	one := scheduled(t, docs, &now)
	for i := range 3 {
		configure(t, one, fmt.Sprintf("news/%d", i))
	}
	other := scheduled(t, docs, &now)
	want := map[string]string{}
	for i := range 3 * maxActiveSchedules { // more than a page of the store
		p := schedule(t, fmt.Sprintf("news/%d", i%3), fmt.Sprintf("s %d", i), "x", 0, 5, 30, now)
		p.Tags = map[string]string{"n": fmt.Sprint(i)}
		create(t, one, p)
		shown, err := p.Render(awsapi.Naming{})
		if err != nil {
			t.Fatal(err)
		}
		want[awsapi.PrefetchID(p.Configuration, p.Name)] = string(shown)
	}
	// Those that are over fill the second page.
	now = time.Unix(minute(30), 0)
	for i := range maxActiveSchedules + 1 {
		p := schedule(t, "news/0", fmt.Sprintf("t %d", i), "", 31, 32, 33, now)
		if i == maxActiveSchedules {
			if limit, ok := errors.AsType[*LimitError](one.Create(t.Context(), p)); !ok || !limit.Active {
				t.Fatalf("a schedule too many: %v", limit)
			}
			break
		}
		create(t, one, p)
		shown, _ := p.Render(awsapi.Naming{})
		want[awsapi.PrefetchID(p.Configuration, p.Name)] = string(shown)
	}
	configure(t, one, "last")
	create(t, one, schedule(t, "last", "z", "", 31, 32, 33, now))
	if err := other.configurations.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Schedule("news/0", "s 0"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("err = %v before the refresh", err)
	}
	if err := other.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Schedules{other, scheduled(t, docs, &now)} {
		got := map[string]string{}
		for i := range 3 {
			page, err := s.List(fmt.Sprintf("news/%d", i), Query{Limit: maxPage, Type: typeAll})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range page.Items {
				shown, err := p.Render(awsapi.Naming{})
				if err != nil {
					t.Fatal(err)
				}
				got[awsapi.PrefetchID(p.Configuration, p.Name)] = string(shown)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%d schedules after the refresh, want %d: %v", len(got), len(want), got)
		}
		if _, err := s.Schedule("last", "z"); err != nil {
			t.Error(err)
		}
	}
	docs[kind].Broken.Store(true)
	if err := other.Refresh(t.Context()); !errors.Is(err, playbacktest.ErrBroken) {
		t.Errorf("err = %v", err)
	}
	if len(other.Active("news/0", "", time.Unix(minute(32), 0))) != maxActiveSchedules {
		t.Error("a failed refresh takes away")
	}
}

// A store that fails changes nothing that is seen, and a configuration whose
// schedules can't be removed stays.
func TestSchedulesBrokenStore(t *testing.T) {
	now, docs := prefetchNow, newShelves()
	s := scheduled(t, docs, &now)
	configure(t, s, "news")
	create(t, s, schedule(t, "news", "a", "", 0, 5, 30, now))
	arn := s.naming.PrefetchARN("news", "a")
	docs[kind].Broken.Store(true)
	for name, err := range map[string]error{
		"create":        s.Create(t.Context(), schedule(t, "news", "b", "", 0, 5, 30, now)),
		"delete":        s.Delete(t.Context(), "news", "a"),
		"configuration": s.DeleteConfiguration(t.Context(), "news"),
		"tag":           s.Tag(t.Context(), arn, map[string]string{"k": "v"}),
	} {
		if !errors.Is(err, playbacktest.ErrBroken) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
	if tags, err := s.Tags(arn); err != nil || len(tags) != 0 {
		t.Errorf("tags %v, %v", tags, err)
	}
	if got := s.Active("news", "", now); len(got) != 1 || got[0].Name != "a" {
		t.Errorf("active are %v", got)
	}
	docs[kind].Broken.Store(false)
	if err := s.DeleteConfiguration(t.Context(), "news"); err != nil {
		t.Fatal(err)
	}
	if docs[kind].Count(kind)+docs[configurationKind].Count(configurationKind) != 0 || s.Active("news", "", now) != nil {
		t.Errorf("%d schedules are left", docs[kind].Count(kind))
	}
	if err := s.DeleteConfiguration(t.Context(), "news"); !errors.Is(err, config.ErrNotFound) {
		t.Errorf("err = %v", err)
	}
}

// Schedules are kept for seven days; then the next one that is created sweeps
// them out of the store.
func TestSchedulesAreSwept(t *testing.T) {
	now, docs := prefetchNow, newShelves()
	s := scheduled(t, docs, &now)
	configure(t, s, "news")
	for i := range 3 {
		create(t, s, schedule(t, "news", fmt.Sprint(i), "", 0, 5, 30+i, now))
	}
	now = time.Unix(minute(31), 0).Add(kept)
	next, err := Parse("news", "0", fmt.Appendf(nil, `{"Retrieval":{"EndTime":%[1]d},"Consumption":{"EndTime":%[1]d}}`, now.Unix()+60), now)
	if err != nil {
		t.Fatal(err)
	}
	create(t, s, next)
	if err := s.Create(t.Context(), next); err == nil || !strings.Contains(err.Error(), `"0"`) {
		t.Errorf("a name that is taken: %v", err)
	}
	for name, want := range map[string]bool{"0": true, "1": false, "2": true} {
		doc, _ := docs.Document(t.Context(), kind, awsapi.PrefetchID("news", name))
		if _, err := s.Schedule("news", name); (err == nil) != want || (doc.Version != 0) != want {
			t.Errorf("%s is there: %v, stored: %t, want %t", name, err, doc.Version != 0, want)
		}
	}
}

// A week of schedules is bounded too.
func TestSchedulesAreBounded(t *testing.T) {
	now := prefetchNow
	s := scheduled(t, newShelves(), &now)
	configure(t, s, "news")
	byName := map[string]*Schedule{}
	for i := range maxSchedules {
		p := schedule(t, "news", fmt.Sprint(i), "", 0, 1, 2, now)
		byName[p.Name] = p
	}
	s.show("news", byName)
	now = time.Unix(minute(2), 0)
	err := s.Create(t.Context(), schedule(t, "news", "more", "", 3, 4, 5, now))
	if limit, ok := errors.AsType[*LimitError](err); !ok || limit.Active || limit.Limit != maxSchedules {
		t.Errorf("err = %v", err)
	}
}

// The path of a viewer's refresh: nothing is allocated where no schedule is
// active, and one slice where some are.
func TestActiveAllocates(t *testing.T) {
	now := prefetchNow
	s := scheduled(t, newShelves(), &now)
	configure(t, s, "news")
	for i := range maxActiveSchedules {
		create(t, s, schedule(t, "news", fmt.Sprint(i), "one", 0, 5, 30, now))
	}
	for _, test := range []struct {
		configuration, stream string
		want                  float64
	}{{"none", "", 0}, {"news", "two", 0}, {"news", "one", 1}} {
		if got := testing.AllocsPerRun(100, func() { s.Active(test.configuration, test.stream, now) }); got != test.want {
			t.Errorf("%s, stream %q: %g allocations, want %g", test.configuration, test.stream, got, test.want)
		}
	}
}

func BenchmarkActive(b *testing.B) {
	now := prefetchNow
	s := scheduled(b, newShelves(), &now)
	configure(b, s, "news")
	for i := range maxActiveSchedules {
		create(b, s, schedule(b, "news", fmt.Sprint(i), "", 0, 5, 30, now))
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Active("news", "", now)) != maxActiveSchedules {
			b.Fatal("not all are active")
		}
	}
}

// However many clients create schedules at once, the limit holds and readers see
// whole snapshots.
func TestSchedulesConcurrently(t *testing.T) {
	now, docs := prefetchNow, newShelves()
	s := scheduled(t, docs, &now)
	configure(t, s, "news")
	var work sync.WaitGroup
	var made atomic.Int64
	for i := range 2 * maxActiveSchedules {
		p := schedule(t, "news", fmt.Sprint(i), "", 0, 5, 30, now)
		work.Go(func() {
			err := s.Create(t.Context(), p)
			if _, full := errors.AsType[*LimitError](err); err == nil {
				made.Add(1)
			} else if !full {
				t.Error(err)
			}
		})
		work.Go(func() {
			if n := len(s.Active("news", "", now)); n > maxActiveSchedules {
				t.Errorf("%d schedules are active", n)
			}
			if _, err := s.List("news", Query{Limit: 1, Type: typeAll}); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if made.Load() != maxActiveSchedules || docs[kind].Count(kind) != maxActiveSchedules {
		t.Errorf("%d schedules were made, %d are stored", made.Load(), docs[kind].Count(kind))
	}
}
