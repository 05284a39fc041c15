package store

import (
	"context"
	"errors"

	"stitcher/internal/avail"
)

// Newest is a store of facts that reads the newest ones of an owner, and some others, in one
// step. It is optional: ReadNewest does without.
type Newest interface {
	// Newest reads the facts of some keys, as Get does, and the most newest facts of the
	// owner, as Since does after a revision that it gives. It MAY fail with
	// errors.ErrUnsupported.
	Newest(ctx context.Context, owner string, most int, keys ...string) (got, news []avail.Fact, after, rev int64, err error)
}

// mostNewest is how many facts are read for a start: those of the eight avails that a session
// has not summed up, and as many more.
const mostNewest = 64

// ReadNewest is Get of some keys, and Since the revision that after finds in what it got. It
// is one round trip where the store is a Newest, and the facts are not many.
func ReadNewest(ctx context.Context, f Facts, owner string, after func(got []avail.Fact) (int64, error), keys ...string) (got, news []avail.Fact, rev int64, err error) {
	from := int64(-1)
	if n, ok := f.(Newest); ok {
		got, news, from, rev, err = n.Newest(ctx, owner, mostNewest, keys...)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, nil, 0, err
		}
		if err != nil {
			from = -1
		}
	}
	if from < 0 {
		if got, err = f.Get(ctx, owner, keys...); err != nil {
			return nil, nil, 0, err
		}
	}
	since, err := after(got)
	if err != nil {
		return nil, nil, 0, err
	}
	if from < 0 || from > since {
		news, rev, err = f.Since(ctx, owner, since)
		return got, news, rev, err
	}
	kept := news[:0]
	for _, x := range news {
		if x.Rev == 0 || x.Rev > since { // what is held has no revision
			kept = append(kept, x)
		}
	}
	return got, kept, rev, nil
}
