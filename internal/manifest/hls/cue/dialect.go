package cue

// Dialect is a tag by which packagers mark avails.
type Dialect struct {
	// read adds what a tag with a value says.
	read func(m *Reader, value []byte)
	// Passthrough is whether MediaTailor's AdMarkerPassthrough keeps the tag;
	// After is whether it then belongs after the ads, not before.
	Passthrough, After bool
}

// DialectOf is the dialect of a tag, nil if the tag marks no avail.
func DialectOf(tag []byte) *Dialect { return dialects[string(tag)] }

// dialects is the one table of marker tags (field failure B-30; MediaTailor's
// own list is a part of it). EXT-X-DATERANGE is read apart, since it is placed
// by date where there are dates.
var dialects = map[string]*Dialect{
	"#EXT-X-CUE-OUT":      {read: (*Reader).cueOut, Passthrough: true},
	"#EXT-X-CUE-OUT-CONT": {read: (*Reader).cueCont},
	"#EXT-X-CUE-CONT":     {read: (*Reader).cueCont},
	"#EXT-X-CUE-SPAN":     {read: (*Reader).cueCont},
	"#EXT-X-CUE-IN":       {read: (*Reader).cueIn, Passthrough: true, After: true},
	"#EXT-X-CUE":          {read: (*Reader).cueTag},
	// CableLabs' packagers, as their POIS tells them.
	"#EXT-X-SIGNAL-EXIT":   {read: (*Reader).cueOut},
	"#EXT-X-SIGNAL-SPAN":   {read: (*Reader).cueCont},
	"#EXT-X-SIGNAL-RETURN": {read: (*Reader).cueIn},
	// shaka-packager.
	"#EXT-X-PLACEMENT-OPPORTUNITY": {read: (*Reader).placement},
	"#EXT-OATCLS-SCTE35":           {read: (*Reader).payload},
	"#EXT-X-OATCLS-SCTE35":         {read: (*Reader).payload},
	"#EXT-X-ASSET":                 {read: (*Reader).asset},
	"#EXT-X-SCTE35":                {read: (*Reader).scte35},
	"#EXT-SCTE35":                  {read: (*Reader).scte35},
	"#EXT-X-SPLICEPOINT-SCTE35":    {read: (*Reader).splicePoint, Passthrough: true},
}
