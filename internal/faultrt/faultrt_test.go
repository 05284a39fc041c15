package faultrt_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stitcher/internal/faultrt"
)

type well struct{}

func (well) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("0123456789")), Request: r}, nil
}

func get(ctx context.Context, t *testing.T, rt http.RoundTripper, url string) (int, string, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := rt.RoundTrip(q)
	if err != nil {
		return 0, "", err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return a.StatusCode, string(b), err
}

func TestFirstNOnHost(t *testing.T) {
	rt := faultrt.New(well{}, faultrt.OnHost("ads.example", faultrt.FirstN(2, faultrt.Fail)))
	for i, want := range []error{faultrt.ErrInjected, faultrt.ErrInjected, nil} {
		if _, _, err := get(t.Context(), t, rt, "http://cdn.example/"); err != nil {
			t.Fatalf("another host: %v", err)
		}
		if _, _, err := get(t.Context(), t, rt, "http://ADS.example:8080/"); !errors.Is(err, want) {
			t.Errorf("request %d: %v, want %v", i, err, want)
		}
	}
}

func TestStatusAndTruncate(t *testing.T) {
	rt := faultrt.New(well{}, faultrt.OnHost("a", faultrt.Always(faultrt.Status(503))), faultrt.Always(faultrt.Truncate(4)))
	if code, _, err := get(t.Context(), t, rt, "http://a/"); code != 503 || err != nil {
		t.Errorf("got %d, %v", code, err)
	}
	if _, body, err := get(t.Context(), t, rt, "http://b/"); body != "0123" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var on atomic.Bool
		on.Store(true)
		rt := faultrt.New(well{}, faultrt.While(&on, faultrt.OnHost("hang", faultrt.Always(faultrt.Hang))), faultrt.Always(faultrt.Delay(time.Second)))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begun := time.Now()
		if _, _, err := get(ctx, t, rt, "http://slow/"); err != nil || time.Since(begun) != time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		if _, _, err := get(ctx, t, rt, "http://hang/"); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 5*time.Second {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
		if _, _, err := get(ctx, t, rt, "http://slow/"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("delayed past its time: %v", err)
		}
		on.Store(false)
		if code, _, err := get(t.Context(), t, rt, "http://hang/"); code != 200 || err != nil {
			t.Errorf("switched off: %d, %v", code, err)
		}
	})
}
