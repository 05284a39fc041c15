package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"stitcher/internal/demo/channel"
	"stitcher/internal/demo/media"
)

// Options say how a Demo is made. Only DataDir is required.
type Options struct {
	// DataDir is the program's data directory; the demo keeps what it makes
	// under demo/ in it.
	DataDir string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// FFmpeg is the path of ffmpeg; "" finds it in PATH.
	FFmpeg string
	// Log is told what is made; nil is silence.
	Log *slog.Logger
	// Warm, where set, is called when the channel is on air and before its
	// first avail is scheduled: time to have the creatives prepared.
	Warm func(ctx context.Context) error
	// FirstAvail is how long after Prepare the first avail comes to the live
	// edge, 16 s if 0: time to open the page, and little to wait then.
	FirstAvail time.Duration
	// AvailEvery is the time from one avail's start to the next; with 0 avails come
	// only when Cue is called.
	AvailEvery time.Duration
	// AvailLength is an avail's length, 30 s if 0.
	AvailLength time.Duration
}

// Stream is a playlist that the page offers to play.
type Stream struct {
	// Title is what the page calls it.
	Title string `json:"title"`
	// URL is absolute, or relative to the page.
	URL string `json:"url"`
}

// Demo is an origin, an ad server and a page with a player.
type Demo struct {
	opt     Options
	dir     string
	handler http.Handler
	journal *journal

	mu      sync.Mutex // guards what Prepare and Show set
	channel *channel.Channel
	streams []Stream
}

// New returns a demo. It answers everything but media and playlists before
// Prepare has been called; those with 503 until then.
func New(opt Options) (*Demo, error) {
	if opt.DataDir == "" {
		return nil, fmt.Errorf("demo: no data directory given")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.FFmpeg == "" {
		opt.FFmpeg = "ffmpeg"
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.FirstAvail = orDefault(opt.FirstAvail, 16*time.Second)
	opt.AvailLength = orDefault(opt.AvailLength, 30*time.Second)
	d := &Demo{opt: opt, dir: filepath.Join(opt.DataDir, "demo")}
	var err error
	if d.journal, err = openJournal(filepath.Join(d.dir, "journal.jsonl"), opt.Now); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	d.handler = d.routes()
	return d, nil
}

// Prepare makes the media where it is missing, puts the channel on air, calls
// Options.Warm, and has the first avail come after that.
func (d *Demo) Prepare(ctx context.Context) error {
	media, err := media.Prepare(ctx, d.opt.FFmpeg, d.dir, d.opt.Log)
	if err != nil {
		return fmt.Errorf("prepare demo: %w", err)
	}
	file := d.scheduleFile()
	if d.opt.Warm != nil {
		// What was published before stays as it was, for those who still watch.
		past, err := channel.ReadSchedule(file)
		if err != nil {
			return fmt.Errorf("prepare demo: %w", err)
		}
		d.air(&channel.Channel{Library: media, Schedule: past})
		if err := d.opt.Warm(ctx); err != nil {
			return fmt.Errorf("prepare demo: %w", err)
		}
	}
	schedule, err := channel.OpenSchedule(file, channel.Era{
		Every:  channel.Segments(d.opt.AvailEvery),
		Length: channel.Segments(d.opt.AvailLength),
	}, channel.LiveEdge(d.opt.Now()), channel.Segments(d.opt.FirstAvail))
	if err != nil {
		return fmt.Errorf("prepare demo: %w", err)
	}
	d.air(&channel.Channel{Library: media, Schedule: schedule})
	return nil
}

func (d *Demo) scheduleFile() string { return filepath.Join(d.dir, "schedule.json") }

// errAvailLength is answered with 400.
var errAvailLength = errors.New("an avail lasts for 2 to 600 seconds")

// Cue has an avail come as soon as it can; a length of 0 is Options.AvailLength.
// Where an avail is on or due, that one is left as it is.
func (d *Demo) Cue(length time.Duration) error {
	length = orDefault(length, d.opt.AvailLength)
	if length < media.SegmentLength || length > 10*time.Minute {
		return errAvailLength
	}
	next := channel.Era{Every: channel.Segments(d.opt.AvailEvery), Length: channel.Segments(length)}
	if next.Every > 0 {
		next.Every = max(next.Every, next.Length+channel.MinLead)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.channel == nil {
		return errOffAir
	}
	edge := channel.LiveEdge(d.opt.Now())
	if _, on := d.channel.Schedule.At(edge + 1); on {
		return nil
	}
	changed := d.channel.Schedule.With(next, edge)
	if changed == d.channel.Schedule {
		return nil
	}
	if err := changed.Write(d.scheduleFile()); err != nil {
		return err
	}
	d.channel = &channel.Channel{Library: d.channel.Library, Schedule: changed}
	return nil
}

func (d *Demo) air(c *channel.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.channel = c
}

// Close gives up the media and ends the ad server's log. Nothing may be asked
// of Handler any more.
func (d *Demo) Close() error {
	err := d.journal.close()
	if channel := d.onAir(); channel != nil {
		err = errors.Join(err, channel.Library.Root.Close())
	}
	return err
}

// Show sets the streams that the page offers, the first one to begin with.
// Without them it offers the origin's own, which have no ads in them.
func (d *Demo) Show(streams ...Stream) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.streams = streams
}

// Handler answers /, /live/, /vod/, /ads, /beacon, /log, /log.json,
// /avail, /state.json, /streams.json and /creatives/.
func (d *Demo) Handler() http.Handler { return d.handler }

// The paths of the demo's playlists and of its ad server, below the address
// that Handler is served at.
const (
	LivePath     = "/live/ts/index.m3u8"
	LiveCMAFPath = "/live/cmaf/index.m3u8"
	VODPath      = "/vod/ts/index.m3u8"
	VODCMAFPath  = "/vod/cmaf/index.m3u8"
	LiveMPDPath  = "/live/cmaf/index.mpd"
	FilmMPDPath  = "/vod/cmaf/index.mpd"
	ADSPath      = "/ads"
)

// ADSTemplate is the AdDecisionServerUrl of a playback configuration that uses
// the demo's ad server at base ("http://host:port"), with MediaTailor's
// variables in it.
func ADSTemplate(base string) string {
	return base + ADSPath + "?duration=[session.avail_duration_secs]&session=[session.uuid]" +
		"&event=[scte.event_id]&segment=[player_params.segment]"
}

// onAir is the channel once it is prepared, and nil before.
func (d *Demo) onAir() *channel.Channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channel
}

// offered are the streams for the page.
func (d *Demo) offered() []Stream {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.streams) > 0 {
		return d.streams
	}
	return []Stream{
		{Title: "Live channel as the origin has it", URL: LivePath},
		{Title: "Film as the origin has it", URL: VODPath},
	}
}

func orDefault(v, fallback time.Duration) time.Duration {
	if v == 0 {
		return fallback
	}
	return v
}
