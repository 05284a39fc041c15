package encode

import (
	"fmt"
	"os"
	"path/filepath"

	"stitcher/internal/transcodecache/profile"
)

// OutDir is where in a job's directory the files of the asset are written.
const OutDir = "out"

// listDir is where in a job's directory ffmpeg lists what it wrote.
const listDir = "lists"

// MakeDirs makes the directories that are written to.
func MakeDirs(dir string) error {
	for _, d := range []string{OutDir, listDir} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o750); err != nil {
			return err
		}
	}
	return nil
}

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

// SegmentName is the name of segment i of a rendition.
func SegmentName(s *profile.Spec, i int) string {
	return fmt.Sprintf("%s-%05d%s", s.Name, i, extension(s.Container))
}

// InitName is the name of the initialization section; "" where the container
// has none.
func InitName(s *profile.Spec) string {
	if s.Container != profile.FMP4 {
		return ""
	}
	return s.Name + "-init.mp4"
}
