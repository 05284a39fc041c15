package dash

import (
	"fmt"
	"sync/atomic"

	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/manifest/dash/twins"
	"stitcher/internal/manifest/gzipped"
)

// Template is an origin's MPD, read once for all its viewers. It is immutable.
type Template struct {
	*presentation.Presentation
	// pieces are the body, deflated.
	pieces gzipped.Lazy
	// ads are the texts of ads, made when they are first written.
	ads *twins.Twins
	// fixed is the view of an MPD that does not change with time.
	fixed *View
	// newest is the last view that was made of another MPD.
	newest atomic.Pointer[View]
	// publication is what it is published as, once that is known.
	publication atomic.Pointer[publication]
	// files is how long the Periods are that are played from files, in microseconds.
	files int64
}

// Like lets a template use the texts of ads that were made for another one, an earlier
// state of the same MPD. It must be called before others see the template.
func (t *Template) Like(earlier *Template) { t.ads.Like(earlier.ads) }

// Compile reads an MPD. An error says what is wrong with it; an MPD that cannot be
// compiled is not served, because ads cannot be put into it safely.
func Compile(body []byte, o presentation.Options) (*Template, error) {
	p, err := presentation.Read(body, o)
	if err != nil {
		return nil, err
	}
	t := &Template{Presentation: p, ads: twins.New(p)}
	if err := t.fix(); err != nil {
		return nil, fmt.Errorf("MPD: %w", err)
	}
	return t, nil
}
