package fragment

import (
	"bytes"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
)

// section is an initialization section of a track, with an edit list if shift is not 0.
func section(t *testing.T, timescale uint32, shift int64) []byte {
	t.Helper()
	init := mp4.CreateEmptyInit()
	init.AddEmptyTrack(timescale, "video", "und")
	if shift != 0 {
		edts := &mp4.EdtsBox{}
		edts.AddChild(&mp4.ElstBox{Entries: []mp4.ElstEntry{{MediaTime: shift, MediaRateInteger: 1}}})
		init.Moov.Trak.AddChild(edts)
	}
	var b bytes.Buffer
	if err := init.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segment has samples at times with lengths and composition offsets, in ticks.
func segment(t *testing.T, samples ...[3]int64) []byte {
	t.Helper()
	s := mp4.NewMediaSegment()
	f, err := mp4.CreateFragment(1, mp4.DefaultTrakID)
	if err != nil {
		t.Fatal(err)
	}
	s.AddFragment(f)
	for _, x := range samples {
		f.AddFullSample(mp4.FullSample{
			Sample:     mp4.Sample{Dur: uint32(x[1]), Size: 1, CompositionTimeOffset: int32(x[2])},
			DecodeTime: uint64(x[0]), Data: []byte{0},
		})
	}
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestExtent(t *testing.T) {
	for name, c := range map[string]struct {
		shift   int64
		samples [][3]int64
		want    Extent
	}{
		"in order":     {samples: [][3]int64{{9000, 3600, 0}, {12600, 3600, 0}}, want: Extent{100_000, 180_000, 40_000}},
		"reordered":    {samples: [][3]int64{{9000, 3600, 3600}, {12600, 3600, 7200}, {16200, 3600, 0}}, want: Extent{140_000, 260_000, 40_000}},
		"an edit list": {shift: 3600, samples: [][3]int64{{9000, 3600, 3600}, {12600, 1800, 3600}}, want: Extent{100_000, 160_000, 40_000}},
	} {
		init, err := ReadInit(section(t, 90_000, c.shift))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := init.Extent(segment(t, c.samples...)); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

// TestMalformed: what can't be read is an error.
func TestMalformed(t *testing.T) {
	init, err := ReadInit(section(t, 90_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"text": []byte("<html></html>"), "no samples": segment(t), "nothing": nil} {
		if x, err := init.Extent(body); err == nil {
			t.Errorf("%s: %+v", name, x)
		}
		if x, err := ReadInit(body); err == nil {
			t.Errorf("%s: %+v", name, x)
		}
	}
	if x, err := ReadInit(section(t, 0, 0)); err == nil {
		t.Errorf("a timescale of 0: %+v", x)
	}
}
