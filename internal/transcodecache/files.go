package transcodecache

import (
	"fmt"
	"regexp"
)

// Names within a job's directory.
const (
	sourceFile = "source"
	outDir     = "out"
	listDir    = "lists"
)

// extension is what players want of a segment's name: FFmpeg refuses others.
func extension(c Container) string {
	switch c {
	case FMP4:
		return ".m4s"
	case ADTS:
		return ".aac"
	case WebVTT:
		return ".vtt"
	case TS:
		return ".ts"
	}
	return ""
}

func segmentName(s *Spec, i int) string {
	return fmt.Sprintf("%s-%05d%s", s.Name, i, extension(s.Container))
}

// initName is the name of the initialization section; "" where the container
// has none.
func initName(s *Spec) string {
	if s.Container != FMP4 {
		return ""
	}
	return s.Name + "-init.mp4"
}

// Keys and paths are made of these alone, whatever a client asks for.
var assetIDForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
