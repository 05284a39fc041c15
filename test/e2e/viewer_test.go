//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

var (
	sessionID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	mediaURI  = regexp.MustCompile(`(?m)^#EXT-X-MEDIA:.*URI="([^"]+)"`)
)

// isAd is whether a listed segment is one of ours.
func (r *rendition) isAd(s *listing.Segment) bool {
	u, err := r.url.Parse(s.URI)
	return err == nil && (strings.HasPrefix(u.Path, "/v1/segment/") || strings.HasPrefix(u.Path, "/tm/"))
}

// viewer is a strict client: it polls every rendition of a stream, holds what
// it gets to the rules, and fetches what a player would.
type viewer struct {
	session    string
	renditions []*rendition
	seen       map[string]bool
	// broken are the rules that were, each but once.
	broken []string
	// control, where there is one, is the same client on the origin's own stream,
	// which it polls in the same turns. A rule that the origin breaks, or the
	// machine makes it break, is not held against the session.
	control *viewer
}

// rendition is a media playlist of the stream.
type rendition struct {
	url  *url.URL
	last *listing.Listing
	// changed is when the newest segment of last was there at the latest.
	changed time.Time
	// played says that the segments are fetched: of the first video rendition,
	// and of audio.
	played bool
}

// watch opens a multivariant playlist.
func watch(t *testing.T, address string) *viewer {
	t.Helper()
	base, body, err := open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return newViewer(t, base, body)
}

// newViewer is the viewer of what a multivariant playlist lists.
func newViewer(t *testing.T, base *url.URL, body []byte) *viewer {
	t.Helper()
	v := &viewer{seen: make(map[string]bool)}
	add := func(uri string, played bool) {
		u, err := base.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		v.renditions = append(v.renditions, &rendition{url: u, played: played})
		v.session = sessionID.FindString(u.String())
	}
	for line := range strings.Lines(string(body)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			add(line, len(v.renditions) == 0)
		}
	}
	for _, m := range mediaURI.FindAllStringSubmatch(string(body), -1) {
		add(m[1], true)
	}
	if len(v.renditions) == 0 {
		t.Fatalf("%s lists nothing:\n%s", base, body)
	}
	return v
}

// beside has the client poll the origin's own stream too.
func (v *viewer) beside(t *testing.T, address string) *viewer {
	t.Helper()
	v.control = watch(t, address)
	return v
}

// visits counts the visits. Each has a parameter of its own, because equal requests for an
// MPD on one connection get one session.
var visits atomic.Int64

// visit opens a stream as a new player would, no farther than to its MPD or its first media
// playlist, and returns the session.
func visit(t *testing.T, address string) string {
	t.Helper()
	u, body, err := open(t.Context(), withQuery(address, fmt.Sprintf("ads.visit=%d", visits.Add(1))))
	if err != nil {
		t.Fatal(err)
	}
	if session := u.Query().Get("aws.sessionId"); session != "" {
		return session
	}
	v := newViewer(t, u, body)
	if _, err := fetch(t.Context(), v.renditions[0].url.String()); err != nil {
		t.Fatal(err)
	}
	return v.session
}

// poll fetches every playlist once, and the segments that have come. Its error
// is of the transport; broken rules are in broken.
func (v *viewer) poll(ctx context.Context) error {
	var all []*listing.Listing
	for i, r := range v.renditions {
		// An answer is as old as its request at the most, and as young as its last
		// byte at the least: how slow this client is must not look like a playlist
		// that comes late.
		asked := time.Now()
		_, body, err := open(ctx, r.url.String())
		if err != nil {
			return err
		}
		next, found := listing.Read(body)
		found = append(found, check.Playlist(next)...)
		if r.last != nil {
			found = append(found, check.Update(r.last, next)...)
		}
		if r.last == nil || next.End() != r.last.End() {
			r.changed = time.Now()
		}
		found = append(found, check.Gap(r.changed.UnixMicro(), asked.UnixMicro(), next)...)
		v.note(fmt.Sprintf("rendition %d", i), found)
		r.last = next
		all = append(all, next)
		if err := v.fetchNew(ctx, r); err != nil {
			return err
		}
	}
	v.note("renditions", check.Renditions(all...))
	return nil
}

// fetchNew fetches the segments that a player of the rendition has not seen.
func (v *viewer) fetchNew(ctx context.Context, r *rendition) error {
	if !r.played {
		return nil
	}
	for i := range r.last.Segments {
		u, err := r.url.Parse(r.last.Segments[i].URI)
		if err != nil {
			return err
		}
		key := fmt.Sprint(r.last.Segments[i].Sequence, u)
		if v.seen[key] {
			continue
		}
		if _, err := fetch(ctx, u.String()); err != nil {
			return err
		}
		v.seen[key] = true
	}
	return nil
}

func (v *viewer) note(who string, found []rule.Violation) {
	for _, f := range found {
		line := who + ": " + f.String()
		if !v.seen[line] {
			v.seen[line] = true
			v.broken = append(v.broken, line)
		}
	}
}

// listing is the newest of the rendition that is played.
func (v *viewer) listing() *listing.Listing { return v.renditions[0].last }

// tail counts the segments at the end of the listing that are ads, or are not.
func (v *viewer) tail(ads bool) int {
	list := v.listing().Segments
	n := 0
	for n < len(list) && v.renditions[0].isAd(&list[len(list)-1-n]) == ads {
		n++
	}
	return n
}

// pollUntil polls once a second until done says so. Transport errors are
// failures.
func (v *viewer) pollUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := v.poll(t.Context()); err != nil {
			t.Fatalf("while waiting until %s: %v", what, err)
		}
		if v.control != nil {
			if err := v.control.poll(t.Context()); err != nil {
				t.Fatalf("the origin: %v", err)
			}
		}
		if done() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s; listed is %s", patience, what, v.describe())
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// report fails for every rule that was broken, and not by the control.
func (v *viewer) report(t *testing.T) {
	t.Helper()
	theirs := make(map[string]bool)
	if v.control != nil {
		for _, line := range v.control.broken {
			theirs[ruleOf(line)] = true
			t.Logf("the origin: %s", line)
		}
	}
	for _, line := range v.broken {
		if !theirs[ruleOf(line)] {
			t.Errorf("session %s: %s", v.session, line)
		}
	}
}

// ruleOf is the name of the rule in a line of broken.
func ruleOf(line string) string {
	_, line, _ = strings.Cut(line, ": ")
	name, _, _ := strings.Cut(line, ":")
	name, _, _ = strings.Cut(name, " ")
	return name
}

// describe is the listing in one line: its numbers, and A or c for each segment.
func (v *viewer) describe() string {
	var b strings.Builder
	l := v.listing()
	fmt.Fprintf(&b, "%d/%d ", l.Sequence, l.Discontinuity)
	for i := range l.Segments {
		s := &l.Segments[i]
		if s.Discontinuity {
			b.WriteByte('|')
		}
		if v.renditions[0].isAd(s) {
			b.WriteByte('A')
		} else {
			b.WriteByte('c')
		}
	}
	return b.String()
}

// open is a GET that also says where redirects led to.
func open(ctx context.Context, address string) (*url.URL, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("User-Agent", "stitcher-e2e/1")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	body, err := readAll(response)
	return response.Request.URL, body, err
}
