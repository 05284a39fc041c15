package ads

import (
	"context"
	"errors"
	"net/url"
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
		l := newLimiter(1)
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
