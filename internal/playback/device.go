package playback

import (
	"path"
	"strings"
)

// Protocol is the format of a session's manifests.
type Protocol string

// The protocols.
const (
	HLS  Protocol = "hls"
	DASH Protocol = "dash"
)

// ProtocolOf is the protocol of an asset path, by its extension.
func ProtocolOf(asset string) Protocol {
	if strings.EqualFold(path.Ext(asset), ".mpd") {
		return DASH
	}
	return HLS
}

// DeviceClass is the kind of device that a session plays on. The set is closed,
// because it is a dimension of reports.
type DeviceClass string

// The device classes.
const (
	Television DeviceClass = "tv"
	Console    DeviceClass = "console"
	Tablet     DeviceClass = "tablet"
	Phone      DeviceClass = "phone"
	Desktop    DeviceClass = "desktop"
	OtherClass DeviceClass = "other"
)

// DeviceClasses lists the closed set.
func DeviceClasses() []DeviceClass {
	return []DeviceClass{Television, Console, Tablet, Phone, Desktop, OtherClass}
}

// deviceWords are what user agents of a class contain, in lower case. The order
// counts: a television's user agent has the words of the system that it is built
// on (Android TV, Linux), and a tablet's those of a phone.
var deviceWords = []struct {
	class DeviceClass
	words []string
}{
	{Console, []string{"playstation", "xbox", "nintendo"}},
	{Television, []string{
		"appletv", "apple tv", "tvos", "roku", "smarttv", "smart-tv", "smart tv", "hbbtv", "tizen", "web0s", "webos", "netcast",
		"bravia", "googletv", "google tv", "android tv", "; aft", "crkey", "chromecast", "viera", "vidaa", "dlnadoc", "set-top",
	}},
	{Tablet, []string{"ipad", "tablet", "kindle", "silk/", "; kf"}},
	{Phone, []string{"iphone", "ipod", "windows phone", "mobile"}},
	{Tablet, []string{"android"}}, // a phone's user agent says "Mobile" too
	{Desktop, []string{"windows nt", "macintosh", "x11", "cros ", "linux x86_64"}},
}

// ClassOf is the device class of a user agent. What it does not recognize is
// OtherClass.
func ClassOf(userAgent string) DeviceClass {
	agent := strings.ToLower(userAgent)
	for _, c := range deviceWords {
		for _, w := range c.words {
			if strings.Contains(agent, w) {
				return c.class
			}
		}
	}
	return OtherClass
}
