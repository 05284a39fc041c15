package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSpots: the usual American spot of 30 s has 900 frames at 29.97 a second and is
// 30.03 s long. It fills an avail of 30 s, and the next, and the one after twenty of
// them: what it is too long is left to the returns, and never adds up to an avail
// without ads. A session is never off by more than a content segment.
func TestSpots(t *testing.T) {
	t.Parallel()
	for name, lengths := range map[string][]string{
		"one of 30.03 s":   {"30.03"},
		"two of 15.015 s":  {"15.015", "15.015"},
		"five of 6.04 s":   {"6.04", "6.04", "6.04", "6.04", "6.04"},
		"and a frame more": {"30.063"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				const avails = 24
				w.configure(originURL + "/live")
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
					var b strings.Builder
					for i, length := range lengths {
						fmt.Fprintf(&b, `<Ad id="%[1]d"><InLine><Impression>http://i/</Impression><Creatives><Creative><Linear><MediaFiles>`+
							`<MediaFile type="video/mp4">http://media.example/ad-%[1]d-%[2]s</MediaFile></MediaFiles></Linear></Creative></Creatives></InLine></Ad>`, i, length)
					}
					fmt.Fprint(rw, `<VAST version="4.0">`+b.String()+`</VAST>`)
				}
				v := lay("v0.m3u8", "video", (avails*60+120)*sec, 2*sec)
				for i := range avails {
					v.avail(time.Duration(120+i*60)*sec, 30*sec)
				}
				w.newChannel(v).serve("origin.example")
				p := w.join("master.m3u8").follow(avails * 60 * sec)
				x, err := w.service.Explain(t.Context(), w.store, p.id)
				if err != nil {
					t.Fatal(err)
				}
				settled := 0
				for _, a := range x.Avails {
					if a.Settlement == nil {
						continue
					}
					settled++
					if d := a.Settlement.Drift; d > 2_000_000 || d < -2_000_000 || len(a.Decision.Items) != len(lengths) {
						t.Errorf("avail %s has %d ads, %+v, drift %d", a.Avail.Key, len(a.Decision.Items), a.Skipped, d)
					}
				}
				if settled < avails-2 {
					t.Errorf("%d avails are settled", settled)
				}
			})
		})
	}
}
