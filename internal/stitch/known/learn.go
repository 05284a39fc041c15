package known

import (
	"fmt"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/few"
	"stitcher/internal/stitch/records"
)

// Kind says what a record has told.
type Kind int

const (
	// Nothing is a record that the engine need not hear of.
	Nothing Kind = iota
	// Decided is the decision of an avail.
	Decided
	// Shown is how much of an undecided avail was shown as content.
	Shown
	// Closed is the account of an avail that is over.
	Closed
	// Folded is a fold that sums up more than the one before.
	Folded
	// Entered is what the session begins with.
	Entered
)

// News is what a record has told.
type News struct {
	Kind Kind
	// Key is the avail that it is about, if it is about one.
	Key avail.Key
}

// Learn adds a record to what node knows. A record is known again by its key and may come twice.
func (k *Records) Learn(f avail.Fact, node string) (News, error) {
	kind, whole, _ := strings.Cut(f.Key, "/")
	name, _, _ := strings.Cut(whole, "/")
	if key, ok := records.AvailOf(f.Key); ok {
		k.Note(key, f.Rev)
	}
	switch kind {
	case "begin":
		var at int64
		var epoch int
		if _, err := fmt.Sscan(name, &epoch); err != nil {
			return News{}, err
		}
		if err := records.Decode(f.Value, &at); err != nil {
			return News{}, err
		}
		k.Begins.Put(epoch, at)
	case records.FoldKey:
		var fold records.Fold
		if err := records.Decode(f.Value, &fold); err != nil {
			return News{}, err
		}
		if k.SumUp(fold) {
			return News{Kind: Folded}, nil
		}
	case "asking":
		var asking string
		if err := records.Decode(f.Value, &asking); err != nil {
			return News{}, err
		}
		if asking != node {
			k.Asked.Put(name, true)
		}
	case "decision":
		key, err := recall(&k.Decisions, name, f.Value)
		if err != nil {
			return News{}, err
		}
		k.Prefetches.Decided(key)
		return News{Decided, key}, nil
	case "settlement":
		_, err := recall(&k.Settlements, name, f.Value)
		return News{}, err
	case "late":
		key, err := recall(&k.Late, name, f.Value)
		return News{Shown, key}, err
	case "account":
		key, err := avail.ParseKey(name)
		if err != nil {
			return News{}, err
		}
		k.Accounts.Put(key, true)
		return News{Closed, key}, nil
	case records.RefersKey:
		k.Refers = max(k.Refers, f.Rank)
	case records.ZeroKey: // the tracking document reads it
	case "edge":
		return News{}, records.Decode(f.Value, &k.Edge)
	case "own":
		var rec records.PreRoll
		if err := records.Decode(f.Value, &rec); err != nil {
			return News{}, err
		}
		k.Note(rec.Avail.Key, f.Rev)
		if k.Enter(rec) {
			return News{Kind: Entered}, nil
		}
	case "return":
		return News{}, k.recallReturn(name, f.Value)
	default:
		return News{}, k.Prefetches.Recall(kind, whole, f.Value)
	}
	return News{}, nil
}

// recall keeps the last record under each avail.
func recall[T any](m *few.Map[avail.Key, T], name string, value []byte) (avail.Key, error) {
	key, err := avail.ParseKey(name)
	if err != nil {
		return key, err
	}
	var v T
	if err := records.Decode(value, &v); err != nil {
		return key, err
	}
	m.Put(key, v)
	return key, nil
}

// recallReturn reads where the pod of an own avail has returned to content.
func (k *Records) recallReturn(name string, value []byte) error {
	key, err := avail.ParseKey(name)
	if err != nil {
		return err
	}
	var rec records.Return
	if err := records.Decode(value, &rec); err != nil {
		return err
	}
	for _, o := range k.Own {
		if o.Key == key && !o.fixed {
			o.Fix(rec)
		}
	}
	return nil
}
