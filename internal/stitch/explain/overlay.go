package explain

import (
	"context"
	"encoding/json"
	"fmt"

	"stitcher/internal/ads/redact"
	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/records"
)

// Overlay is an overlay avail of a session's stream.
type Overlay struct {
	avail.Avail
	// Decision says which ads the player was told of, Record how that came about; absent
	// where the player has not read the tracking document.
	Decision *avail.Decision         `json:"decision,omitempty"`
	Record   *records.DecisionRecord `json:"record,omitempty"`
}

// explainOverlays tells what became of the overlay avails of a stream in a session.
func explainOverlays(ctx context.Context, past records.Past, p *playback.Session, list []avail.Avail) ([]Overlay, error) {
	if len(list) == 0 {
		return nil, nil
	}
	stored, err := past.Recall(ctx, records.OverlayOwner(p.ID))
	if err != nil {
		return nil, fmt.Errorf("read overlay avails of session %s: %w", p.ID, err)
	}
	facts := map[string][]byte{}
	for _, f := range stored {
		facts[f.Key] = f.Value
	}
	var out []Overlay
	for _, a := range list {
		x := Overlay{Avail: a}
		if b := facts["decision/"+a.Key.String()]; b != nil {
			d := avail.Decision{}
			if err := json.Unmarshal(b, &d); err != nil {
				return nil, fmt.Errorf("overlay avail %s of session %s: %w", a.Key, p.ID, err)
			}
			d = redact.Decision(d, p)
			x.Decision = &d
		}
		if b := facts["record/"+a.Key.String()]; b != nil {
			if x.Record, err = records.Unpack(b); err != nil {
				return nil, err
			}
			x.Record.Answer = redact.Decision(x.Record.Answer, p)
		}
		out = append(out, x)
	}
	return out, nil
}
