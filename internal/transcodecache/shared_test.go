package transcodecache

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"stitcher/internal/avail"
	"stitcher/internal/blob"
	"stitcher/internal/store/memory"
	"stitcher/internal/transcodecache/mediatest"
)

// cluster is what several nodes share.
type cluster struct {
	index  *fragile
	leases *memory.Leases
	blobs  blob.Store
	source *files
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	blobs, err := blob.NewFile(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &cluster{newMemory(), memory.NewLeases(time.Now), blobs, &files{}}
}

// node starts a node with a number of workers.
func (c *cluster) node(t *testing.T, workers int, change func(*Options)) *Cache {
	t.Helper()
	return testCache(t, func(o *Options) {
		o.Index, o.Leases, o.Blobs, o.Fetcher, o.Workers = c.index, c.leases, c.blobs, c.source, workers
		if change != nil {
			change(o)
		}
	})
}

// TestNodesShareTheWork: one job for a creative and profile, however many nodes ask; a
// node without workers leaves it to others, and serves the files of what they made.
func TestNodesShareTheWork(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	front, one, two := w.node(t, 0, nil), w.node(t, 1, nil), w.node(t, 1, nil)
	if err := front.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "3", "320x180", "0.5")
	assets := make([]*avail.Asset, 3)
	var all sync.WaitGroup
	for i, node := range []*Cache{front, one, two} {
		all.Go(func() { assets[i], _ = settled(t, node, small().ID(), path) })
	}
	all.Wait()
	for i, a := range assets {
		if a == nil || a.ID != assets[0].ID {
			t.Fatalf("node %d has %+v", i, a)
		}
	}
	if n := w.source.calls.Load(); n != 1 {
		t.Errorf("%d fetches of one creative", n)
	}
	var ready float64
	for _, node := range []*Cache{one, two} {
		ready += testutil.ToFloat64(node.opts.Metrics.finished.WithLabelValues("ready"))
	}
	if ready != 1 {
		t.Errorf("%g jobs for one creative", ready)
	}
	if docs, err := front.jobs.List(t.Context(), "", 10); err != nil || len(docs) != 0 {
		t.Errorf("jobs are left: %d, %v", len(docs), err)
	}
	// The files come from the shared store, once for all viewers.
	name := assets[0].Renditions[0].Segments[1].Name
	for range 5 {
		all.Go(func() {
			f, err := front.Open(t.Context(), assets[0].ID, name)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			if b, err := io.ReadAll(f); err != nil || len(b) == 0 {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		})
	}
	all.Wait()
}

// TestNodesShareFailures: what failed on one node is not tried by another at once.
func TestNodesShareFailures(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	front, worker := w.node(t, 0, nil), w.node(t, 1, nil)
	if err := front.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	for _, node := range []*Cache{front, worker, w.node(t, 1, nil)} {
		if _, reason := settled(t, node, small().ID(), "/absent"); reason != avail.CreativeUnfetchable {
			t.Errorf("the reason is %s", reason)
		}
	}
	if n := w.source.calls.Load(); n != 1 {
		t.Errorf("%d fetches of what is not there", n)
	}
}

// TestAStartingNodeRemovesNothing: a new node with an empty directory deleted the index
// of the others (house review, 2.2).
func TestAStartingNodeRemovesNothing(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	first := w.node(t, 1, nil)
	a := prepared(t, first, small(), mediatest.Creative(t, "1", "320x180", "0.5"))
	second := w.node(t, 0, nil)
	if err := second.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, node := range []*Cache{first, second, w.node(t, 0, nil)} {
		if b, err := node.Asset(t.Context(), a.ID); err != nil || b.ID != a.ID {
			t.Errorf("%+v, %v", b, err)
		}
		f, err := node.Open(t.Context(), a.ID, a.Renditions[0].Segments[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

// TestEvictedIsNotListed: what one node has removed is not listed by another that still
// remembers it; it is prepared again, and listed when it is there.
func TestEvictedIsNotListed(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	var clock atomic.Int64
	change := func(o *Options) {
		o.Keep, o.Revalidate = time.Minute, 24*time.Hour
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	}
	front, worker := w.node(t, 0, change), w.node(t, 1, func(o *Options) { change(o); o.MaxBytes = 1 })
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	a := prepared(t, worker, small(), path)
	if b, reason := settled(t, front, small().ID(), path); b == nil || b.ID != a.ID {
		t.Fatal(reason)
	}
	use, version, err := worker.stock.Use(t.Context(), a.ID)
	if err != nil || version == 0 || use.Bytes == 0 {
		t.Fatalf("%+v, %v", use, err)
	}
	clock.Add(59)
	if err := worker.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.blobs.Stat(t.Context(), a.ID); err != nil {
		t.Fatalf("an asset in use was removed: %v", err)
	}
	// A node that lists it in a decision keeps it from all others.
	if b, reason := front.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path}); b == nil {
		t.Fatal(reason)
	}
	clock.Add(59)
	if err := worker.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.blobs.Stat(t.Context(), a.ID); err != nil {
		t.Fatalf("an asset that another node lists was removed: %v", err)
	}
	clock.Add(10)
	if err := worker.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.blobs.Stat(t.Context(), a.ID); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("an unused asset stays: %v", err)
	}
	if b, reason := front.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path}); b != nil {
		t.Errorf("a removed asset is listed (%s)", reason)
	}
	again, reason := settled(t, front, small().ID(), path)
	if again == nil || again.ID != a.ID {
		t.Fatalf("%+v, %s", again, reason)
	}
	if f, err := front.Open(t.Context(), again.ID, again.Renditions[0].Segments[0].Name); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
}

// TestAWorkerNoticesWhatIsGone: a worker that had an asset in memory took a job for it as
// done, though another node had removed the asset or its files were lost. The job was asked
// for again and again.
func TestAWorkerNoticesWhatIsGone(t *testing.T) {
	t.Parallel()
	for what, remove := range map[string]func(w *cluster, from *Cache, id string) error{
		"evicted": func(_ *cluster, from *Cache, id string) error { return from.Purge(t.Context(), id, true) },
		"lost":    func(w *cluster, _ *Cache, id string) error { return w.blobs.Delete(t.Context(), id) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newCluster(t)
			front, worker := w.node(t, 0, nil), w.node(t, 1, nil)
			path := mediatest.Creative(t, "1", "320x180", "0.5")
			a := prepared(t, worker, small(), path)
			ended(worker) // it has the lease of the asset until then
			if err := remove(w, front, a.ID); err != nil {
				t.Fatal(err)
			}
			var again *avail.Asset
			var reason avail.Reason
			for deadline := time.Now().Add(30 * time.Second); again == nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
				again, reason = front.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path})
			}
			if again == nil || again.ID != a.ID {
				t.Fatalf("it is not prepared again: %+v, %s", again, reason)
			}
			f, err := front.Open(t.Context(), again.ID, again.Renditions[0].Segments[0].Name)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
		})
	}
}

// TestDeadWorker: the job of a node that died is taken over when its lease ends, and one
// that workers die of is given up.
func TestDeadWorker(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		starts int
		want   avail.Reason
	}{{1, ""}, {3, avail.TranscodeFailed}} {
		w := newCluster(t)
		front := w.node(t, 0, nil)
		if err := front.AddProfile(t.Context(), small()); err != nil {
			t.Fatal(err)
		}
		path := mediatest.Creative(t, "1", "320x180", "0.5")
		front.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path})
		entry := onlyJob(t, front)
		r, version, err := front.jobs.Read(t.Context(), entry)
		if err != nil {
			t.Fatal(err)
		}
		r.Starts = tc.starts
		doc, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.index.PutDocument(t.Context(), "creative-job", entry, version, doc); err != nil {
			t.Fatal(err)
		}
		// The dead node has the lease for a little while yet.
		if held, _, err := w.leases.Lease(t.Context(), "job/"+entry, "dead", 1500*time.Millisecond); err != nil || !held {
			t.Fatalf("%t, %v", held, err)
		}
		worker := w.node(t, 1, nil)
		if _, reason := settled(t, worker, small().ID(), path); reason != tc.want {
			t.Errorf("after %d starts: %q", tc.starts, reason)
		}
		if tc.want != "" && !strings.Contains(lastError(worker)[path], "never ended") {
			t.Errorf("it says %q", lastError(worker)[path])
		}
	}
}

// TestQueueAge: the depth and the age of the queue are measured on a node without workers.
func TestQueueAge(t *testing.T) {
	var clock atomic.Int64
	c := testCache(t, func(o *Options) {
		o.Workers, o.Metrics = 0, NewMetrics(prometheus.NewRegistry())
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	})
	if err := c.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	for i, url := range []string{"u", "v"} {
		clock.Store(int64(i) * 10)
		c.Lookup(t.Context(), small().ID(), avail.Creative{URL: url})
	}
	clock.Store(30)
	var depth, age float64
	for deadline := time.Now().Add(10 * time.Second); (depth != 2 || age != 30) && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		depth, age = testutil.ToFloat64(c.opts.Metrics.jobs.WithLabelValues("queued")), testutil.ToFloat64(c.opts.Metrics.oldest)
	}
	if depth != 2 || age != 30 {
		t.Errorf("%g jobs wait for %g s", depth, age)
	}
}
