package vast

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"stitcher/internal/avail"
)

// form is what a media file is good for; a higher one is preferred.
type form int

const (
	unusable form = iota
	streaming
	progressive
)

// progressiveTypes are the MIME types that can be transcoded from one file.
var progressiveTypes = map[string]bool{
	"video/mp4": true, "video/x-m4v": true, "video/m4v": true, "video/quicktime": true,
	"video/webm": true, "video/x-matroska": true, "video/mp2t": true, "video/3gpp": true,
	"audio/mp4": true, "audio/x-m4a": true, "audio/webm": true, "application/mp4": true,
}

// streamingTypes are the MIME types of manifests.
var streamingTypes = map[string]bool{
	"application/x-mpegurl": true, "application/vnd.apple.mpegurl": true, "audio/mpegurl": true,
	"audio/x-mpegurl": true, "application/dash+xml": true,
}

// extensions tell the form of a file whose type is missing or says nothing.
var extensions = map[string]form{
	".mp4": progressive, ".m4v": progressive, ".mov": progressive, ".webm": progressive,
	".mkv": progressive, ".ts": progressive, ".3gp": progressive, ".m4a": progressive,
	".m3u8": streaming, ".mpd": streaming,
}

// form classifies a file by its type and, where that says nothing, its name.
// Executable files (VPAID) can't be stitched (field failure B-62).
func (f *MediaFile) form() form {
	if f.API != "" {
		return unusable
	}
	kind, _, _ := strings.Cut(strings.ToLower(f.Type), ";")
	switch kind = strings.TrimSpace(kind); {
	case streamingTypes[kind]:
		return streaming
	case progressiveTypes[kind]:
		return progressive
	case !strings.Contains(kind, "/"), kind == "application/octet-stream", kind == "binary/octet-stream":
		u, err := url.Parse(f.URL)
		if err != nil {
			return unusable
		}
		return extensions[strings.ToLower(path.Ext(u.Path))]
	}
	return unusable
}

// executable tells that there are media files and all are VPAID.
func (l *LinearCreative) executable() bool {
	return len(l.MediaFiles) > 0 && !slices.ContainsFunc(l.MediaFiles, func(f MediaFile) bool {
		return !strings.EqualFold(f.API, "VPAID")
	})
}

// fetchable tells whether the URL is one that can be asked for.
func (f *MediaFile) fetchable() bool {
	u, err := url.Parse(f.URL)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// better tells whether f is to be preferred to g: progressive before
// streaming, then the bit rate, then the picture's size; document order
// decides the rest, for attributes count and not order (VAST 4.3 §3.9.1).
func (f *MediaFile) better(g *MediaFile) bool {
	switch a, b := f.form(), g.form(); {
	case a != b:
		return a > b
	case f.Bitrate != g.Bitrate:
		return f.Bitrate > g.Bitrate
	}
	return f.Width*f.Height > g.Width*g.Height
}

// media chooses the file to prepare a creative from: a mezzanine where there
// is one (VAST 4.3 §3.9.2), else the best media file. The reason says why
// there is none: no file of a usable type, or none whose URL can be fetched.
func (l *LinearCreative) media() (MediaFile, avail.Reason) {
	mezzanine, dead := best(l.Mezzanines)
	if mezzanine != nil && mezzanine.form() == progressive {
		return *mezzanine, ""
	}
	file, deadToo := best(l.MediaFiles)
	switch {
	case file != nil:
		return *file, ""
	case dead || deadToo:
		return MediaFile{}, avail.CreativeUnfetchable
	}
	return MediaFile{}, avail.RenditionMissing
}

// Condition chooses the file of an ad to be shown as it is, without a transcode:
// the first HLS with delivery="streaming", as MediaTailor chooses under
// AdConditioningConfiguration NONE. An ad without one stays as it is.
func (a *Ad) Condition() {
	for i := range a.Linear.MediaFiles {
		f := &a.Linear.MediaFiles[i]
		if !strings.EqualFold(f.Delivery, "streaming") || f.API != "" || !f.fetchable() || !f.hls() {
			continue
		}
		if a.Reason == avail.RenditionMissing || a.Reason == avail.CreativeUnfetchable {
			a.Reason, a.Err = "", nil // it had no other file
		}
		a.Media, a.Streaming = *f, true
		return
	}
}

// hls tells whether the file is an HLS playlist, by its name or its type.
func (f *MediaFile) hls() bool {
	u, err := url.Parse(f.URL)
	if err == nil && strings.EqualFold(path.Ext(u.Path), ".m3u8") {
		return true
	}
	kind, _, _ := strings.Cut(strings.ToLower(f.Type), ";")
	switch strings.TrimSpace(kind) {
	case "application/x-mpegurl", "application/vnd.apple.mpegurl":
		return true
	}
	return false
}

// best is the preferred file of a list, nil if none is usable; dead tells
// that a file of a usable type has a URL that can't be fetched.
func best(files []MediaFile) (found *MediaFile, dead bool) {
	for i := range files {
		f := &files[i]
		switch {
		case f.form() == unusable:
		case !f.fetchable():
			dead = true
		case found == nil || f.better(found):
			found = f
		}
	}
	return found, dead
}
