// Package cut is the cuts of a stream: which boundaries of other renditions stand for
// boundaries of the reference.
package cut

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// Name names a cut in the ledger: the boundary of a rendition that stands for a boundary
// of the reference, at the start of a pod or at the return from it.
type Name struct {
	Rendition string
	Epoch     int
	// Sequence is the reference's segment that starts at the boundary.
	Sequence int64
	// Back is whether content returns here; otherwise a pod begins.
	Back bool
}

// String is the key of the cut in the ledger, without its kind.
func (n Name) String() string {
	side := "start"
	if n.Back {
		side = "return"
	}
	return n.Rendition + "/" + strconv.Itoa(n.Epoch) + "/" + strconv.FormatInt(n.Sequence, 10) + "/" + side
}

// Key is the key under which the cut is stored.
func (n Name) Key() string { return "cut/" + n.String() }

// Fact is the cut as it is stored: x is the number of the rendition's first segment after it.
func (n Name) Fact(x int64) avail.Fact { return avail.Fact{Key: n.Key(), Value: origin.Encode(x)} }

// parse reads what String wrote.
func parse(s string) (Name, error) {
	p := strings.Split(s, "/")
	if len(p) != 4 {
		return Name{}, fmt.Errorf("cut key %q has not four parts", s)
	}
	epoch, err := strconv.Atoi(p[1])
	if err != nil {
		return Name{}, err
	}
	ref, err := strconv.ParseInt(p[2], 10, 64)
	return Name{Rendition: p[0], Epoch: epoch, Sequence: ref, Back: p[3] == "return"}, err
}

// Cuts are the numbers of the renditions' first segments after the boundaries.
type Cuts map[Name]int64

// Learn adds a stored cut. key is that of the ledger, without its kind.
func (c Cuts) Learn(key string, value []byte) error {
	n, err := parse(key)
	if err != nil {
		return err
	}
	var x int64
	if err := json.Unmarshal(value, &x); err != nil {
		return err
	}
	c[n] = x
	return nil
}

// Before are the cuts of earlier epochs, and those before a number of the reference in an
// epoch.
func (c Cuts) Before(epoch int, sequence int64) []Name {
	var names []Name
	for n := range c {
		if n.Epoch < epoch || n.Epoch == epoch && n.Sequence < sequence {
			names = append(names, n)
		}
	}
	return names
}
