package nodes

import (
	"bufio"
	"context"
	"flag"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/store/redis/redistest"
)

var soak = flag.Duration("nodes.soak", 30*time.Second, "how long TestSoak lasts")

// stay is how long a viewer of TestSoak stays before another one comes.
const stay = 20 * time.Second

// sample is what a node uses at a time.
type sample struct{ heap, goroutines, descriptors float64 }

// measure is what a node uses, after a garbage collection.
func (n *node) measure(t *testing.T) sample {
	t.Helper()
	get := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.admin+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	get("/debug/pprof/heap?gc=1").Body.Close()
	a := get("/metrics")
	defer a.Body.Close()
	values := map[string]float64{}
	for lines := bufio.NewScanner(a.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if x, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = x
		}
	}
	return sample{values["go_memstats_heap_alloc_bytes"], values["go_goroutines"], values["process_open_fds"]}
}

// TestSoak: viewers come and go, on a node over Redis, for as long as -nodes.soak says (make
// soak: ten minutes). In the last third of the time the node uses no more memory, goroutines
// and file descriptors than in the second; no rule is broken, every answer is 200, and each
// beacon comes once.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	server := redistest.Start(t)
	w := newWorld(t)
	a := newAudience()
	a.nodes = append(a.nodes, newNode(t, 0, server.URL()))
	a.nodes[0].configure(t, w)
	warm(t, a)
	ctx, cancel := context.WithTimeout(t.Context(), *soak)
	defer cancel()
	var all sync.WaitGroup
	sessions := a.churn(ctx, &all, *viewers)
	var samples []sample
	const count = 30
	tick := time.NewTicker(*soak / count)
	defer tick.Stop()
	for range count - 1 {
		<-tick.C
		samples = append(samples, a.nodes[0].measure(t))
	}
	all.Wait()
	a.report(t)
	settle(t, server)
	w.once(t)
	middle, last := typical(samples[count/3:2*count/3]), typical(samples[2*count/3:])
	t.Logf("%v, %d sessions, %d answers: heap %.1f and %.1f MB, goroutines %.0f and %.0f, descriptors %.0f and %.0f",
		*soak, sessions(), a.asked, middle.heap/1e6, last.heap/1e6, middle.goroutines, last.goroutines, middle.descriptors, last.descriptors)
	for _, x := range []struct {
		what                string
		middle, last, slack float64
	}{
		{"bytes of heap", middle.heap, last.heap, 4e6},
		{"goroutines", middle.goroutines, last.goroutines, 40},
		{"descriptors", middle.descriptors, last.descriptors, 20},
	} {
		if x.last > x.middle*1.1+x.slack {
			t.Errorf("%.0f %s in the last third of the time, %.0f in the second", x.last, x.what, x.middle)
		}
	}
}

// typical is the median of each.
func typical(list []sample) sample {
	median := func(of func(sample) float64) float64 {
		var values []float64
		for _, x := range list {
			values = append(values, of(x))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return sample{
		median(func(s sample) float64 { return s.heap }), median(func(s sample) float64 { return s.goroutines }),
		median(func(s sample) float64 { return s.descriptors }),
	}
}

// churn has as many viewers play at a time until ctx ends, each for a while, and gives how
// many there were.
func (a *audience) churn(ctx context.Context, all *sync.WaitGroup, viewers int) (sessions func() int) {
	var mu sync.Mutex
	n := 0
	for i := range viewers {
		all.Go(func() {
			// The first leave one after the other.
			left := stay * time.Duration(i+1) / time.Duration(viewers)
			for ctx.Err() == nil {
				v := &viewer{audience: a, name: i}
				if err := v.start(ctx, "live"); err != nil {
					if ctx.Err() == nil {
						a.violated("viewer %d: %v", i, err)
					}
					return
				}
				mu.Lock()
				n++
				mu.Unlock()
				staying, cancel := context.WithTimeout(ctx, left)
				v.play(staying)
				cancel()
				left = stay
			}
		})
	}
	return func() int { mu.Lock(); defer mu.Unlock(); return n }
}
