package vast

import (
	"context"
	"errors"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
	"stitcher/internal/vast/vmap"
)

// Response is what an ad decision server answered: a VAST or a VMAP.
type Response struct {
	VAST *document.Document
	VMAP *vmap.VMAP
}

// ParseResponse reads a VAST or a VMAP, with relative URLs resolved as by
// document.Parse.
// Every error is a *ParseError.
func ParseResponse(body []byte, base string) (*Response, error) {
	text, err := markup.Text(body)
	if err != nil {
		return nil, err
	}
	doc, err := document.ParseText(text, base)
	if err == nil {
		return &Response{VAST: doc}, nil
	}
	if !errors.Is(err, document.ErrVMAP) {
		return nil, err
	}
	v, err := vmap.ParseText(text, base)
	if err != nil {
		return nil, err
	}
	return &Response{VMAP: v}, nil
}

// UnwrapBreak gives the ads of a break, with wrappers followed as Unwrap does; a tag URI
// is one more hop. The break's error trackers are among the Error URLs of its ads, and of
// a result without ads, because they get the code that the ad's Error URLs get (VMAP
// 1.0.1 §2.5).
func (u *Unwrapper) UnwrapBreak(ctx context.Context, b *vmap.Break) *Result {
	c := free()
	c.errors = b.Trackers("error")
	c.follow, c.multiple = b.Source.FollowRedirects, b.Source.AllowMultipleAds
	none := func(reason avail.Reason, err error) *Result { return &Result{NoAd: c.errors, Reason: reason, Err: err} }
	w := u.walk()
	switch {
	case b.Fault != "":
		return none(b.Fault, b.Err)
	case !b.Linear() && !(u.NonLinear && b.NonLinear()):
		return none(avail.NotLinear, nil)
	case b.Source.Inline != nil:
		return w.resolve(ctx, b.Source.Inline, c)
	case b.Source.TagURI == "" && b.Source.Custom != "":
		return none(avail.VASTInvalid, errors.New("the break's ad data is no VAST"))
	case b.Source.TagURI == "":
		return none(avail.AdsEmpty, nil)
	}
	c.tags, c.hops = []string{b.Source.TagURI}, 1
	doc, reason, err := w.fetch(ctx, b.Source.TagURI, c)
	if err != nil {
		r := none(reason, err)
		r.Hops = int(w.hops.Load())
		return r
	}
	return w.resolve(ctx, doc, c)
}
