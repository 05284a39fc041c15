package macro

import (
	"fmt"
	"strconv"
	"strings"
)

// macros is the published list of 59 (vast4macros/data/macros-data.json of
// the IAB's repository). A nil function is a macro whose value only a player
// or an operator knows: it comes from Values.Known.
var macros = map[string]func(*Values) string{
	"TIMESTAMP":           func(v *Values) string { return v.Now.Format("2006-01-02T15:04:05.000-07:00") },
	"CACHEBUSTING":        func(v *Values) string { return fmt.Sprintf("%08d", v.CacheBuster%100_000_000) },
	"CONTENTPLAYHEAD":     func(v *Values) string { return playhead(v.MediaPlayhead) }, // deprecated in 4.1
	"MEDIAPLAYHEAD":       func(v *Values) string { return playhead(v.MediaPlayhead) },
	"BREAKPOSITION":       func(v *Values) string { return strconv.Itoa(int(v.BreakPosition)) },
	"BLOCKEDADCATEGORIES": func(v *Values) string { return strings.Join(v.BlockedAdCategories, ",") },
	"ADCATEGORIES":        nil,
	"ADCOUNT":             func(v *Values) string { return positive(v.AdCount) },
	"TRANSACTIONID":       func(v *Values) string { return v.TransactionID },
	"PLACEMENTTYPE":       nil,
	"ADTYPE":              func(v *Values) string { return v.AdType },
	"UNIVERSALADID":       func(v *Values) string { return v.UniversalAdID },
	"BREAKMAXDURATION":    func(v *Values) string { return positive(int(v.BreakMaxDuration / 1e6)) },
	"BREAKMAXADS":         nil,
	"BREAKMINADLENGTH":    nil,
	"BREAKMAXADLENGTH":    func(v *Values) string { return positive(int(v.BreakMaxDuration / 1e6)) },

	"IFA":        nil,
	"IFATYPE":    nil,
	"CLIENTUA":   nil,
	"SERVERUA":   func(v *Values) string { return v.ServerUA },
	"DEVICEUA":   func(v *Values) string { return v.DeviceUA },
	"SERVERSIDE": func(v *Values) string { return strconv.Itoa(int(v.ServerSide)) },
	"DEVICEIP":   func(v *Values) string { return v.DeviceIP },
	"LATLONG":    nil,

	"DOMAIN":    nil,
	"PAGEURL":   nil,
	"APPBUNDLE": nil,
	"STOREID":   nil,
	"STOREURL":  nil,

	// AdCOM 1.0 creative subtypes: VAST 2, 3, 4 and their wrappers, 4.1 and 4.2.
	"VASTVERSIONS":        func(*Values) string { return "2,3,5,6,7,8,11,12,13,14" },
	"APIFRAMEWORKS":       nil,
	"EXTENSIONS":          nil,
	"VERIFICATIONVENDORS": nil,
	"OMIDPARTNER":         nil,
	"MEDIAMIME":           func(*Values) string { return "video/mp4,video/webm,video/quicktime" },
	"PLAYERCAPABILITIES":  nil,
	"CLICKTYPE":           nil,

	"PLAYERSTATE":     nil,
	"INVENTORYSTATE":  nil,
	"PLAYERSIZE":      nil,
	"PLAYBACKMETHODS": nil,
	"ADPLAYHEAD":      func(v *Values) string { return playhead(v.AdPlayhead) },
	"ASSETURI":        func(v *Values) string { return v.AssetURI },
	"CONTENTID":       nil,
	"CONTENTURI":      func(v *Values) string { return v.ContentURI },
	"CONTENTCAT":      nil,
	"PODSEQUENCE":     func(v *Values) string { return positive(v.PodSequence) },
	"ADSERVINGID":     func(v *Values) string { return v.AdServingID },

	"CLICKPOS":  nil,
	"ERRORCODE": func(v *Values) string { return positive(v.ErrorCode) },
	"REASON":    func(v *Values) string { return positive(v.ReasonCode) },

	"LIMITADTRACKING": nil,
	"REGULATIONS":     nil,
	"GDPRCONSENT":     nil,
	"GPPSTRING":       nil,
	"GPPSECTIONID":    nil,
	"DSAREQUIRED":     nil,
	"DSAPARAMS":       nil,
	"DSAPUBRENDER":    nil,
}

// breakMacros are those of VMAP 1.0.1 §2.5, in the error trackers of a break.
var breakMacros = map[string]func(*Values) string{
	"ERROR_CODE":    func(v *Values) string { return positive(v.ErrorCode) },
	"ERROR_MESSAGE": func(v *Values) string { return v.ErrorMessage },
}

// playhead is a position as HH:MM:SS.mmm.
func playhead(at *int64) string {
	if at == nil || *at < 0 {
		return ""
	}
	ms := *at / 1000
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

// positive is a number, "" for what is unknown.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
