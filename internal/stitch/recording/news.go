package recording

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/records"
)

// news are the facts that a session's answers follow from and that are not recorded
// yet.
func (r *Recorder) news(ctx context.Context, x *recording, s *Shot) ([]avail.Fact, error) {
	var out []avail.Fact
	var list []bundle.Fact
	if s.over || s.Rev > x.Session {
		facts, rev, err := s.Subject.Facts.Since(ctx, records.SessionOwner(s.Subject.Session.ID), x.Session)
		if err != nil {
			return nil, fmt.Errorf("read session %s: %w", s.Subject.Session.ID, err)
		}
		mine, decisions, err := x.sessionFacts(facts)
		if err != nil {
			return nil, err
		}
		assets, err := x.assets(ctx, s.Subject, decisions)
		if err != nil {
			return nil, err
		}
		list, out = append(list, mine...), append(out, assets...)
		x.Session = max(x.Session, rev)
	}
	if s.Ledger > x.Ledger && s.Ref != nil {
		facts, rev, err := s.Subject.Facts.Since(ctx, ledger.Owner(s.Subject.Layout.Stream), x.Ledger)
		if err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
		list = append(list, ledgerFacts(facts, s.Ref, x.Ledger == 0)...)
		x.Ledger = max(x.Ledger, rev)
	}
	if len(list) > 0 {
		b, err := json.Marshal(list)
		if err != nil {
			return nil, fmt.Errorf("encode facts of session %s: %w", s.Subject.Session.ID, err)
		}
		out = append(out, avail.Fact{Key: "facts/" + r.sequence(s.At), Value: r.packer.pack(b)})
	}
	decisions, rev, err := s.Subject.Facts.Since(ctx, records.DecisionsOwner(s.Subject.Session.ID), x.Records)
	if err != nil {
		return nil, fmt.Errorf("read records of session %s: %w", s.Subject.Session.ID, err)
	}
	for _, f := range decisions {
		if f, err = x.record(f); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	x.Records = max(x.Records, rev)
	return out, nil
}

// sessionFacts are a session's records without secrets. What is there only for
// retrievals, and the sums of old avails, whose records are all in the recording, is
// left out.
func (x *recording) sessionFacts(facts []avail.Fact) (list []bundle.Fact, decisions []avail.Decision, err error) {
	for _, f := range facts {
		kind, _, _ := strings.Cut(f.Key, "/")
		switch {
		case kind == records.SessionKey || kind == records.FoldKey || kind == records.RefersKey || strings.HasPrefix(kind, "prefetch"):
			continue
		case kind == "decision":
			var d avail.Decision
			if err := records.Decode(f.Value, &d); err != nil {
				return nil, nil, fmt.Errorf("fact %q: %w", f.Key, err)
			}
			d = x.mask.Decision(d)
			decisions = append(decisions, d)
			f.Value, err = json.Marshal(d)
		case kind == "own":
			var rec records.PreRoll
			if err := records.Decode(f.Value, &rec); err != nil {
				return nil, nil, fmt.Errorf("fact %q: %w", f.Key, err)
			}
			rec.Decision = x.mask.Decision(rec.Decision)
			decisions = append(decisions, rec.Decision)
			f.Value, err = json.Marshal(rec)
		default:
			f.Value, err = records.Text(f.Value)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("encode fact %q: %w", f.Key, err)
		}
		list = append(list, bundle.Fact{Log: bundle.SessionLog, Rev: f.Rev, Key: f.Key, Value: f.Value})
	}
	return list, decisions, nil
}

// ledgerFacts are the entries of a ledger that a planner reads. How far each rendition
// was listed, and where it is placed, is in the recorded views. Of a ledger that is read
// for the first time, what was over before the session began is left out.
func ledgerFacts(facts []avail.Fact, ref *origin.View, first bool) []bundle.Fact {
	over := map[string]bool{}
	if first {
		for _, f := range facts {
			if kind, name, _ := strings.Cut(f.Key, "/"); kind == "end" && endedBefore(name, f.Value, ref) {
				over[name] = true
			}
		}
	}
	var list []bundle.Fact
	for _, f := range facts {
		kind, rest, _ := strings.Cut(f.Key, "/")
		name, _, _ := strings.Cut(rest, "/")
		switch kind {
		case "avail", "end", "after", "bound":
			if over[name] {
				continue
			}
		case "cut":
			if first && cutBefore(rest, ref) {
				continue
			}
		case "epoch", "reference":
		default:
			continue
		}
		list = append(list, bundle.Fact{Log: bundle.LedgerLog, Rev: f.Rev, Key: f.Key, Value: f.Value})
	}
	return list
}

// endedBefore is whether the end of an avail lies before all that a view lists.
func endedBefore(name string, value []byte, ref *origin.View) bool {
	key, err := avail.ParseKey(name)
	var end struct {
		End int64 `json:"end"`
	}
	if err != nil || json.Unmarshal(value, &end) != nil {
		return false
	}
	return listedBefore(key.Epoch, end.End+1, ref)
}

// cutBefore is whether a cut, by its name in the ledger, lies before all that a view
// lists.
func cutBefore(name string, ref *origin.View) bool {
	part := strings.Split(name, "/")
	if len(part) != 4 {
		return false
	}
	key, err := avail.ParseKey(part[1] + "." + part[2])
	return err == nil && listedBefore(key.Epoch, key.Sequence+1, ref)
}

// listedBefore is whether all numbers below one lie before what a view lists. The epoch before
// the view's may still be listed in other renditions.
func listedBefore(epoch int, below int64, ref *origin.View) bool {
	return epoch+1 < ref.Epoch.Index || epoch == ref.Epoch.Index && below <= ref.Head()
}

// assets are the creatives of decisions that are not recorded yet. One that is gone is
// gone for the viewer too.
func (x *recording) assets(ctx context.Context, s *Subject, decisions []avail.Decision) ([]avail.Fact, error) {
	var out []avail.Fact
	for _, id := range assetsOf(decisions) {
		key := "asset/" + id
		if x.stored[key] {
			continue
		}
		a, err := s.Assets.Asset(ctx, id)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			continue
		}
		b, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("encode asset %s: %w", id, err)
		}
		out = append(out, avail.Fact{Key: key, Value: b})
	}
	return out, nil
}

// assetsOf are the ids of the assets that decisions name, each once.
func assetsOf(decisions []avail.Decision) []string {
	var ids []string
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for len(decisions) > 0 {
		d := decisions[0]
		decisions = decisions[1:]
		for _, it := range d.Items {
			add(it.Asset)
		}
		if d.Slate != nil {
			add(d.Slate.Asset)
		}
		for i := range d.Breaks {
			decisions = append(decisions, d.Breaks[i].Decision)
		}
	}
	return ids
}

// record is the record of a decision without secrets, and without the bodies of ad
// responses unless they are to be kept.
func (x *recording) record(f avail.Fact) (avail.Fact, error) {
	rec, err := records.Unpack(f.Value)
	if err != nil {
		return f, err
	}
	rec.Answer = x.mask.Decision(rec.Answer)
	if !x.raw {
		for i := range rec.Request.Hops {
			rec.Request.Hops[i].Body = ""
		}
	}
	b, err := json.Marshal(rec)
	if err != nil {
		return f, fmt.Errorf("encode a decision's record: %w", err)
	}
	return avail.Fact{Key: "record/" + f.Key, Value: b}, nil
}
