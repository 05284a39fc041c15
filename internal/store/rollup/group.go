package rollup

import "strings"

// The dimensions of a Group. They are stored by number: a new one comes last.
const (
	Configuration = iota
	Protocol
	Device
	Reporting
	AdSystem
	Advertiser
	Campaign
	Ad
	Creative
	Host
	Reason
	Dimensions
)

// Group is the value of each dimension; "" is that there is none.
type Group [Dimensions]string

const (
	// maxValue is how long a value may be, in bytes: ad servers write most of them.
	maxValue = 256
	// other is the value of a dimension where an hour had no room for another group.
	other = "(other)"
	// between stands between the values in the text of a group.
	between = "\x00"
)

// MaxGroups is how many groups an hour has. What belongs to a further one is added to
// its Overflow, so that sums still agree.
const MaxGroups = 20_000

// Key is the group as text. Long values are cut, and what is not UTF-8 is left out.
func (g Group) Key() string {
	last := 0
	for i, v := range g {
		g[i] = strings.ReplaceAll(strings.ToValidUTF8(v[:min(len(v), maxValue)], ""), between, "")
		if g[i] != "" {
			last = i + 1
		}
	}
	return strings.Join(g[:last], between)
}

// ParseGroup reads what Key wrote. Values beyond the dimensions are dropped.
func ParseGroup(key string) (g Group) {
	for i := range g {
		var more bool
		if g[i], key, more = strings.Cut(key, between); !more {
			break
		}
	}
	return g
}

// Overflow is the group that stands for g where there is no room for it: the dimensions
// whose values others choose are all one.
func (g Group) Overflow() Group {
	for i := AdSystem; i <= Host; i++ {
		if g[i] != "" {
			g[i] = other
		}
	}
	return g
}
