package transcodecache

import (
	"fmt"
	"regexp"

	"stitcher/internal/transcodecache/profile"
)

// Names within a job's directory.
const (
	sourceFile = "source"
	outDir     = "out"
	listDir    = "lists"
)

// extension is what players want of a segment's name: FFmpeg refuses others.
func extension(c profile.Container) string {
	switch c {
	case profile.FMP4:
		return ".m4s"
	case profile.ADTS:
		return ".aac"
	case profile.WebVTT:
		return ".vtt"
	case profile.TS:
		return ".ts"
	}
	return ""
}

func segmentName(s *profile.Spec, i int) string {
	return fmt.Sprintf("%s-%05d%s", s.Name, i, extension(s.Container))
}

// initName is the name of the initialization section; "" where the container
// has none.
func initName(s *profile.Spec) string {
	if s.Container != profile.FMP4 {
		return ""
	}
	return s.Name + "-init.mp4"
}

// Keys and paths are made of these alone, whatever a client asks for.
var assetIDForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
