package store

import (
	"context"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store/rollup"
)

// Portable is a store whose data can be moved into another one. No other program may work on
// either meanwhile.
type Portable interface {
	// EachOwner gives every owner whose facts can be recalled, EachDocument every
	// document by kind, EachTrigger every trigger that is kept, EachBlock every block of
	// roll-ups that has rows. They end with the error of the function.
	EachOwner(ctx context.Context, do func(Owner) error) error
	EachDocument(ctx context.Context, do func(kind string, d Document) error) error
	EachTrigger(ctx context.Context, do func(Kept) error) error
	EachBlock(ctx context.Context, do func(Block) error) error
	// PutOwner, PutTrigger and PutBlock store what another store has given, in the place of what
	// is there. Revisions stay, because facts refer to them; where another fact has a
	// revision already it becomes a higher one.
	PutOwner(ctx context.Context, o Owner) error
	PutTrigger(ctx context.Context, k Kept) error
	PutBlock(ctx context.Context, b Block) error
}

// Owner is an owner with all of its facts.
type Owner struct {
	Name string
	// Expires is until when it is kept; Ever is for ever. It may be over for less than
	// Remains.
	Expires time.Time
	// Rev is its revision; Facts are in the order of writing.
	Rev   int64
	Facts []avail.Fact
}

// Kept is a trigger with what came of it.
type Kept struct {
	avail.Trigger
	// Sent are those of its events that are sent.
	Sent avail.Events
	// Due is when the others are to be sent, Until until when it is kept at least, in
	// Unix microseconds.
	Due, Until int64
	// Tried are the attempts at the others.
	Tried []Attempt
}

// Block is a block of roll-ups.
type Block struct {
	rollup.Piece
	rollup.Columns
	// Whole are the hours that the block of a day has: see rollup.Folding.
	Whole uint32
}
