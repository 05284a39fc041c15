package vast

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/mediafile"
)

// chain is the wrappers that led to a document, outermost first. It is never
// changed, only extended into a new one: branches share their beginning.
type chain struct {
	entries []*document.Entry
	// tags are the tag URIs as written, before macros: a loop shows in them
	// even if each request has a new cache buster.
	tags []string
	// hops is how many requests led here.
	hops int
	// follow tells whether the response may contain wrappers, multiple whether
	// it may come to more than one ad, fallback whether a stand-alone ad may
	// stand in for it.
	follow, multiple, fallback bool
	// errors are Error URLs of what the first document stands in (VMAP).
	errors []string
	// slot is where the next ad of the chain stands.
	slot slot
}

// slot is where an ad stands among those of a response.
type slot struct {
	sequence int
	// order sorts them by their places in pods: two numbers for each response of the chain
	// that allows several ads, the place in its pod and in the document.
	order []int
	// group is the document whose buffet the ad belongs to.
	group *document.Document
}

// free is a chain without restrictions, before any wrapper.
func free() chain { return chain{follow: true, multiple: true, fallback: true} }

// extend gives the chain with one more wrapper.
func (c chain) extend(e *document.Entry) chain {
	c.entries = append(slices.Clip(c.entries), e)
	c.tags = append(slices.Clip(c.tags), e.Wrapper.TagURI)
	c.hops++
	c.follow = c.follow && e.Wrapper.FollowAdditionalWrappers
	c.multiple = e.Wrapper.AllowMultipleAds
	c.fallback = c.fallback && e.Wrapper.FallbackOnNoAd
	return c
}

// at gives the chain for the i-th entry of a document. The one ad of a
// response that must not have several stands where its wrapper does
// (MediaTailor's ad buffet: it inherits the wrapper's sequence), and so does the
// first stand-alone ad of a response without a pod: allowMultipleAds permits more
// and does not take the wrapper's place away (VAST 4.3 §3.19).
func (c chain) at(doc *document.Document, e *document.Entry, i int) chain {
	if c.slot.group != nil && !c.multiple {
		return c
	}
	if inherits := c.slot.group != nil && i == 0 && !doc.Pod(); !inherits {
		c.slot.sequence = e.Sequence
	}
	c.slot.group = doc
	place := e.Sequence
	if place == 0 {
		place = math.MaxInt // stand-alone ads come last
	}
	c.slot.order = append(slices.Clip(c.slot.order), place, i)
	return c
}

// excluded are the categories that any wrapper of the chain blocks.
func (c chain) excluded() []document.Category {
	var out []document.Category
	for _, e := range c.entries {
		out = append(out, e.Wrapper.Blocked...)
	}
	return out
}

// ad merges the chain with the entry that it led to.
func (c chain) ad(e *document.Entry) Ad {
	ad := Ad{
		ID: e.ID, Type: e.Type, System: e.System, Title: e.Title, Advertiser: e.Advertiser, Campaign: e.Campaign,
		ServingID: e.ServingID, Sequence: c.slot.sequence, Categories: e.Categories, Expires: e.Expires,
		Errors: slices.Clone(c.errors), slot: c.slot,
	}
	for _, w := range c.entries {
		ad.merge(w)
		for i := range w.Creatives {
			ad.Trackers = append(ad.Trackers, w.Creatives[i].Trackers...)
			ad.ClickTracking = append(ad.ClickTracking, w.Creatives[i].ClickTracking...)
		}
	}
	ad.merge(e)
	if ad.blocked(c.excluded()) {
		ad.Reason = avail.CategoryBlocked
	}
	return ad
}

// merge adds the URLs that an entry of the chain wants to be called.
func (a *Ad) merge(e *document.Entry) {
	a.Impressions = append(a.Impressions, e.Impressions...)
	a.Errors = append(a.Errors, e.Errors...)
	a.Raw, a.Bases = append(a.Raw, e.Raw), append(a.Bases, e.Base)
	a.Campaign = cmp.Or(a.Campaign, e.Campaign)
	a.lost = a.lost || e.Lost
}

// inline is the ad of an inline entry.
func (c chain) inline(e *document.Entry) Ad {
	ad := c.ad(e)
	switch {
	case len(e.Creatives) > 0:
	case e.NonLinear:
		ad.Reason = avail.NotLinear
		return ad
	default:
		ad.Reason, ad.Fault = avail.VASTInvalid, avail.NoCreatives
		return ad
	}
	reason := avail.RenditionMissing
	for i := range e.Creatives {
		files, why := mediafile.Candidates(&e.Creatives[i])
		if i == 0 || why == "" {
			ad.Linear, reason = e.Creatives[i], why
		}
		if why == "" {
			ad.Media, ad.Others = files[0], files[1:]
			break
		}
	}
	if ad.Reason == "" && ad.unsendable() {
		ad.Reason = avail.ImpressionInvalid
	}
	if ad.Reason == "" {
		ad.Reason = reason
		if reason == avail.RenditionMissing {
			if ad.Fault = avail.BadMediaFile; len(ad.Linear.MediaFiles)+len(ad.Linear.Mezzanines) == 0 {
				ad.Fault = avail.NoMediaFiles
			}
		}
	}
	ad.VPAID = reason == avail.FrameworkRequired && mediafile.OnlyVPAID(&ad.Linear)
	ad.Trackers = append(ad.Trackers, ad.Linear.Trackers...)
	ad.ClickTracking = append(ad.ClickTracking, ad.Linear.ClickTracking...)
	ad.ClickThrough = ad.Linear.ClickThrough
	return ad
}

// left is an ad for which its wrapper has no place, because it allows only one. It is in
// the result so that each ad that was offered has a Reason.
func (c chain) left(e *document.Entry) Ad {
	ad := c.ad(e)
	ad.Reason, ad.Fault, ad.NoSubstitute = avail.OutOfSequence, avail.SeveralAds, true
	return ad
}

// failed is the ad of a wrapper that led to no ad.
func (c chain) failed(e *document.Entry, reason avail.Reason, err error) Ad {
	ad := c.ad(e)
	ad.Reason, ad.Err = reason, err
	if errors.Is(err, errTagURI) {
		ad.Fault = avail.BadTagURI
	}
	ad.NoSubstitute = !c.fallback || !e.Wrapper.FallbackOnNoAd
	return ad
}
