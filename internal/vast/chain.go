package vast

import (
	"slices"

	"stitcher/internal/avail"
)

// chain is the wrappers that led to a document, outermost first. It is never
// changed, only extended into a new one: branches share their beginning.
type chain struct {
	entries []*Entry
	// tags are the tag URIs as written, before macros: a loop shows in them
	// even if each request has a new cache buster.
	tags []string
	// follow tells whether the response may contain wrappers.
	follow bool
}

// extend gives the chain with one more wrapper.
func (c chain) extend(e *Entry) chain {
	return chain{
		entries: append(slices.Clip(c.entries), e),
		tags:    append(slices.Clip(c.tags), e.Wrapper.TagURI),
		follow:  c.follow && e.Wrapper.FollowAdditionalWrappers,
	}
}

// last is the innermost wrapper; nil at the first document.
func (c chain) last() *Wrapper {
	if len(c.entries) == 0 {
		return nil
	}
	return c.entries[len(c.entries)-1].Wrapper
}

// excluded are the categories that any wrapper of the chain blocks.
func (c chain) excluded() []Category {
	var out []Category
	for _, e := range c.entries {
		out = append(out, e.Wrapper.Blocked...)
	}
	return out
}

// ad merges the chain with the entry that it led to.
func (c chain) ad(e *Entry) Ad {
	ad := Ad{
		ID: e.ID, Type: e.Type, System: e.System, Title: e.Title, Advertiser: e.Advertiser,
		ServingID: e.ServingID, Categories: e.Categories, Expires: e.Expires,
	}
	for _, w := range append(slices.Clip(c.entries), e) {
		if ad.Sequence == 0 {
			ad.Sequence = w.Sequence
		}
		ad.Impressions = append(ad.Impressions, w.Impressions...)
		ad.Errors = append(ad.Errors, w.Errors...)
		ad.Raw = append(ad.Raw, w.Raw)
		if w == e {
			break
		}
		for i := range w.Creatives {
			ad.Trackers = append(ad.Trackers, w.Creatives[i].Trackers...)
			ad.ClickTracking = append(ad.ClickTracking, w.Creatives[i].ClickTracking...)
		}
	}
	if ad.blocked(c.excluded()) {
		ad.Reason = avail.CategoryBlocked
	}
	return ad
}

// inline is the ad of an inline entry.
func (c chain) inline(e *Entry) Ad {
	ad := c.ad(e)
	switch {
	case len(e.Creatives) > 0:
	case e.NonLinear:
		ad.Reason = avail.NotLinear
		return ad
	default:
		ad.Reason = avail.VASTInvalid
		return ad
	}
	reason := avail.RenditionMissing
	for i := range e.Creatives {
		media, why := e.Creatives[i].media()
		if ad.Media.URL == "" || why == "" {
			ad.Linear, ad.Media, reason = e.Creatives[i], media, why
		}
		if why == "" {
			break
		}
	}
	if ad.Reason == "" {
		ad.Reason = reason
	}
	ad.Trackers = append(ad.Trackers, ad.Linear.Trackers...)
	ad.ClickTracking = append(ad.ClickTracking, ad.Linear.ClickTracking...)
	ad.ClickThrough = ad.Linear.ClickThrough
	return ad
}

// failed is the ad of a wrapper that came to nothing.
func (c chain) failed(e *Entry, reason avail.Reason, err error) Ad {
	ad := c.ad(e)
	ad.Reason, ad.Err = reason, err
	return ad
}
