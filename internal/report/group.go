package report

import (
	"slices"

	"stitcher/internal/store/rollup"
)

// The dimensions, as the store numbers them.
const (
	configuration = rollup.Configuration
	protocol      = rollup.Protocol
	device        = rollup.Device
	reporting     = rollup.Reporting
	adSystem      = rollup.AdSystem
	advertiser    = rollup.Advertiser
	campaign      = rollup.Campaign
	ad            = rollup.Ad
	creative      = rollup.Creative
	host          = rollup.Host
	reason        = rollup.Reason
)

// names are those of the dimensions in queries and answers.
var names = [rollup.Dimensions]string{
	"configuration", "protocol", "device", "reporting", "adSystem", "advertiser", "campaign", "ad", "creative", "host", "reason",
}

func dimension(name string) int { return slices.Index(names[:], name) }
