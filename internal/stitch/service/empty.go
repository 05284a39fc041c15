package service

import (
	"context"
	"errors"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/playlists"
)

// emptyError says that nothing of a rendition can be listed because its playlist,
// or the reference's, has no segments. It is answered at once: to ask the origin
// again before its playlist is due would only add to its load.
type emptyError struct {
	// template is the playlist of the rendition that was asked for, empty that
	// rendition of which the playlist has no segments.
	template *hls.Template
	empty    int
}

func (*emptyError) Error() string { return ledger.ErrEmpty.Error() }

// emptyOf is err for rendition n, where another one has no segments: it is told
// with that rendition's own head.
func (s *Service) emptyOf(ctx context.Context, x *viewing, n int, err error) error {
	var empty *emptyError
	if !errors.As(err, &empty) || n == empty.empty {
		return err
	}
	t, err := playlists.Media(ctx, s.opt.Manifests, x.Layout.Renditions[n].URL, x.options, false)
	if err != nil {
		return err
	}
	return &emptyError{t, empty.empty}
}

// empty is a rendition's playlist without segments, as the origin has it while a
// channel has yet to begin: videojs-http-streaming asks on until there are some, and
// other players do what they would do without us. Where a session was shown segments
// there is an error instead, since they can't be taken back.
func (s *Service) empty(x *viewing, e *emptyError, plan *hls.Plan) (*origin.View, error) {
	x.Lock()
	begun := x.Begun()
	x.Unlock()
	if begun && x.Stream.Listed(x.Layout.Renditions[e.empty].Name) {
		return nil, &Error{Status: 503, Type: "LoadShed", Public: "the origin's playlist has no segments", Err: e}
	}
	t := e.template
	hlsplan.Empty(t, plan)
	return &origin.View{Timeline: &t.Timeline, Document: t}, nil
}
