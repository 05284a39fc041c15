package bench

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"
)

const (
	wellHosts = 10
	// slowHost is how long the slow host takes to answer.
	slowHost = 2 * time.Second
)

// hostsState is what the tracking hosts tell of themselves.
type hostsState struct {
	// URLs are those of the hosts: ten that answer at once, one that is slow, and one that
	// takes connections and never answers.
	URLs []string
	// Calls is how many calls the ten have answered.
	Calls int64
}

// trackingHosts are the hosts that beacons go to.
func trackingHosts(in *json.Decoder, out *json.Encoder) error {
	var state hostsState
	var calls atomic.Int64
	open := func(h http.HandlerFunc) *httptest.Server {
		s := httptest.NewServer(h)
		state.URLs = append(state.URLs, s.URL)
		return s
	}
	for range wellHosts {
		defer open(func(w http.ResponseWriter, _ *http.Request) {
			calls.Add(1)
			w.WriteHeader(http.StatusNoContent)
		}).CloseClientConnections()
	}
	hang := func(d time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(d):
				w.WriteHeader(http.StatusNoContent)
			case <-r.Context().Done():
			}
		}
	}
	defer open(hang(slowHost)).CloseClientConnections()
	defer open(hang(time.Hour)).CloseClientConnections()
	for {
		var question struct{}
		if err := in.Decode(&question); err != nil {
			return err
		}
		state.Calls = calls.Load()
		if err := out.Encode(state); err != nil {
			return err
		}
	}
}
