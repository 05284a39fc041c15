package mediafile

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// form is what a media file is likely to be good for; a higher one is tried
// first. Types and names are hints: what a file is shows when it is here.
type form int

const (
	// executable files need a framework in the player and can't be stitched (field
	// failure B-62).
	executable form = iota
	// streaming is a manifest.
	streaming
	// doubtful is a type that names something other than video or audio.
	doubtful
	// plausible is any other video or audio, or no type at all.
	plausible
	// progressive is one of the usual containers.
	progressive
)

// progressiveTypes are the MIME types of the containers that ads usually have.
var progressiveTypes = set(
	"video/mp4", "video/x-m4v", "video/m4v", "video/quicktime", "video/webm", "video/x-matroska", "video/mp2t",
	"video/3gpp", "audio/mp4", "audio/x-m4a", "audio/webm", "application/mp4",
)

// streamingTypes are the MIME types of manifests.
var streamingTypes = set(
	"application/x-mpegurl", "application/mpegurl", "application/vnd.apple.mpegurl", "video/mpegurl",
	"audio/mpegurl", "audio/x-mpegurl", "application/dash+xml",
)

// programTypes are the MIME types of programs, which need a player to run them
// whether or not a framework is named.
var programTypes = set(
	"application/javascript", "application/x-javascript", "application/ecmascript", "text/javascript",
	"application/x-shockwave-flash", "text/html",
)

// containerTypes are the MIME types outside of video and audio that are media.
var containerTypes = set("application/ogg", "application/mxf", "application/x-matroska", "application/vnd.rn-realmedia")

// extensions tell the form of a file whose type is missing or says nothing.
var extensions = map[string]form{
	".mp4": progressive, ".m4v": progressive, ".mov": progressive, ".webm": progressive,
	".mkv": progressive, ".ts": progressive, ".3gp": progressive, ".m4a": progressive,
	".m3u8": streaming, ".mpd": streaming, ".js": executable, ".swf": executable,
}

// kindOf is the file's MIME type without parameters, in lower case.
func kindOf(f *document.MediaFile) string {
	kind, _, _ := strings.Cut(strings.ToLower(f.Type), ";")
	return strings.TrimSpace(kind)
}

// formOf classifies a file by its framework, its type and, where that says nothing,
// its name.
func formOf(f *document.MediaFile) form {
	kind := kindOf(f)
	switch {
	case framework(f.API), programTypes[kind]:
		return executable
	case streamingTypes[kind]:
		return streaming
	case progressiveTypes[kind]:
		return progressive
	case !strings.Contains(kind, "/"), kind == "application/octet-stream", kind == "binary/octet-stream":
		if u, err := url.Parse(f.URL); err == nil {
			if form, known := extensions[strings.ToLower(path.Ext(u.Path))]; known {
				return form
			}
		}
		return plausible
	case strings.HasPrefix(kind, "video/"), strings.HasPrefix(kind, "audio/"), containerTypes[kind]:
		return plausible
	}
	return doubtful
}

// framework tells whether an apiFramework names one that has to run in the player.
// OMID only measures, and "NONE" and whatever else stands there run nothing
// (AdCOM 1.0, API Frameworks).
func framework(api string) bool {
	api = strings.ToUpper(strings.TrimSpace(api))
	for _, name := range [...]string{"VPAID", "SIMID", "MRAID", "ORMMA"} {
		if strings.HasPrefix(api, name) {
			return true
		}
	}
	return false
}

// IsVPAID tells whether an apiFramework is VPAID of any version.
func IsVPAID(api string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(api)), "VPAID")
}

// OnlyVPAID tells that a creative has media files and that all of them are VPAID.
func OnlyVPAID(l *document.LinearCreative) bool {
	return len(l.MediaFiles) > 0 && !slices.ContainsFunc(l.MediaFiles, func(f document.MediaFile) bool { return !IsVPAID(f.API) })
}

// better compares files, the one to be tried first first: by form, pictures before
// sound alone, then the bit rate, then the picture's size. Document order decides
// the rest, for attributes count and not order (VAST 4.3 §3.9.1).
func better(f, g document.MediaFile) int {
	sound := func(f *document.MediaFile) int {
		if strings.HasPrefix(kindOf(f), "audio/") {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(formOf(&g), formOf(&f)), cmp.Compare(sound(&f), sound(&g)),
		cmp.Compare(g.Bitrate, f.Bitrate), cmp.Compare(g.Width*g.Height, f.Width*f.Height))
}

// maxFiles is how many files of a creative are tried.
const maxFiles = 8

// Candidates are the files to prepare a creative from, in the order in which they
// are to be tried: mezzanines (VAST 4.3 §3.9.2), then media files. The reason says
// why there are none.
func Candidates(l *document.LinearCreative) ([]document.MediaFile, avail.Reason) {
	var usable []document.MediaFile
	reason := avail.RenditionMissing
	if l.Interactive {
		reason = avail.FrameworkRequired
	}
	for _, list := range [][]document.MediaFile{l.Mezzanines, l.MediaFiles} {
		from := len(usable)
		for i := range list {
			f := &list[i]
			switch form := formOf(f); {
			case form == executable:
				if reason == avail.RenditionMissing {
					reason = avail.FrameworkRequired
				}
			case !markup.Sendable(f.URL):
				reason = avail.CreativeUnfetchable
			case slices.ContainsFunc(usable, func(other document.MediaFile) bool { return other.URL == f.URL }):
			default:
				usable = append(usable, *f)
			}
		}
		slices.SortStableFunc(usable[from:], better)
	}
	// A mezzanine that is no single file comes last.
	slices.SortStableFunc(usable, func(f, g document.MediaFile) int {
		return cmp.Compare(min(formOf(&g), plausible), min(formOf(&f), plausible))
	})
	if len(usable) == 0 {
		return nil, reason
	}
	return usable[:min(len(usable), maxFiles)], ""
}

// Streams are the files that can be shown as they are, without a transcode, in
// document order: HLS and DASH with delivery="streaming", as MediaTailor chooses under
// AdConditioningConfiguration NONE. A prepared creative serves sessions of both formats,
// so the format of the session does not matter.
func Streams(l *document.LinearCreative) []document.MediaFile {
	var streams []document.MediaFile
	for i := range l.MediaFiles {
		f := &l.MediaFiles[i]
		if strings.EqualFold(f.Delivery, "streaming") && !framework(f.API) && markup.Sendable(f.URL) && isManifest(f) {
			streams = append(streams, *f)
		}
	}
	return streams[:min(len(streams), maxFiles)]
}

// isManifest tells whether the file is an HLS playlist or an MPD, by its name or its type.
func isManifest(f *document.MediaFile) bool {
	u, err := url.Parse(f.URL)
	if err == nil && extensions[strings.ToLower(path.Ext(u.Path))] == streaming {
		return true
	}
	switch kindOf(f) {
	case "application/x-mpegurl", "application/vnd.apple.mpegurl", "application/dash+xml":
		return true
	}
	return false
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}
