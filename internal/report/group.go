package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The dimensions, in the order of a Group.
const (
	configuration = iota
	protocol
	device
	reporting
	adSystem
	advertiser
	campaign
	ad
	creative
	host
	reason
	dimensions
)

// names are those of the dimensions in queries and answers.
var names = [dimensions]string{
	"configuration", "protocol", "device", "reporting", "adSystem", "advertiser", "campaign", "ad", "creative", "host", "reason",
}

// Group is the value of each dimension; "" is that there is none.
type Group [dimensions]string

// other is the value of a dimension where a store had no room for another group.
const other = "(other)"

// maxValue is how long a value may be, in bytes: ad servers write most of them.
const maxValue = 256

func (g Group) key() string {
	for i := range g {
		g[i] = strings.ToValidUTF8(g[i][:min(len(g[i]), maxValue)], "")
	}
	b, err := json.Marshal(g)
	if err != nil {
		panic("report: " + err.Error()) // an array of strings has no error
	}
	return string(b)
}

// overflow is the group that stands for g: the dimensions whose values others
// choose are all one.
func (g Group) overflow() Group {
	for i := adSystem; i <= host; i++ {
		if g[i] != "" {
			g[i] = other
		}
	}
	return g
}

func parseGroup(key string) (Group, error) {
	var list []string
	if err := json.Unmarshal([]byte(key), &list); err != nil || len(list) != dimensions {
		return Group{}, fmt.Errorf("roll-up group %q has not %d dimensions: %w", key, int(dimensions), err)
	}
	return Group(list), nil
}

func dimension(name string) int { return slices.Index(names[:], name) }
