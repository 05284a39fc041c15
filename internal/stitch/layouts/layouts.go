package layouts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/flight"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/store"
)

// Layouts keeps what sessions' n mean. A layout is stored when the first
// session has it and never changes.
type Layouts struct {
	facts     store.Facts
	manifests *manifests.Manifests
	flight    flight.Group[*Layout]
	// views are the layouts with the URLs that players' queries make.
	views flight.Group[*Layout]
	unfit func(layout string) []int
}

// New keeps layouts in a store. unfit gives the renditions of a layout whose samples
// showed that no ads can be made in them, as far as that is known.
func New(facts store.Facts, m *manifests.Manifests, unfit func(layout string) []int) *Layouts {
	return &Layouts{facts: facts, manifests: m, unfit: unfit}
}

// Sweep drops from memory the layouts that were not asked for since the sweep before.
func (m *Layouts) Sweep() {
	idle := func(*Layout) bool { return false }
	m.flight.Sweep(idle)
	m.views.Sweep(idle)
}

const (
	// Max bounds the layouts in memory.
	Max = 20_000
	// TTL is how long a layout is kept after its last use, which is longer than a session can idle.
	TTL = 48 * time.Hour
)

// ErrUnknown says that no layout is stored under the id of a session's.
var ErrUnknown = errors.New("the layout of the session does not exist")

// Owner owns the facts of a layout in the store.
func Owner(id string) string { return "layout/" + id }

// Discover reads the session's multivariant playlist and gives its layout,
// stored.
func (m *Layouts) Discover(ctx context.Context, p *playback.Session) (*Layout, error) {
	if p.Protocol == playback.DASH {
		return m.discoverMPD(ctx, p)
	}
	got, err := playlists.Text(ctx, m.manifests, p.Template)
	if err != nil {
		return nil, err
	}
	src := Source{Template: assetURL(p), Base: got.Base.String(), Body: got.Body}
	if src.Media = !multivariant.Is(got.Body); src.Media {
		// Its segments come and go; the layout does not.
		t, err := hls.Compile(got.Body, hls.Options{Base: got.Base})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", manifests.ErrUnusable, err)
		}
		src.Body = nil
		if audioOnly(t) {
			src.Body = []byte(audioBody)
		}
	} else {
		src.omit(got.Base, nil)
	}
	l, err := m.keep(ctx, &src, p)
	if err != nil || src.Media {
		return l, err
	}
	// A rendition whose CODECS does not tell shows by its sample that it is unfit,
	// and is left out for the sessions that come after.
	unfit := map[string]bool{}
	for _, n := range m.unfit(l.ID) {
		unfit[l.Multivariant.Renditions[n].URI] = true
	}
	if len(unfit) == 0 || !src.omit(got.Base, unfit) {
		return l, nil
	}
	return m.keep(ctx, &src, p)
}

// keep gives a layout as a session has it, stored unless the session is not.
func (m *Layouts) keep(ctx context.Context, src *Source, p *playback.Session) (*Layout, error) {
	b, err := json.Marshal(src)
	if err != nil {
		return nil, fmt.Errorf("encode layout: %w", err)
	}
	id := digest(b)
	key := id
	if p.Unstored {
		key = "unstored/" + id // a session that is stored must not take it for stored
	}
	l, err := m.flight.Do(key, Max, func() (*Layout, error) {
		l, err := src.Layout(id)
		if err != nil || p.Unstored {
			return l, err
		}
		if _, err := m.facts.Create(ctx, Owner(id), TTL, avail.Fact{Key: "source", Value: b}); err != nil {
			return nil, fmt.Errorf("%w: write layout: %w", store.ErrFailed, err)
		}
		return l, nil
	})
	if err != nil {
		return nil, err
	}
	return m.view(l, p)
}

// Get is the layout of a stored session.
func (m *Layouts) Get(ctx context.Context, p *playback.Session) (*Layout, error) {
	if p.Unstored {
		l, err := m.Discover(ctx, p)
		if err == nil && l.ID != p.Layout {
			return nil, ErrUnknown // the origin has another by now
		}
		return l, err
	}
	l, err := m.flight.Do(p.Layout, Max, func() (*Layout, error) {
		stored, err := m.facts.Get(ctx, Owner(p.Layout), "source")
		if err != nil {
			return nil, fmt.Errorf("%w: read layout: %w", store.ErrFailed, err)
		}
		if stored[0].Value == nil {
			return nil, ErrUnknown
		}
		var src Source
		if err := json.Unmarshal(stored[0].Value, &src); err != nil {
			return nil, fmt.Errorf("%w: layout %s: %w", store.ErrFailed, p.Layout, err)
		}
		return src.Layout(p.Layout)
	})
	if err != nil {
		return nil, err
	}
	return m.view(l, p)
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}
