package imported

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/profile"
)

// importedTimescale is the clock of text beside a creative that is imported as it
// is, in ticks a second.
const importedTimescale = 90_000

// write puts the files of an asset into dir/out: the creative's own, every byte
// as it was fetched, under the names of the cache. Renditions that stand for
// several of the content's are there once; text is empty, as in any ad.
func (im *importer) write(ctx context.Context, chosen []*track, ref *track) ([]avail.AssetRendition, error) {
	if err := os.Mkdir(filepath.Join(im.dir, encode.OutDir), 0o750); err != nil {
		return nil, err
	}
	out := make([]avail.AssetRendition, len(chosen))
	for i, t := range chosen {
		s := &im.profile.Renditions[i]
		// Text has no track, and renditions of it may be of different kinds.
		if first := slices.Index(chosen, t); t != nil && first < i {
			out[i] = out[first]
			out[i].Name = s.Name
			continue
		}
		out[i] = avail.AssetRendition{Name: s.Name, Init: encode.InitName(s)}
		for n := range ref.segments {
			lasts := ref.segments[n].duration
			if t != nil {
				lasts = t.segments[n].duration
			}
			out[i].Segments = append(out[i].Segments, avail.AssetSegment{Name: encode.SegmentName(s, n), Duration: lasts})
		}
		var err error
		if t == nil {
			err = encode.WriteText(s, ref.grid(), ref.origin(), importedTimescale, im.dir)
		} else {
			err = im.writeTrack(ctx, &out[i], t)
		}
		if err == nil {
			err = describeImported(&out[i], t, im.dir)
		}
		if err != nil {
			return nil, fmt.Errorf("rendition %s: %w", s.Name, err)
		}
	}
	setOffsets(out, im.profile.Reference())
	return out, nil
}

// grid is the track's time line, in microseconds.
func (t *track) grid() encode.Grid {
	g := encode.Grid{Rate: profile.Ratio{Num: perSecond, Den: 1}, Cuts: []int64{0}}
	for i := range t.segments {
		g.Cuts = append(g.Cuts, g.Total()+t.segments[i].duration)
	}
	return g
}

// origin is the time stamp at which the track begins, on the 90 kHz clock.
func (t *track) origin() int64 {
	start, err := strconv.ParseFloat(t.found.Format.Start, 64)
	if err != nil || !(start >= 0 && start < 1<<33/90_000) {
		return 0
	}
	return int64(math.Round(start * 90_000))
}

// writeTrack writes the files of one rendition.
func (im *importer) writeTrack(ctx context.Context, r *avail.AssetRendition, t *track) error {
	if t.init != nil {
		if err := im.writePiece(ctx, r.Init, *t.init); err != nil {
			return err
		}
	}
	for i := range t.segments {
		if err := im.writePiece(ctx, r.Segments[i].Name, t.segments[i]); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) writePiece(ctx context.Context, name string, p piece) error {
	f, err := os.Create(filepath.Join(im.dir, encode.OutDir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := im.copyPiece(ctx, f, p); err != nil {
		return err
	}
	return f.Close()
}

// copyPiece copies a piece, fetched where it isn't here yet. Of a file that is
// listed by byte ranges the parts become files, so that an asset has none.
func (im *importer) copyPiece(ctx context.Context, w io.Writer, p piece) error {
	name, err := im.in.file(ctx, p.url)
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(im.dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	if p.part == nil {
		_, err = io.Copy(w, f)
		return err
	}
	_, err = io.CopyN(w, io.NewSectionReader(f, p.part.Offset, p.part.Length), p.part.Length)
	if errors.Is(err, io.EOF) || p.part.Length == 0 {
		return refuse(avail.CreativeUnfetchable, "%s has no %d bytes at %d", egress.Redact(p.url), p.part.Length, p.part.Offset)
	}
	return err
}

// perSecond is the number of microseconds in a second.
const perSecond = int64(1_000_000)
