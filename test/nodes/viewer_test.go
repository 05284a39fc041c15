package nodes

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
)

// client follows no redirect: an ad segment's is its answer.
var client = &http.Client{
	Timeout:       10 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// audience is what the viewers have met together.
type audience struct {
	nodes []*node
	mu    sync.Mutex
	// violations are broken rules; refused counts answers other than 200 by status and
	// by whether Redis was away; asked is how many answers there were.
	violations []string
	refused    map[string]int
	asked      int
	// played are the ad segments that were fetched, by session.
	played map[string]int
	// away is whether Redis is away, or was a moment ago.
	away bool
}

func newAudience() *audience { return &audience{refused: map[string]int{}, played: map[string]int{}} }

// play has viewers begin to play the channel, until end is called.
func (a *audience) play(t *testing.T, viewers int) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range viewers {
		v := &viewer{audience: a, name: i}
		if err := v.start(ctx, "live"); err != nil {
			cancel()
			t.Fatal(err)
		}
		all.Go(func() { v.play(ctx) })
	}
	event(t, "the viewers play")
	return func() {
		cancel()
		all.Wait()
	}
}

// refusals is how many answers were other than 200.
func (a *audience) refusals() (sum int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, n := range a.refused {
		sum += n
	}
	return sum
}

// report fails for broken rules, and for answers other than 200 while Redis was there.
func (a *audience) report(t *testing.T) {
	t.Helper()
	for i, x := range a.violations {
		if i < 3 {
			t.Error(x)
		}
	}
	if n := len(a.violations); n > 3 {
		t.Errorf("and %d more", n-3)
	}
	for why, n := range a.refused {
		if strings.HasSuffix(why, "false") {
			t.Errorf("%d of %d answers are %s", n, a.asked, why)
		} else {
			t.Logf("%d of %d answers are %s", n, a.asked, why)
		}
	}
}

func (a *audience) setAway(away bool) { a.mu.Lock(); defer a.mu.Unlock(); a.away = away }

func (a *audience) violated(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.violations = append(a.violations, fmt.Sprintf("%s "+format, append([]any{time.Now().Format("05.000")}, args...)...))
}

// any is a random node that takes requests.
func (a *audience) any() *node {
	for {
		if n := a.nodes[rand.IntN(len(a.nodes))]; n.up.Load() {
			return n
		}
	}
}

// ids are those of sessions.
var ids = regexp.MustCompile(`[0-9a-f-]{36}`)

// get asks random nodes for a path until one answers other than that it is gone. A
// node that is killed during a request has not answered.
func (a *audience) get(ctx context.Context, path string) (status int, header http.Header, body []byte, by int, err error) {
	for ctx.Err() == nil {
		n := a.any()
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.viewer+path, nil); err != nil {
			return 0, nil, nil, 0, err
		}
		var answer *http.Response
		if answer, err = client.Do(r); err != nil {
			if n.up.Load() && ctx.Err() == nil {
				a.violated("node %d does not answer: %v", n.index, err)
			}
			continue
		}
		body, err = io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			continue // killed meanwhile
		}
		a.mu.Lock()
		a.asked++
		if answer.StatusCode >= 400 {
			a.refused[fmt.Sprintf("%d %s, Redis away: %v", answer.StatusCode, ids.ReplaceAllString(strings.TrimSpace(string(body)), "ID"), a.away)]++
		}
		a.mu.Unlock()
		return answer.StatusCode, answer.Header, body, n.index, nil
	}
	return 0, nil, nil, 0, ctx.Err()
}

// viewer plays the channel.
type viewer struct {
	*audience
	name    int
	session string
	paths   [renditions]string
	last    [renditions]*listing.Listing
	by      [renditions]int
	text    [renditions]string
	next    int64 // the ad segment of the first rendition to be fetched next
}

// start begins a session.
func (v *viewer) start(ctx context.Context, asset string) error {
	base := "/v1/master/" + strings.Repeat("0", 40) + "/live/" + asset + "/index.m3u8"
	status, _, body, _, err := v.get(ctx, base)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("multivariant playlist: %d, %w", status, err)
	}
	at, err := url.Parse(base)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(body)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		u, err := at.Parse(line)
		if err != nil || n == renditions {
			return fmt.Errorf("line %q: %w", line, err)
		}
		v.paths[n] = u.RequestURI()
		n++
	}
	if parts := strings.Split(v.paths[0], "/"); len(parts) > 2 {
		v.session = parts[len(parts)-2]
	}
	return nil
}

// play polls every rendition at half the target duration until ctx ends.
func (v *viewer) play(ctx context.Context) {
	var all sync.WaitGroup
	for i := range renditions {
		all.Go(func() {
			tick := time.NewTicker(segment/2 + 10*time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil {
				v.poll(ctx, i)
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
		})
	}
	all.Wait()
}

// poll asks for a playlist and holds it to the rules.
func (v *viewer) poll(ctx context.Context, i int) {
	status, _, body, by, err := v.get(ctx, v.paths[i])
	if err != nil || status != http.StatusOK {
		return
	}
	l, found := listing.Read(body)
	found = append(found, check.Playlist(l)...)
	if v.last[i] != nil {
		found = append(found, check.Update(v.last[i], l)...)
	}
	for _, x := range found {
		v.violated("viewer %d, rendition %d, node %d after node %d: %v\nbefore:\n%s\nnow:\n%s", v.name, i, by, v.by[i], x, v.text[i], body)
		break
	}
	v.last[i], v.by[i], v.text[i] = l, by, string(body)
	if i == 0 {
		v.fetch(ctx, l)
	}
}

// adSegment is in the URIs of ad segments and of no others.
const adSegment = "/segment/"

// fetch gets the ad segments that are new, each until it has its redirect.
func (v *viewer) fetch(ctx context.Context, l *listing.Listing) {
	for _, s := range l.Segments {
		if s.Sequence < v.next || !strings.Contains(s.URI, adSegment) {
			continue
		}
		at, err := url.Parse(v.paths[0])
		var u *url.URL
		if err == nil {
			u, err = at.Parse(s.URI)
		}
		if err != nil {
			v.violated("URI %q: %v", s.URI, err)
			continue
		}
		for tries := 0; ; tries++ {
			status, _, body, by, err := v.get(ctx, u.RequestURI())
			if err != nil {
				return
			}
			if status == http.StatusFound || status == http.StatusTemporaryRedirect || status == http.StatusOK {
				break
			}
			if tries == 20 {
				v.violated("viewer %d: ad segment %d: %d %s of node %d", v.name, s.Sequence, status, body, by)
				break
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
		v.next = s.Sequence + 1
		v.mu.Lock()
		v.played[v.session]++
		v.mu.Unlock()
	}
}
