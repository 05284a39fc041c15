package contents

import (
	"context"
	"errors"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/stitch/flight"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/transcodecache/profile"
)

// Profile is what ads have to be like in a layout, as it is stored.
type Profile struct {
	profile.Profile
	// Tracks are the names in the profile of the layout's renditions, in their
	// order. A profile stored without them names renditions as the layout does.
	Tracks []string `json:"tracks,omitempty"`
	// Unseen says of the renditions that no sample was read of, by their index,
	// why; they are as the multivariant playlist says.
	Unseen map[int]avail.Reason `json:"unseen,omitempty"`
}

// unfitError says that no ads can be made in some renditions of a layout.
type unfitError struct {
	renditions []int
	err        error
}

func (e *unfitError) Error() string { return e.err.Error() }
func (e *unfitError) Unwrap() error { return e.err }

// inspection is what is found out about one rendition.
type inspection struct {
	content profile.Content
	// samples are its segments; nil where they could not be listed, and of text.
	samples samples
	spec    profile.Spec
	err     error
}

// Derive looks at the renditions of a layout, a few at a time. Of those that must
// be alike one is looked at: redundant variants, and the languages of an audio
// group.
func (s *Sampler) Derive(ctx context.Context, l *layouts.Layout) (Profile, error) {
	list := make([]inspection, len(l.Renditions))
	flight.AtOnce(len(list), sampledAtOnce, func(i int) {
		x := &list[i]
		x.content, x.samples, x.err = s.describe(ctx, l, i)
	})
	groups := alike(list)
	flight.AtOnce(len(groups), sampledAtOnce, func(g int) {
		for n, i := range groups[g] {
			x := &list[i]
			x.spec, x.err = s.inspect(ctx, x.content, x.samples)
			if x.err == nil || errors.Is(x.err, profile.ErrUnsupported) || n+1 == maxPlaces {
				for _, j := range groups[g] {
					list[j].spec, list[j].err = x.spec, x.err
				}
				return
			}
		}
	})
	return compose(list)
}

// alike groups the renditions of which the multivariant playlist says the same.
// Those whose playlist could not be read are in no group.
func alike(list []inspection) [][]int {
	var groups [][]int
	byKey := map[string]int{}
	for i := range list {
		if list[i].err != nil {
			continue
		}
		key := fmt.Sprintf("%+v", list[i].content)
		g, ok := byKey[key]
		if !ok {
			g = len(groups)
			byKey[key], groups = g, append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// compose makes a layout's profile of what was found out. A rendition that could
// not be looked at is as the multivariant playlist says, so that it does not take
// the ads of the others.
func compose(list []inspection) (Profile, error) {
	out := Profile{Unseen: map[int]avail.Reason{}}
	var unfit *unfitError
	seen := false
	var target int64
	for i := range list {
		x := &list[i]
		if x.samples != nil {
			target = max(target, x.samples.target())
		}
		switch {
		case errors.Is(x.err, profile.ErrUnsupported):
			if unfit == nil {
				unfit = &unfitError{err: named(x, i)}
			}
			unfit.renditions = append(unfit.renditions, i)
		case x.err == nil && x.content.Kind != profile.TextKind:
			seen = true
		}
	}
	if unfit != nil {
		return out, unfit
	}
	contents, specs := make([]profile.Content, len(list)), make([]profile.Spec, len(list))
	for i := range list {
		x := &list[i]
		if x.err != nil {
			reason := unseenReason(x.err)
			if !seen || reason != avail.RenditionUnavailable && !x.content.Declares() {
				return out, named(x, i)
			}
			x.content.Container = siblingContainer(list, i)
			var err error
			if x.spec, err = profile.Declared(&x.content); err != nil {
				return out, fmt.Errorf("rendition %d (%s): %w; %w", i, x.content.Kind, err, x.err)
			}
			out.Unseen[i] = reason
		}
		contents[i], specs[i] = x.content, x.spec
	}
	var err error
	out.Profile, out.Tracks, err = profile.Compose(contents, specs, target)
	return out, err
}

func named(x *inspection, i int) error {
	return fmt.Errorf("rendition %d (%s): %w", i, x.content.Kind, x.err)
}

// unseenReason is why a rendition could not be looked at.
func unseenReason(err error) avail.Reason {
	if e, ok := errors.AsType[*manifests.StatusError](err); ok && e.Status >= 400 && e.Status < 500 {
		return avail.RenditionUnavailable
	}
	return avail.ContentUnknown
}

// siblingContainer is the container of rendition i: its playlist's, or that of the
// renditions of its kind, since a packager makes one kind of segments.
func siblingContainer(list []inspection, i int) profile.Container {
	if c := list[i].content.Container; c != "" {
		return c
	}
	other := profile.Container("")
	for j := range list {
		x := &list[j]
		if x.err != nil || x.content.Kind == profile.TextKind {
			continue
		}
		if x.content.Kind == list[i].content.Kind {
			return x.spec.Container
		}
		if x.spec.Container != profile.ADTS {
			other = x.spec.Container
		}
	}
	return other
}
