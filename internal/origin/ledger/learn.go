package ledger

import (
	"encoding/json"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/tail"
	"stitcher/internal/origin/ledger/unread"
)

// learn adds a stored fact to what is known. Facts already known change
// nothing.
func (s *Stream) learn(f avail.Fact) error {
	kind, key, _ := strings.Cut(f.Key, "/")
	switch kind {
	case "avail", "bound", "after", "end":
		return s.spans.Learn(kind, key, f.Value)
	case "overlay":
		var a avail.Avail
		if err := json.Unmarshal(f.Value, &a); err != nil {
			return err
		}
		s.overlays = append(s.overlays[max(0, len(s.overlays)-(maxOverlays-1)):], a)
		return nil
	case "cut":
		return s.cuts.Learn(key, f.Value)
	case "epoch":
		var e origin.Epoch
		if err := json.Unmarshal(f.Value, &e); err != nil {
			return err
		}
		s.epochs = s.epochs.With(e)
		return nil
	case "shift", "anchor":
		return s.undated.Learn(kind, key, f.Value)
	case "reference":
		var next feed.Feed
		if err := json.Unmarshal(f.Value, &next); err != nil {
			return err
		}
		s.learnFeed(next)
		return nil
	case "pin":
		return s.pins.Learn(key, f.Value)
	case unread.Key:
		var list unread.Markers
		if err := json.Unmarshal(f.Value, &list); err != nil {
			return err
		}
		s.unread = list
		return nil
	case "target":
		var n int64
		if err := json.Unmarshal(f.Value, &n); err != nil {
			return err
		}
		s.targets[key] = n
		return nil
	case "tail":
		var t tail.Tail
		if err := json.Unmarshal(f.Value, &t); err != nil {
			return err
		}
		s.learnTail(key, t)
		return nil
	}
	return nil
}

// learnTail notes how far a rendition was listed, by any node. How far the
// timeline was is also how far the rendition was that feeds it.
func (s *Stream) learnTail(rendition string, t tail.Tail) {
	if t.Epoch >= len(s.epochs) {
		return // the epoch's record expired
	}
	if f := s.feeds.Last(); rendition == origin.Reference && f.Rendition != origin.Reference {
		s.learnTail(f.Rendition, raw(&f, t))
	}
	old, known := s.tails[rendition]
	s.tails[rendition] = t
	tr := s.tracks[rendition]
	if tr == nil {
		return
	}
	tr.tail = t
	if known && t.Epoch > old.Epoch {
		// The rendition was found to have started again.
		tr.past, tr.again = tr.newest, nil
		tr.fallen.clear()
		if rendition == origin.Reference {
			s.end(old.Epoch, tr.newest)
			delete(s.finals, old.Epoch-1)
			delete(s.spans, old.Epoch-1)
		}
	}
}

// end keeps the timeline's last view of an epoch, unless another node has listed
// more of it.
func (s *Stream) end(epoch int, last *origin.View) {
	if last == nil || last.Epoch.Index != epoch || epoch+1 >= len(s.epochs) || last.Next()-1 < s.epochs[epoch+1].Past {
		return
	}
	s.finals[epoch] = last
}
