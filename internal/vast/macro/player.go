package macro

import (
	"strings"

	"github.com/google/uuid"

	"stitcher/internal/avail"
	"stitcher/internal/vast/markup"
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

// withheld is the value of what is known and not to be told (VAST 4.3 §6.1).
const withheld = "-2"

// regulations are the values of [REGULATIONS] by the parameter that says that
// one applies, in order. They are spelled as the published list has them.
var regulations = [...][2]string{{"coppa", "coppa"}, {"gdpr", "gdrp"}}

// Known gives Values.Known for a session's ads parameters. The id of a device
// whose user limits ad tracking is withheld (field failure B-64).
func Known(parameters map[string]string) map[string]string {
	known := make(map[string]string)
	for parameter, macro := range playerMacros {
		if value := parameters[parameter]; value != "" {
			known[macro] = value
		}
	}
	var apply []string
	for _, r := range regulations {
		if on(parameters[r[0]]) {
			apply = append(apply, r[1])
		}
	}
	if len(apply) > 0 {
		known["REGULATIONS"] = strings.Join(apply, ",")
	}
	if on(parameters["lmt"]) {
		known["IFA"], known["IFATYPE"] = withheld, withheld
	}
	return known
}

// on tells whether a parameter says yes.
func on(value string) bool {
	yes, ok := markup.Boolean(value)
	return ok && yes == "true"
}

// TransactionID is the [TRANSACTIONID] of an avail in a session: a UUID that
// every hop and every beacon shares. It follows from its arguments, so that
// whichever node sends a beacon finds the same one.
func TransactionID(session string, key avail.Key) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("stitcher "+session+" "+key.String())).String()
}
