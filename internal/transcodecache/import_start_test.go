package transcodecache

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"stitcher/internal/transcodecache/mediatest"
)

// TestImportStart: the files of a creative may count time from anything but 0; the asset
// says from what, for an MPD.
func TestImportStart(t *testing.T) {
	t.Parallel()
	playlist := conditionedCMAF(t)
	const later = 10 // seconds
	shift := func(name string, scale int64) http.HandlerFunc {
		b := bytes.Clone(mediatest.Concat(t, filepath.Join(mediatest.Dir(), name)))
		at := bytes.Index(b, []byte("tfdt"))
		switch body := b[at+4:]; body[0] {
		case 1:
			binary.BigEndian.PutUint64(body[4:], binary.BigEndian.Uint64(body[4:])+uint64(later*scale))
		default:
			binary.BigEndian.PutUint32(body[4:], binary.BigEndian.Uint32(body[4:])+uint32(later*scale))
		}
		return answer(string(b))
	}
	scales := map[string]int64{"v0": 12_800, "v1": 12_800, "v2": 48_000}
	edits := map[string]http.HandlerFunc{}
	for name, scale := range scales {
		for _, n := range []string{"0", "1", "2"} {
			file := "adcmaf-" + name + "-" + n + ".m4s"
			edits["/"+file] = shift(file, scale)
		}
	}
	for name, changed := range map[string]map[string]http.HandlerFunc{"as made": nil, "later": edits} {
		p := cmafProfile()
		c := importCache(t, p, nil)
		a, reason := settledAs(t, c, p.ID(), streaming(serveAds(t, changed).URL+"/"+playlist))
		if a == nil {
			t.Fatalf("%s: %v", reason, lastError(c))
		}
		var want int64 // in seconds
		if changed != nil {
			want = later
		}
		for i := range a.Renditions {
			r := &a.Renditions[i]
			scale := r.Timescale
			if r.Name == "t1" {
				scale = second
			}
			if strings.HasPrefix(r.Name, "t0") {
				continue
			}
			if r.Offset != want*scale || r.Start < r.Offset-scale/20 || r.Start > r.Offset+scale/20 {
				t.Errorf("%s, %s: the asset begins at %d, its media at %d of %d ticks, want %d s", name, r.Name, r.Offset, r.Start, scale, want)
			}
		}
	}
}
