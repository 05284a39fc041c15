package imported

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// lengthSlack is by how much, in microseconds, a segment may differ from its
// EXTINF: sound that begins before the picture, reordered frames and priming
// make a few frames. More than that and the time that the session's output
// counts (law 6) isn't the time that passes.
const lengthSlack = 250_000

// verify looks into a track's first segment: it must really be what its
// playlist and the multivariant playlist say, and what the content is like.
func (im *importer) verify(ctx context.Context, s *profile.Spec, t *track) error {
	if t.found == nil {
		var err error
		if t.found, err = im.probe(ctx, t); err != nil {
			return fmt.Errorf("its first segment: %w", err)
		}
	}
	if err := equals(s, t.found); err != nil {
		return fmt.Errorf("its first segment: %w", err)
	}
	return nil
}

// probe asks ffprobe about a track's first segment, which alone is fetched.
func (im *importer) probe(ctx context.Context, t *track) (*ffmpeg.Info, error) {
	const name = "first"
	f, err := os.Create(filepath.Join(im.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := &ffmpeg.Head{}
	out := io.MultiWriter(f, head)
	if t.init != nil {
		if err := im.copyPiece(ctx, out, *t.init); err != nil {
			return nil, err
		}
	}
	if err := im.copyPiece(ctx, out, t.segments[0]); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	container, demuxer, err := profile.SampleContainer(head.Bytes())
	if err != nil {
		return nil, &Refusal{avail.ContainerMismatch, err}
	}
	if container != t.container {
		return nil, refuse(avail.ContainerMismatch, "it is %s, and its playlist says %s", container, t.container)
	}
	found, err := ffmpeg.ProbeFile(ctx, im.dir, name, demuxer)
	if err != nil {
		return nil, refuse(avail.ContainerMismatch, "probe: %w", err)
	}
	leading := cmp.Or(found.Stream("video"), found.Stream("audio"))
	if leading == nil {
		return nil, refuse(avail.RenditionMissing, "it has neither video nor audio")
	}
	lasts, _, err := ffmpeg.Extent(ctx, im.dir, name, demuxer, found, leading.Index)
	if err != nil {
		return nil, refuse(avail.ContainerMismatch, "list its packets: %w", err)
	}
	if off := lasts - t.segments[0].duration; max(off, -off) > lengthSlack {
		return nil, refuse(avail.ContainerMismatch, "it lasts %d ms, and its playlist says %d", lasts/1000, t.segments[0].duration/1000)
	}
	return found, nil
}

// equals holds what was found to what the content is like.
func equals(s *profile.Spec, found *ffmpeg.Info) error {
	video, audio := found.Stream("video"), found.Stream("audio")
	switch {
	case (video != nil) != (s.Video != nil):
		return refuse(avail.RenditionMissing, "it has video: %t, and the content's has: %t", video != nil, s.Video != nil)
	case (audio != nil) != (s.Audio != nil):
		return refuse(avail.RenditionMissing, "it has audio: %t, and the content's has: %t", audio != nil, s.Audio != nil)
	}
	if v := s.Video; v != nil {
		codec, pixFmt := profile.CodecOf(video)
		if codec != v.Codec || pixFmt != v.PixFmt {
			return refuse(avail.RenditionMissing, "its video is %s, profile %q, and the content's is %s as %s", video.Codec, video.Profile, v.Codec, v.PixFmt)
		}
		if video.Width > v.Width+1 || video.Height > v.Height+1 { // odd sizes are one less in the profile
			return refuse(avail.RenditionMissing, "its video is %dx%d, and the content's %dx%d", video.Width, video.Height, v.Width, v.Height)
		}
	}
	if a := s.Audio; a != nil {
		is, err := profile.AudioOf(audio, &profile.Content{})
		if err != nil {
			return &Refusal{avail.RenditionMissing, err}
		}
		if is.Codec != a.Codec || is.Channels != a.Channels {
			return refuse(avail.RenditionMissing, "its audio is %s in %d channels, and the content's is %s in %d", is.Codec, is.Channels, a.Codec, a.Channels)
		}
	}
	return nil
}
