package avail

// Fault says what is wrong with an ad where its Reason says less. The set is closed.
type Fault string

// The faults.
const (
	// NoCreatives is an ad without a creative, NoMediaFiles one whose creative has no
	// media file, BadMediaFile one without any that can be used.
	NoCreatives  Fault = "no_creatives"
	NoMediaFiles Fault = "no_media_files"
	BadMediaFile Fault = "bad_media_file"
	// BadTagURI is a wrapper whose VASTAdTagURI is no absolute URL.
	BadTagURI Fault = "bad_tag_uri"
	// SeveralAds is an ad beyond the one that its wrapper allows.
	SeveralAds Fault = "several_ads"
)
