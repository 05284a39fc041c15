package main

import (
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// TestMacros: a beacon tells of its ad, of the transaction that brought it and
// of the viewer (VAST 4.3 §6; SERVERSIDE is 2, for the event is inferred).
func TestMacros(t *testing.T) {
	m := newMacros("stitcher/1.0")
	s := &playback.Session{
		Viewer:    playback.Viewer{IP: "203.0.113.7", UserAgent: "Player/1.0"},
		AdsParams: map[string]string{"ifa": "6D92", "lmt": "1"},
	}
	ad := &avail.Ad{
		ServingID: "sid", UniversalID: "ad-id.org X", Sequence: 2, MediaURL: "http://m/a", Duration: 20_000_000,
		Progress: []avail.Progress{{Offset: "00:00:05", At: 5_000_000}, {Offset: "90%", Part: 900_000}}, TransactionID: "5aab", BreakPosition: 1, BreakMaxDuration: 90_000_000, Count: 3, Type: "hybrid",
	}
	const at = 1_700_000_000_123_000
	for _, tc := range []struct{ url, event, want string }{
		{"http://t/?[TRANSACTIONID]&[BREAKPOSITION]&[SERVERSIDE]", "start", "http://t/?5aab&1&2"},
		{"http://t/?[ADSERVINGID]&[UNIVERSALADID]&[PODSEQUENCE]&[ASSETURI]", "start", "http://t/?sid&ad-id.org%20X&2&http%3A%2F%2Fm%2Fa"},
		{"http://t/?[DEVICEIP]&[DEVICEUA]&[SERVERUA]&[IFA]", "start", "http://t/?203.0.113.7&Player%2F1.0&stitcher%2F1.0&-2"},
		{"http://t/?[BREAKMAXDURATION]&[BREAKMAXADLENGTH]&[ADCOUNT]&[ADTYPE]", "start", "http://t/?90&90&3&hybrid"},
		{"http://t/?[ADPLAYHEAD]", "progress@00:00:05", "http://t/?00%3A00%3A05.000"},
		{"http://t/?[ADPLAYHEAD]", "progress@90%", "http://t/?00%3A00%3A18.000"},
		{"http://t/?[ADPLAYHEAD]", "creativeView", "http://t/?00%3A00%3A00.000"},
		{"http://t/?[ADPLAYHEAD]&[CONTENTPLAYHEAD]&[ERRORCODE]", "thirdQuartile", "http://t/?00%3A00%3A15.000&-1&-1"},
	} {
		if got := m.Tracking(tc.url, tc.event, ad, s, at); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.url, got, tc.want)
		}
	}
	if got := m.Tracking("http://t/?[TRANSACTIONID]&[BREAKPOSITION]&[BREAKMAXDURATION]&[ADTYPE]", "start", &avail.Ad{}, s, at); got != "http://t/?-1&2&-1&video" {
		t.Errorf("of an older decision: %s", got)
	}
	e := &avail.AdError{Code: 407, TransactionID: "5aab", BreakPosition: 1, BreakMaxDuration: 90_000_000}
	if got := m.Error("http://t/?[ERRORCODE]&[SERVERSIDE]&[TRANSACTIONID]&[BREAKPOSITION]&[BREAKMAXDURATION]&[ADCOUNT]", e, s); got != "http://t/?407&2&5aab&1&90&-1" {
		t.Errorf("error: %s", got)
	}
	// An operator who names the device in headers means the macros too.
	s.Headers = map[string]string{"X-Device-Ip": "198.51.100.9", "X-Device-User-Agent": "TV/2"}
	if got := m.Tracking("http://t/?[DEVICEIP]&[DEVICEUA]", "start", ad, s, at); got != "http://t/?198.51.100.9&TV%2F2" {
		t.Errorf("the configuration's device: %s", got)
	}
}
