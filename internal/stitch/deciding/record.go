package deciding

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/records"
)

// maxRecord bounds a record as it is stored, compressed.
const maxRecord = 64 << 10

// remember stores a record. It is not waited for by any viewer: a record that is
// lost costs an explanation.
func (d *Decider) remember(session string, key avail.Key, r *records.DecisionRecord) {
	b, err := d.pack(r)
	if err == nil {
		ctx, cancel := context.WithTimeout(d.background, records.WriteTimeout)
		defer cancel()
		_, err = d.opt.Facts.Create(ctx, records.DecisionsOwner(session), records.TTL, avail.Fact{Key: key.String(), Value: b})
	}
	if err != nil && d.background.Err() == nil {
		d.opt.Log.Warn("a decision's record is lost", "session", session, "avail", key.String(), "err", err)
	}
}

// pack is a record as it is stored, made in a turn.
func (d *Decider) pack(r *records.DecisionRecord) ([]byte, error) {
	d.opt.Turns.Take()
	defer d.opt.Turns.Leave()
	b, err := d.packer.Pack(r)
	if err == nil && len(b) > maxRecord {
		r.Request.Hops = nil // the bodies are what is long
		b, err = d.packer.Pack(r)
	}
	return b, err
}
