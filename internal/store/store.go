// Package store declares what the service asks of a store, once for all of its
// users. The implementations are sub-packages: sqlite (embedded), redis (shared by nodes),
// memory (tests). storetest is the suite that each of them passes.
package store

import (
	"context"
	"errors"
	"time"

	"stitcher/internal/avail"
)

// ErrUnavailable is the store's own failure, as opposed to that of a call: a full
// disk, a lost connection. The same call may succeed later. An implementation MUST
// wrap it in such an error; whether the write was done is then unknown.
var ErrUnavailable = errors.New("the store is unavailable")

// ErrFailed marks errors of the store where a caller also has errors of other parts, for
// example of an origin.
var ErrFailed = errors.New("the store failed")

// Facts keeps records by owner: the ledger of a stream, the records of a session,
// a layout. A fact never changes once it is stored, unless it has a rank: then a
// higher rank replaces it.
//
// Every write to an owner gives it a higher revision. A reader that knows the
// facts up to a revision asks for those since then, and a writer can make its
// write depend on there being none: so the facts of an owner are one log, and each
// entry was written in the knowledge of all that precede it, whichever node wrote
// it.
type Facts interface {
	// Create stores each fact unless its key is there with an equal or higher
	// rank, and returns what is stored under each key then; all callers MUST be
	// told the same. The facts MUST be stored together or not at all, and be
	// durable on return. The owner MUST be kept for ttl from now at least; 0 is for
	// ever. An implementation MUST NOT keep a caller's values.
	Create(ctx context.Context, owner string, ttl time.Duration, facts ...avail.Fact) ([]avail.Fact, error)
	// Append is Create on the condition that the owner is at revision rev.
	// Otherwise it MUST write nothing, and returns the facts since rev. Of writers
	// that append at one revision, one at most MUST be answered Written if its
	// facts are new.
	//
	// A store that stalls is decorated by a spool, which cannot check the condition.
	// Where its process is the only writer, it answers Written with the facts as they
	// were proposed, at the revision of the call, and writes them later without the
	// condition. Where several nodes write, it fails with ErrUnavailable and does not
	// write them later: another node may have concluded otherwise. What each node
	// concludes alike from the same playlists may then be written with Create, which
	// is held and written later. What depends on who was first (who asks the ad
	// server, what it answered) MUST NOT be done or shown. See ARCHITECTURE.md, "While
	// Redis is away", and Spool.Outages in package spool.
	Append(ctx context.Context, owner string, ttl time.Duration, rev int64, facts ...avail.Fact) (Appended, error)
	// Since returns the facts that were written after revision rev, in the order
	// of writing, and the owner's revision. It MUST miss none that was written up
	// to that revision. Since(0) is all facts; an owner that is not there, or has
	// expired, has none and is at revision 0. A later owner of the same name MUST
	// start above the revisions of the expired one.
	Since(ctx context.Context, owner string, rev int64) ([]avail.Fact, int64, error)
	// Get returns the facts under some keys, in the order of the keys. A fact that
	// is not there MUST have no value (nil), rank and revision; an empty value MUST
	// NOT be nil.
	Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error)
	// Drop removes facts that nothing refers to any more. It MUST NOT change the
	// revision. A fact or an owner that is not there is no error.
	Drop(ctx context.Context, owner string, keys ...string) error
	// Touch keeps owners for ttl, which is positive, from now: it MUST lengthen or
	// shorten their time, because a session that has begun is kept for a shorter
	// time than one that was never played. It MUST NOT change an owner that is kept
	// for ever. An owner that is not there, or has expired, is no error and stays
	// so.
	Touch(ctx context.Context, ttl time.Duration, owners ...string) error
	// Expires is until when an owner is kept; zero is an owner that is not there or
	// has expired. For one that is kept for ever it is the end of time.
	Expires(ctx context.Context, owner string) (time.Time, error)
	// Recall is Since(0) for an owner that may have expired: its facts MUST remain
	// for Remains after that, because beacons of a session are sent that long.
	Recall(ctx context.Context, owner string) ([]avail.Fact, error)
}

// Appended is the answer to an Append.
type Appended struct {
	// Written is whether the condition held. Facts are then what is stored under
	// each key, otherwise what was written since the revision of the call.
	Written bool
	Facts   []avail.Fact
	// Rev is the owner's revision now.
	Rev int64
}

// Ever is when an owner expires that is kept for ever.
var Ever = time.Unix(1<<40, 0)

// Remains is how long the facts of an expired owner can be recalled: a beacon may
// be tried for an hour after the last request of its session.
const Remains = 75 * time.Minute
