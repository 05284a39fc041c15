package attack

import (
	"net/http"
	"strings"
	"testing"
)

// TestIdsOfOthers: an ad response that gives its film the UniversalAdId of another
// advertiser's changes nothing of what that advertiser's viewers see, neither in the same
// configuration nor in others, and neither with a film of its own nor with none.
func TestIdsOfOthers(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), serve(t)
	ad := func(file string) string {
		return strings.Replace(vast(inline("same", "video/mp4", file)), "<Linear>", "<UniversalAdId idRegistry=\"ad-id.org\">ABCD0001000H</UniversalAdId><Linear>", 1)
	}
	// film is the asset that the viewers of a configuration are sent to.
	film := func(name, file string) string {
		t.Helper()
		w.answer(name, ad(file))
		var found string
		eventually(t, name+" shows "+file, func() bool {
			url, text := p.play(t, name, "index.m3u8")
			for line := range strings.Lines(text) {
				if strings.Contains(line, "/segment/") {
					at := resolve(t, url, strings.TrimSpace(line))
					_, rest, _ := strings.Cut(do(t, http.MethodGet, at, "").header.Get("Location"), "/tm/")
					if parts := strings.Split(rest, "/"); len(parts) == 3 {
						found = parts[1]
					}
					return true
				}
			}
			return false
		})
		return found
	}
	good, evil := w.base+"/creative.mp4", w.base+"/content0.ts"
	for _, name := range []string{"evil", "absent", "good", "other"} {
		p.configure(t, name, w.members("", name))
	}
	w.answer("absent", ad(w.base+"/absent.mp4"))
	p.play(t, "absent", "index.m3u8")
	stolen := film("evil", evil)
	shown := film("good", good)
	if stolen == "" || shown == "" || stolen == shown {
		t.Errorf("the viewers of evil see %q, those of good see %q", stolen, shown)
	}
	if again := film("evil", good+"?"); again != shown {
		t.Errorf("in the configuration of the evil film the good one is %q, want %q", again, shown)
	}
	if other := film("absent", good); other != shown {
		t.Errorf("where the film was missing, it is %q, want %q", other, shown)
	}
	// The same bytes are one rendition wherever they come from.
	if other := film("other", good+"?copy=1"); other != shown {
		t.Errorf("a copy of the film is %q, want %q", other, shown)
	}
}
