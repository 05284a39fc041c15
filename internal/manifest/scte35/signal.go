package scte35

// Kind is what a cue does to avails.
type Kind uint8

// The kinds of Signal.
const (
	// None is nothing: a program, a chapter, a heartbeat.
	None Kind = iota
	// In ends an avail: content returns.
	In
	// Out opens an avail.
	Out
	// OverlayEnd ends an overlay.
	OverlayEnd
	// Overlay is an opportunity to show something over content. It is reported
	// and never stitched (MediaTailor treats 0x38 so).
	Overlay
)

// String is a word for the kind.
func (k Kind) String() string {
	switch k {
	case In:
		return "in"
	case Out:
		return "out"
	case OverlayEnd:
		return "overlay end"
	case Overlay:
		return "overlay"
	case None:
	}
	return "none"
}

// Signal is one thing that a cue does to avails.
type Signal struct {
	Kind Kind
	// EventID is the splice_event_id or segmentation_event_id. It tells a
	// repeat and identifies nothing: ids recur in the field (B-31).
	EventID uint32
	// Duration is the announced one in 90 kHz ticks; 0 is unknown.
	Duration uint64
	// AutoReturn says that the avail ends without another cue.
	AutoReturn bool
	// Type is the descriptor's; 0 where a splice_insert made the signal.
	Type Type
	// Segmentation is the descriptor that made the signal, or that describes
	// the avail of the splice_insert that did; nil without.
	Segmentation *Segmentation
}

// Signals are what the cue does, in the order in which it is to be done: what
// ends comes before what begins. There is at most one of each kind, made by
// the outermost of the descriptors: a break and the first ad in it, announced
// by one section, are one avail (field failure B-33). What a cue cancels is no
// signal.
func (c *Cue) Signals() []Signal {
	if c.Insert != nil {
		return c.Insert.signals(c.Segmentations)
	}
	var best [Overlay + 1]*Segmentation
	count := 0
	for i := range c.Segmentations {
		s := &c.Segmentations[i]
		kind := s.kind()
		if kind == None {
			continue
		}
		if best[kind] == nil {
			count++
		} else if actions[s.Type].rank >= actions[best[kind].Type].rank {
			continue
		}
		best[kind] = s
	}
	if count == 0 {
		return nil
	}
	signals := make([]Signal, 0, count)
	for kind, s := range best {
		if s != nil {
			signals = append(signals, Signal{Kind: Kind(kind), EventID: s.EventID, Duration: s.Duration, Type: s.Type, Segmentation: s})
		}
	}
	return signals
}

// Signal is the cue's signal of a kind; false where it has none.
func (c *Cue) Signal(kind Kind) (Signal, bool) {
	for _, s := range c.Signals() {
		if s.Kind == kind {
			return s, true
		}
	}
	return Signal{}, false
}

// signals are what a splice_insert does. Descriptors beside it describe its
// avail and make none of their own.
func (i *Insert) signals(segmentations []Segmentation) []Signal {
	if i.Cancel {
		return nil
	}
	if !i.Out {
		return []Signal{{Kind: In, EventID: i.EventID}}
	}
	signal := Signal{Kind: Out, EventID: i.EventID}
	if i.Break != nil {
		signal.Duration, signal.AutoReturn = i.Break.Duration, i.Break.AutoReturn
	}
	descriptors := Cue{Segmentations: segmentations}
	if described, ok := descriptors.Signal(Out); ok {
		signal.Segmentation = described.Segmentation
		if signal.Duration == 0 {
			signal.Duration = described.Duration
		}
	}
	return []Signal{signal}
}

// kind is what the descriptor does.
func (s *Segmentation) kind() Kind {
	if s.Cancel {
		return None
	}
	return s.Type.Kind()
}
