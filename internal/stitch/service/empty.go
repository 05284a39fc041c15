package service

import (
	"stitcher/internal/manifest/hls"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/hlsplan"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/service/fault"
)

// empty is a rendition's playlist without segments, as the origin has it while a
// channel has yet to begin: videojs-http-streaming asks on until there are some, and
// other players do what they would do without us. Where a session was shown segments
// there is an error instead, since they can't be taken back.
func (s *Service) empty(x *viewing, e *placing.EmptyError, plan *hls.Plan) (*origin.View, error) {
	x.Lock()
	begun := x.Begun()
	x.Unlock()
	if begun && x.Stream.Listed(x.Layout.Renditions[e.Rendition].Name) {
		return nil, &fault.Error{Status: 503, Type: "LoadShed", Public: "the origin's playlist has no segments", Err: e}
	}
	t := e.Template
	hlsplan.Empty(t, plan)
	return &origin.View{Timeline: &t.Timeline, Document: t}, nil
}
