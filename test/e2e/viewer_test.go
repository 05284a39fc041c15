//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls"
)

var (
	sessionID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	mediaURI  = regexp.MustCompile(`(?m)^#EXT-X-MEDIA:.*URI="([^"]+)"`)
)

// isAd is whether a listed segment is one of ours.
func (r *rendition) isAd(s *hls.Listed) bool {
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
}

// rendition is a media playlist of the stream.
type rendition struct {
	url  *url.URL
	last *hls.Listing
	// changed is when last came.
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
		t.Fatalf("%s lists nothing:\n%s", address, body)
	}
	return v
}

// poll fetches every playlist once, and the segments that have come. Its error
// is of the transport; broken rules are in broken.
func (v *viewer) poll(ctx context.Context) error {
	var all []*hls.Listing
	for i, r := range v.renditions {
		_, body, err := open(ctx, r.url.String())
		if err != nil {
			return err
		}
		next, found := hls.ReadListing(body)
		found = append(found, hls.CheckListing(next)...)
		now := time.Now()
		if r.last != nil {
			found = append(found, hls.CheckUpdate(r.last, next)...)
		}
		if r.last == nil || next.End() != r.last.End() {
			r.changed = now
		}
		found = append(found, hls.CheckGap(r.changed.UnixMicro(), now.UnixMicro(), next)...)
		v.note(fmt.Sprintf("rendition %d", i), found)
		r.last = next
		all = append(all, next)
		if err := v.fetchNew(ctx, r); err != nil {
			return err
		}
	}
	v.note("renditions", hls.CheckRenditions(all...))
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

func (v *viewer) note(who string, found []hls.Violation) {
	for _, f := range found {
		line := who + ": " + f.String()
		if !v.seen[line] {
			v.seen[line] = true
			v.broken = append(v.broken, line)
		}
	}
}

// listing is the newest of the rendition that is played.
func (v *viewer) listing() *hls.Listing { return v.renditions[0].last }

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
func (v *viewer) pollUntil(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := v.poll(t.Context()); err != nil {
			t.Fatalf("while waiting until %s: %v", what, err)
		}
		if done() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s; listed is %s", limit, what, v.describe())
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// report fails for every rule that was broken.
func (v *viewer) report(t *testing.T) {
	t.Helper()
	for _, line := range v.broken {
		t.Errorf("session %s: %s", v.session, line)
	}
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
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
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
