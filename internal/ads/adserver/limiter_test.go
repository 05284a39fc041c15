package adserver

import (
	"context"
	"errors"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestHostOf: a host has one limit, however an ad server or a wrapper writes it.
func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"http://Ads.Example/x": "ads.example:http", "http://ads.example:80": "ads.example:http", "http://ads.example.:80/": "ads.example:http",
		"https://ads.example:443/": "ads.example:https", "https://ads.example:80/": "ads.example:80", "http://[2001:DB8::1]:8080/": "2001:db8::1:8080",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := hostOf(u); got != want {
			t.Errorf("%s is counted as %s, want %s", in, got, want)
		}
	}
}

// TestLimiterForgets: a host is remembered while somebody waits or asks, and no
// longer: names come from ad responses.
func TestLimiterForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(func() int { return 1 })
		first, err := l.acquire(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() {
			_, err := l.acquire(ctx, "a")
			gaveUp <- err
		}()
		served := make(chan func())
		go func() {
			leave, err := l.acquire(t.Context(), "a")
			if err != nil {
				t.Error(err)
			}
			served <- leave
		}()
		synctest.Wait()
		if other, err := l.acquire(t.Context(), "b"); err != nil {
			t.Error(err)
		} else {
			other()
		}
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		first()
		second := <-served
		if len(l.hosts) != 1 {
			t.Errorf("%d hosts", len(l.hosts))
		}
		second()
		if len(l.hosts) != 0 {
			t.Errorf("%d hosts are remembered", len(l.hosts))
		}
	})
}

// TestLimiterShares: nodes that come and go change how many requests one of them may have
// under way.
func TestLimiterShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var nodes atomic.Int64
		o := &Options{Concurrency: 6, Nodes: func() int { return int(nodes.Load()) }}
		l := newLimiter(o.share)
		served := make(chan func(), 40)
		for range 40 {
			go func() {
				leave, err := l.acquire(t.Context(), "a")
				if err != nil {
					t.Error(err)
				}
				served <- leave
			}()
		}
		var leave []func()
		for _, c := range []struct{ nodes, leave, want int }{
			{0, 0, 6}, {3, 3, 3}, {3, 1, 2}, {3, 1, 2}, {1, 1, 6}, {100, 5, 1}, {100, 1, 1}, {2, 1, 3},
		} {
			nodes.Store(int64(c.nodes))
			for range c.leave {
				leave[0]()
				leave = leave[1:]
			}
			synctest.Wait()
			for len(served) > 0 {
				leave = append(leave, <-served)
			}
			if len(leave) != c.want {
				t.Errorf("after %d have left one of %d nodes has %d requests under way, want %d", c.leave, c.nodes, len(leave), c.want)
			}
		}
		nodes.Store(1)
		for len(leave) > 0 {
			leave[0]()
			leave = leave[1:]
			synctest.Wait()
			for len(served) > 0 {
				leave = append(leave, <-served)
			}
		}
		if len(l.hosts) != 0 {
			t.Error("the host is remembered")
		}
	})
}
