package ads

import (
	"context"

	"stitcher/internal/avail"
)

// Offers are the ads of a retrieval, before anybody knows the avail that they
// are for. They can be kept as JSON.
type Offers struct {
	Groups []offer
}

// Retrieve asks the ad server for an avail to come and chooses nothing. The
// reason says why there is no offer.
func (d *Decider) Retrieve(ctx context.Context, r Request) (Offers, avail.Reason) {
	r.Kind = KindPrefetch
	offers, reason := d.offers(ctx, &r)
	return Offers{offers}, reason
}

// Value is the value of a dynamic variable in an avail ("scte.event_id"), "" if
// it has none.
func Value(r Request, name string) string {
	value, _ := (&variables{request: &r}).value(name)
	return value
}
