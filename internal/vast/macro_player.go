package vast

import (
	"github.com/google/uuid"

	"stitcher/internal/avail"
)

// playerMacros are the macros that a player's ads parameters fill, under the
// names that players use for them (field failure B-64: consent is passed on
// as received).
var playerMacros = map[string]string{
	"gdpr_consent": "GDPRCONSENT",
	"gpp":          "GPPSTRING",
	"gpp_sid":      "GPPSECTIONID",
	"ifa":          "IFA",
	"ifa_type":     "IFATYPE",
	"lmt":          "LIMITADTRACKING",
	"app_bundle":   "APPBUNDLE",
	"page_url":     "PAGEURL",
	"domain":       "DOMAIN",
	"player_size":  "PLAYERSIZE",
	"content_id":   "CONTENTID",
}

// Known gives Values.Known for a session's ads parameters.
func Known(parameters map[string]string) map[string]string {
	known := make(map[string]string)
	for parameter, macro := range playerMacros {
		if value := parameters[parameter]; value != "" {
			known[macro] = value
		}
	}
	return known
}

// TransactionID is the [TRANSACTIONID] of an avail in a session: a UUID that
// every hop and every beacon shares. It follows from its arguments, so that
// whichever node sends a beacon finds the same one.
func TransactionID(session string, key avail.Key) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("stitcher "+session+" "+key.String())).String()
}
