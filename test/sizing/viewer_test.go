package sizing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"stitcher/internal/playback"
	"stitcher/internal/stitch/service/start"
)

// audience are viewers whose requests go to all nodes in turn.
type audience struct {
	nodes   []*node
	viewers []spectator
	// turn counts the rounds of requests.
	turn int
}

// spectator plays the channel.
type spectator struct {
	session string
	// next is the number of the ad segment to be fetched next.
	next int
}

// workers is how many requests are under way at once.
const workers = 32

// each does something for every viewer, for many at once.
func (a *audience) each(do func(i int, v *spectator) error) error {
	var all sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(a.viewers) && errs[w] == nil; i += workers {
				errs[w] = do(i, &a.viewers[i])
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// start begins the sessions.
func (a *audience) start(ctx context.Context, n int) error {
	a.viewers = make([]spectator, n)
	return a.each(func(i int, v *spectator) error {
		s, err := a.nodes[i%len(a.nodes)].service.Start(ctx, start.Request{
			Configuration: "sizing", Asset: "live/index.m3u8", AdsParams: map[string]string{"uid": fmt.Sprint(i), "consent": strings.Repeat("x", 100)},
			Viewer: playback.Viewer{IP: "192.0.2.1", ForwardedFor: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
		})
		if err == nil {
			v.session = s.ID
		}
		return err
	})
}

// poll has every viewer ask a node for the playlist, and where watch is set for the ad
// segments that are new.
func (a *audience) poll(ctx context.Context, watch bool) error {
	a.turn++
	return a.each(func(i int, v *spectator) error {
		at := a.nodes[(i+a.turn)%len(a.nodes)].handler
		base := "/" + accountHash + "/sizing/" + v.session + "/0"
		body, err := get(ctx, at, "/v1/manifest"+base+".m3u8", http.StatusOK)
		if err != nil || !watch {
			return err
		}
		for line := range bytes.Lines(body) {
			number, found := adSegment(line)
			if !found || number < v.next {
				continue
			}
			if _, err := get(ctx, at, "/v1/segment"+base+"/"+strconv.Itoa(number)+".ts", http.StatusFound); err != nil {
				return err
			}
			v.next = number + 1
		}
		return nil
	})
}

// adSegment is the number of the ad segment that a line of a playlist is the URI of.
func adSegment(line []byte) (int, bool) {
	if !bytes.Contains(line, []byte("/segment/")) || line[0] == '#' {
		return 0, false
	}
	text, _, _ := strings.Cut(string(line[bytes.LastIndexByte(line, 0x2f)+1:]), ".")
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func get(ctx context.Context, h http.Handler, path string, status int) ([]byte, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	a := httptest.NewRecorder()
	if h.ServeHTTP(a, r); a.Code != status {
		return nil, fmt.Errorf("%s: %d %s", path, a.Code, a.Body)
	}
	return a.Body.Bytes(), nil
}
