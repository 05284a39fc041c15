package details

import (
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
	"stitcher/internal/vast/mediafile"
)

// CreativeDetails is the shown creative.
type CreativeDetails struct {
	ID       string `json:"id,omitempty"`
	AdID     string `json:"adId,omitempty"`
	Sequence string `json:"sequence,omitempty"`
	// API is the framework that the creative needs.
	API          string                 `json:"apiFramework,omitempty"`
	UniversalIDs []document.UniversalID `json:"universalAdIds,omitempty"`
	SkipOffset   string                 `json:"skipOffset,omitempty"`
	Parameters   string                 `json:"adParameters,omitempty"`
	// ParametersEncoded is xmlEncoded of the parameters, as written.
	ParametersEncoded string     `json:"xmlEncoded,omitempty"`
	ClickThrough      []Click    `json:"clickThrough,omitempty"`
	ClickTracking     []Click    `json:"clickTracking,omitempty"`
	CustomClicks      []Click    `json:"customClicks,omitempty"`
	MediaFiles        []File     `json:"mediaFiles,omitempty"`
	Mezzanines        []File     `json:"mezzanines,omitempty"`
	Interactive       []Resource `json:"interactive,omitempty"`
	Captions          []Resource `json:"captions,omitempty"`
}

// File is a media file with all attributes that its element had.
type File struct {
	URL string `json:"url"`
	// Attributes are as written, by local name: "width", "bitrate", "codec", ….
	Attributes map[string]string `json:"attributes,omitempty"`
}

// VPAID tells whether the file is an executable one.
func (f *File) VPAID() bool {
	return mediafile.IsVPAID(f.Attributes["apiFramework"])
}

// linear reads the shown creative from its element and its linear part.
func (d *detailer) linear(c, l *markup.Node, shown *document.LinearCreative) {
	out := &d.out.Creative
	out.ID, out.AdID = d.text(c.Attribute("id")), d.text(c.Attribute("adId"))
	if out.AdID == "" {
		out.AdID = d.text(c.Attribute("AdID")) // VAST 2 and 3
	}
	out.Sequence, out.API = d.text(c.Attribute("sequence")), d.text(c.Attribute("apiFramework"))
	for _, id := range shown.UniversalIDs { // those of extensions too
		if d.take(elementCost + len(id.Registry) + len(id.Value)) {
			out.UniversalIDs = append(out.UniversalIDs, id)
		}
	}
	out.SkipOffset = d.text(l.Attribute("skipoffset"))
	parameters := l.First("AdParameters")
	out.Parameters, out.ParametersEncoded = d.text(parameters.Text), d.text(parameters.Attribute("xmlEncoded"))
	out.ClickThrough = d.clicks(l.Each("VideoClicks", "ClickThrough"))
	out.ClickTracking = d.clicks(l.Each("VideoClicks", "ClickTracking"))
	out.CustomClicks = d.clicks(l.Each("VideoClicks", "CustomClick"))
	out.MediaFiles = d.files(l.Each("MediaFiles", "MediaFile"))
	out.Mezzanines = d.files(l.Each("MediaFiles", "Mezzanine"))
	out.Captions = d.resources(l.Each("MediaFiles", "ClosedCaptionFiles", "ClosedCaptionFile"))
	interactive := l.Each("MediaFiles", "InteractiveCreativeFile")
	out.Interactive = d.resources(interactive)
	for _, n := range interactive {
		// SIMID: the MP4 is shown, the player finds the rest in the
		// extensions (MediaTailor; field failure B-62).
		d.extension(document.Extension{Type: n.Name, Content: string(n.Outer)})
	}
}

// files are media files with all that was said of them.
func (d *detailer) files(list []*markup.Node) []File {
	var out []File
	for _, n := range list {
		f := File{URL: n.Link(), Attributes: n.Attributes}
		size := elementCost + len(f.URL)
		for name, value := range f.Attributes {
			size += len(name) + len(value)
		}
		if d.take(size) {
			out = append(out, f)
		}
	}
	return out
}
