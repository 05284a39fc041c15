package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// TestSlidingWindow slides a window over random streams with breaks, by one
// segment or after a pause by many, and takes the tag at its head away or
// leaves it. All of it is lawful, in one rendition and between two; the same
// with one fault in it is not (field failures B-1, B-2).
func TestSlidingWindow(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		stream := checkRandomStream(rng)
		drop := rng.IntN(2) == 0
		var prev *listing.Listing
		for head := 0; head+8 < len(stream); {
			window := checkWrite(stream, head, head+8, 0, drop)
			next, found := listing.Read([]byte(window))
			found = append(found, Playlist(next)...)
			if prev != nil {
				found = append(found, Update(prev, next)...)
			}
			other, _ := listing.Read([]byte(checkWrite(stream, head/2, head/2+8, 0, false)))
			found = append(found, Renditions(next, other)...)
			if len(found) > 0 {
				t.Fatalf("seed %d, head %d: %v\n%s", seed, head, found, window)
			}
			if wrong, _ := listing.Read([]byte(checkWrite(stream, head, head+8, 1, drop))); prev != nil && head < int(prev.End()) {
				got := checkRuleNames(Update(prev, wrong))
				if !slices.Equal(got, []string{rule.DiscontinuitySequenceStep}) {
					t.Fatalf("seed %d, head %d: a tag counted twice breaks %v", seed, head, got)
				}
				if got := checkRuleNames(Renditions(next, wrong)); !slices.Equal(got, []string{rule.DiscontinuityDiffers}) {
					t.Fatalf("seed %d, head %d: numbers that differ break %v", seed, head, got)
				}
			}
			prev = next
			if head++; rng.IntN(10) == 0 {
				head += rng.IntN(20)
			}
		}
	}
}

type segmentText struct {
	tag  bool
	time int64 // milliseconds
	long int64 // milliseconds
}

func checkRandomStream(rng *rand.Rand) []segmentText {
	stream := make([]segmentText, 120)
	now := int64(0)
	for i := range stream {
		s := segmentText{tag: i > 0 && rng.IntN(5) == 0, time: now, long: 4000 + rng.Int64N(2400)}
		now += s.long
		stream[i] = s
	}
	return stream
}

// checkWrite writes the segments [from, to), the header's discontinuity number
// off by some; drop leaves the tag at the head out and counts it.
func checkWrite(stream []segmentText, from, to, off int, drop bool) string {
	var b strings.Builder
	number := off
	for _, s := range stream[:from] {
		if s.tag {
			number++
		}
	}
	if drop && stream[from].tag {
		number++
	}
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:%d\n#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", from, number)
	for i, s := range stream[from:to] {
		if s.tag && (i > 0 || !drop) {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:%02d:%02d.%03dZ\n", s.time/60_000, s.time/1000%60, s.time%1000)
		fmt.Fprintf(&b, "#EXTINF:%d.%03d,\n%d.ts\n", s.long/1000, s.long%1000, from+i)
	}
	return b.String()
}
