package vast

// CreativeDetails is the shown creative.
type CreativeDetails struct {
	ID       string `json:"id,omitempty"`
	AdID     string `json:"adId,omitempty"`
	Sequence string `json:"sequence,omitempty"`
	// API is the framework that the creative needs.
	API          string        `json:"apiFramework,omitempty"`
	UniversalIDs []UniversalID `json:"universalAdIds,omitempty"`
	SkipOffset   string        `json:"skipOffset,omitempty"`
	Parameters   string        `json:"adParameters,omitempty"`
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
	return vpaid(f.Attributes["apiFramework"])
}

// linear reads the shown creative from its element and its linear part.
func (d *detailer) linear(c, l *node, shown *LinearCreative) {
	out := &d.out.Creative
	out.ID, out.AdID = d.text(c.attribute("id")), d.text(c.attribute("adId"))
	if out.AdID == "" {
		out.AdID = d.text(c.attribute("AdID")) // VAST 2 and 3
	}
	out.Sequence, out.API = d.text(c.attribute("sequence")), d.text(c.attribute("apiFramework"))
	for _, id := range shown.UniversalIDs { // those of extensions too
		if d.take(elementCost + len(id.Registry) + len(id.Value)) {
			out.UniversalIDs = append(out.UniversalIDs, id)
		}
	}
	out.SkipOffset = d.text(l.attribute("skipoffset"))
	parameters := l.first("AdParameters")
	out.Parameters, out.ParametersEncoded = d.text(parameters.text), d.text(parameters.attribute("xmlEncoded"))
	out.ClickThrough = d.clicks(l.each("VideoClicks", "ClickThrough"))
	out.ClickTracking = d.clicks(l.each("VideoClicks", "ClickTracking"))
	out.CustomClicks = d.clicks(l.each("VideoClicks", "CustomClick"))
	out.MediaFiles = d.files(l.each("MediaFiles", "MediaFile"))
	out.Mezzanines = d.files(l.each("MediaFiles", "Mezzanine"))
	out.Captions = d.resources(l.each("MediaFiles", "ClosedCaptionFiles", "ClosedCaptionFile"))
	interactive := l.each("MediaFiles", "InteractiveCreativeFile")
	out.Interactive = d.resources(interactive)
	for _, n := range interactive {
		// SIMID: the MP4 is shown, the player finds the rest in the
		// extensions (MediaTailor; field failure B-62).
		d.extension(Extension{Type: n.name, Content: string(n.outer)})
	}
}

// files are media files with all that was said of them.
func (d *detailer) files(list []*node) []File {
	var out []File
	for _, n := range list {
		f := File{URL: n.link(), Attributes: n.attributes}
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
