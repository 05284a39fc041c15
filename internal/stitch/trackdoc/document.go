package trackdoc

import "encoding/json"

// Document is the answer.
type Document struct {
	// Avails are of type Avail, marshalled.
	Avails                       []json.RawMessage `json:"avails"`
	DASHAvailabilityStartTime    *string           `json:"dashAvailabilityStartTime"`
	HLSAnchorMediaSequenceNumber *string           `json:"hlsAnchorMediaSequenceNumber"`
	NextToken                    string            `json:"nextToken"`
	// NonLinearAvails are too.
	NonLinearAvails []json.RawMessage `json:"nonLinearAvails"`
}

// Empty is a document without avails.
func Empty() Document {
	return Document{Avails: []json.RawMessage{}, NonLinearAvails: []json.RawMessage{}}
}

// Avail is a pod.
type Avail struct {
	AdBreakTrackingEvents []BreakEvent   `json:"adBreakTrackingEvents"`
	AdMarkerDuration      *string        `json:"adMarkerDuration"`
	Ads                   []Ad           `json:"ads"`
	AvailID               string         `json:"availId"`
	AvailProgramDateTime  *string        `json:"availProgramDateTime"`
	Duration              string         `json:"duration"`
	DurationInSeconds     seconds        `json:"durationInSeconds"`
	Meta                  *string        `json:"meta"`
	NonLinearAdsList      []NonLinearAds `json:"nonLinearAdsList"`
	StartTime             string         `json:"startTime"`
	StartTimeInSeconds    seconds        `json:"startTimeInSeconds"`
}

// BreakEvent is breakStart or breakEnd of a VMAP document.
type BreakEvent struct {
	BeaconURLs []string `json:"beaconUrls"`
	EventType  string   `json:"eventType"`
}

// Ad is one ad of a pod.
type Ad struct {
	AdID               string          `json:"adId"`
	AdParameters       string          `json:"adParameters"`
	AdProgramDateTime  *string         `json:"adProgramDateTime"`
	AdSystem           string          `json:"adSystem"`
	AdTitle            string          `json:"adTitle"`
	AdVerifications    []Verification  `json:"adVerifications"`
	CompanionAds       []Companion     `json:"companionAds"`
	CreativeID         string          `json:"creativeId"`
	CreativeSequence   string          `json:"creativeSequence"`
	Duration           string          `json:"duration"`
	DurationInSeconds  seconds         `json:"durationInSeconds"`
	Extensions         []Extension     `json:"extensions"`
	Icons              []Icon          `json:"icons"`
	MediaFiles         MediaFiles      `json:"mediaFiles"`
	SkipOffset         *string         `json:"skipOffset"`
	StartTime          string          `json:"startTime"`
	StartTimeInSeconds seconds         `json:"startTimeInSeconds"`
	TrackingEvents     []TrackingEvent `json:"trackingEvents"`
	VASTAdID           string          `json:"vastAdId"`
}

// TrackingEvent is an event at a time of the presentation, or one that the player finds
// out.
type TrackingEvent struct {
	BeaconURLs           []string `json:"beaconUrls"`
	Duration             string   `json:"duration"`
	DurationInSeconds    seconds  `json:"durationInSeconds"`
	EventID              string   `json:"eventId"`
	EventProgramDateTime *string  `json:"eventProgramDateTime"`
	EventType            string   `json:"eventType"`
	StartTime            string   `json:"startTime"`
	StartTimeInSeconds   seconds  `json:"startTimeInSeconds"`
}

// Verification is measurement code of a vendor.
type Verification struct {
	ExecutableResource     []Resource          `json:"executableResource"`
	JavaScriptResource     []Script            `json:"javaScriptResource"`
	TrackingEvents         []VerificationEvent `json:"trackingEvents"`
	Vendor                 string              `json:"vendor"`
	VerificationParameters string              `json:"verificationParameters"`
}

// Resource is code that a player runs.
type Resource struct {
	APIFramework string `json:"apiFramework"`
	Language     string `json:"language"`
	Type         string `json:"type"`
	URI          string `json:"uri"`
}

// Script is JavaScript.
type Script struct {
	APIFramework    string `json:"apiFramework"`
	BrowserOptional string `json:"browserOptional"`
	URI             string `json:"uri"`
}

// VerificationEvent is called where the code is not run.
type VerificationEvent struct {
	Event string `json:"event"`
	URI   string `json:"uri"`
}

// Companion is a banner beside the picture.
type Companion struct {
	AdParameters           *string             `json:"adParameters"`
	AltText                *string             `json:"altText"`
	Attributes             CompanionAttributes `json:"attributes"`
	CompanionClickThrough  *string             `json:"companionClickThrough"`
	CompanionClickTracking *string             `json:"companionClickTracking"`
	HTMLResource           *string             `json:"htmlResource"`
	IFrameResource         *string             `json:"iFrameResource"`
	Sequence               *string             `json:"sequence"`
	StaticResource         *string             `json:"staticResource"`
	TrackingEvents         []BreakEvent        `json:"trackingEvents"`
}

// CompanionAttributes are those of the Companion element.
type CompanionAttributes struct {
	AdSlotID       *string `json:"adSlotId"`
	APIFramework   *string `json:"apiFramework"`
	AssetHeight    *string `json:"assetHeight"`
	AssetWidth     *string `json:"assetWidth"`
	ExpandedHeight *string `json:"expandedHeight"`
	ExpandedWidth  *string `json:"expandedWidth"`
	Height         *string `json:"height"`
	ID             *string `json:"id"`
	PxRatio        *string `json:"pxratio"`
	RenderingMode  *string `json:"renderingMode"`
	Width          *string `json:"width"`
}

// Extension is text of the ad server that the player passes on.
type Extension struct {
	Content string `json:"content"`
	Type    string `json:"type"`
}

// Icon is an industry icon.
type Icon struct {
	Attributes       IconAttributes `json:"attributes"`
	HTMLResource     string         `json:"htmlResource"`
	IFrameResource   string         `json:"iFrameResource"`
	IconClicks       IconClicks     `json:"iconClicks"`
	IconViewTracking string         `json:"iconViewTracking"`
	StaticResource   Static         `json:"staticResource"`
}

// IconAttributes are those of the Icon element.
type IconAttributes struct {
	APIFramework string `json:"apiFramework"`
	Duration     string `json:"duration"`
	Height       string `json:"height"`
	Offset       string `json:"offset"`
	Program      string `json:"program"`
	PxRatio      string `json:"pxratio"`
	Width        string `json:"width"`
	XPosition    string `json:"xPosition"`
	YPosition    string `json:"yPosition"`
}

// IconClicks is where a click on an icon leads.
type IconClicks struct {
	IconClickFallbackImages []FallbackImage `json:"iconClickFallbackImages"`
	IconClickThrough        string          `json:"iconClickThrough"`
	IconClickTracking       ClickTracking   `json:"iconClickTracking"`
}

// ClickTracking is called with a click.
type ClickTracking struct {
	ID  string `json:"id"`
	URI string `json:"uri"`
}

// FallbackImage is shown where an icon's page can't be.
type FallbackImage struct {
	AltText        string `json:"altText"`
	Height         string `json:"height"`
	StaticResource Static `json:"staticResource"`
	Width          string `json:"width"`
}

// Static is a picture.
type Static struct {
	CreativeType string `json:"creativeType"`
	URI          string `json:"uri"`
}

// MediaFiles are files that only the player can show, under slate.
type MediaFiles struct {
	MediaFilesList []MediaFile `json:"mediaFilesList"`
	Mezzanine      string      `json:"mezzanine"`
}

// MediaFile is such a file.
type MediaFile struct {
	APIFramework        *string `json:"apiFramework"`
	Bitrate             int     `json:"bitrate"`
	Codec               *string `json:"codec"`
	Delivery            string  `json:"delivery"`
	Height              int     `json:"height"`
	ID                  string  `json:"id"`
	MaintainAspectRatio bool    `json:"maintainAspectRatio"`
	MaxBitrate          int     `json:"maxBitrate"`
	MediaFileURI        string  `json:"mediaFileUri"`
	MediaType           string  `json:"mediaType"`
	MinBitrate          int     `json:"minBitrate"`
	Scalable            bool    `json:"scalable"`
	Width               int     `json:"width"`
}

// NonLinearAds are overlays.
type NonLinearAds struct {
	Extensions      []Extension     `json:"extensions"`
	NonLinearAdList []NonLinear     `json:"nonLinearAdList"`
	TrackingEvents  []TrackingEvent `json:"trackingEvents"`
}

// NonLinear is one overlay.
type NonLinear struct {
	AdID                       string  `json:"adId"`
	AdParameters               string  `json:"adParameters"`
	AdSystem                   string  `json:"adSystem"`
	AdTitle                    string  `json:"adTitle"`
	APIFramework               string  `json:"apiFramework"`
	ClickThrough               string  `json:"clickThrough"`
	ClickTracking              string  `json:"clickTracking"`
	ClickTrackingID            string  `json:"clickTrackingId"`
	CreativeAdID               string  `json:"creativeAdId"`
	CreativeID                 string  `json:"creativeId"`
	CreativeSequence           string  `json:"creativeSequence"`
	Duration                   string  `json:"duration"`
	DurationInSeconds          seconds `json:"durationInSeconds"`
	ExpandedHeight             string  `json:"expandedHeight"`
	ExpandedWidth              string  `json:"expandedWidth"`
	Height                     string  `json:"height"`
	HTMLResource               string  `json:"htmlResource"`
	IFrameResource             string  `json:"iFrameResource"`
	MaintainAspectRatio        bool    `json:"maintainAspectRatio"`
	MinSuggestedDuration       string  `json:"minSuggestedDuration"`
	Scalable                   bool    `json:"scalable"`
	StaticResource             string  `json:"staticResource"`
	StaticResourceCreativeType string  `json:"staticResourceCreativeType"`
	Width                      string  `json:"width"`
}
