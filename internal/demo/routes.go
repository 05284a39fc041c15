package demo

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"stitcher/internal/demo/channel"
	"stitcher/internal/demo/media"
)

// static holds the pages and, where the build put them there, the players.
//
//go:embed static
var static embed.FS

// Media types of what is answered.
const (
	typePlaylist = "application/vnd.apple.mpegurl"
	typeXML      = "application/xml"
	typeMPD      = "application/dash+xml"
)

// errOffAir is answered with 503: the media is still being made.
var errOffAir = errors.New("the demo's media is still being made")

func (d *Demo) routes() http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = answerError
	e.Use(anyOrigin)
	both := func(path string, h echo.HandlerFunc) {
		e.Match([]string{http.MethodGet, http.MethodHead}, path, h)
	}
	both("/", d.page("index.html", "text/html; charset=utf-8"))
	both("/log", d.page("log.html", "text/html; charset=utf-8"))
	both("/demo.css", d.page("demo.css", "text/css"))
	both("/player.js", d.page("player.js", "text/javascript"))
	both("/log.js", d.page("log.js", "text/javascript"))
	both("/players.js", d.page("players.js", "text/javascript"))
	both("/hls.js", d.page("hls.min.js", "text/javascript"))
	both("/dash.js", d.page("dash.min.js", "text/javascript"))
	both("/shaka.js", d.page("shaka.min.js", "text/javascript"))
	both("/log.json", d.log)
	both("/streams.json", func(c echo.Context) error { return c.JSON(http.StatusOK, d.offered()) })
	both("/state.json", d.state)
	e.POST("/avail", d.cue)
	both("/live/:format/:playlist", d.live)
	both("/live/cmaf/index.mpd", d.liveMPD)
	both("/live/cmaf/time", d.clock)
	both("/vod/cmaf/index.mpd", d.filmMPD)
	both("/live/:format/:rendition/:file", d.liveFile)
	both("/vod/:format/:playlist", d.vod)
	both("/vod/:format/:rendition/:file", d.vodFile)
	both("/creatives/:file", d.creativeFile)
	both("/ads", d.ads)
	both("/ads/inline/:ad", d.inline)
	e.Match([]string{http.MethodGet, http.MethodHead, http.MethodPost}, "/beacon", d.beacon)
	return e
}

// anyOrigin lets players on any page read what the demo answers.
func anyOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Access-Control-Allow-Origin", "*")
		if c.Request().Method != http.MethodOptions {
			return next(c)
		}
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "*")
		return c.NoContent(http.StatusNoContent)
	}
}

func answerError(err error, c echo.Context) {
	status := http.StatusInternalServerError
	var known *echo.HTTPError
	switch {
	case errors.Is(err, channel.ErrNoSuch), errors.Is(err, fs.ErrNotExist):
		status = http.StatusNotFound
	case errors.Is(err, errAvailLength):
		status = http.StatusBadRequest
	case errors.Is(err, errOffAir):
		status = http.StatusServiceUnavailable
	case errors.As(err, &known):
		status = known.Code
	}
	if !c.Response().Committed {
		http.Error(c.Response(), err.Error(), status)
	}
}

// page answers an embedded file.
func (d *Demo) page(name, mime string) echo.HandlerFunc {
	return func(c echo.Context) error {
		body, err := static.ReadFile("static/" + name)
		if err != nil {
			return channel.ErrNoSuch
		}
		return c.Blob(http.StatusOK, mime, body)
	}
}

// log answers what the ad server received; ?since=N only what came after N.
func (d *Demo) log(c echo.Context) error {
	since, _ := strconv.ParseInt(c.QueryParam("since"), 10, 64)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, struct {
		Now     time.Time `json:"now"`
		Entries []entry   `json:"entries"`
	}{d.opt.Now(), d.journal.since(since)})
}

// state answers where the channel is: the avail that is on or comes next.
func (d *Demo) state(c echo.Context) error {
	x := d.onAir()
	if x == nil {
		return errOffAir
	}
	now := d.opt.Now()
	start, end, _ := x.Next(now)
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, struct {
		Now   time.Time `json:"now"`
		Start time.Time `json:"availStart"`
		End   time.Time `json:"availEnd"`
	}{now, start, end})
}

// cue has an avail come; ?seconds=N says of what length.
func (d *Demo) cue(c echo.Context) error {
	var length time.Duration
	if text := c.QueryParam("seconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 1 || seconds > 3600 {
			return errAvailLength
		}
		length = time.Duration(seconds) * time.Second
	}
	if err := d.Cue(length); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// live answers the channel's playlists; ?window=N asks for N segments, so that
// players can go back in time.
func (d *Demo) live(c echo.Context) error {
	window, err := strconv.ParseInt(c.QueryParam("window"), 10, 64)
	if err != nil || window < channel.WindowSegments || window > channel.MaxWindow {
		window = channel.WindowSegments
	}
	return d.playlist(c, "no-cache", func(ch *channel.Channel, format, name string) ([]byte, error) {
		return ch.Media(format, name, window, d.opt.Now())
	})
}

// liveMPD answers the channel's MPD; ?window=N as in live.
func (d *Demo) liveMPD(c echo.Context) error {
	window, err := strconv.ParseInt(c.QueryParam("window"), 10, 64)
	if err != nil || window < channel.WindowSegments || window > channel.MaxWindow {
		window = channel.WindowSegments
	}
	return d.manifest(c, "no-cache", func(ch *channel.Channel) ([]byte, error) { return ch.MPD(window, d.opt.Now()) })
}

func (d *Demo) filmMPD(c echo.Context) error {
	return d.manifest(c, "max-age=60", (*channel.Channel).FilmMPD)
}

// manifest answers an MPD.
func (d *Demo) manifest(c echo.Context, cache string, write func(*channel.Channel) ([]byte, error)) error {
	channel := d.onAir()
	if channel == nil {
		return errOffAir
	}
	body, err := write(channel)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", cache)
	return c.Blob(http.StatusOK, typeMPD, body)
}

// clock answers what time it is, for the MPD's UTCTiming.
func (d *Demo) clock(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.String(http.StatusOK, d.opt.Now().UTC().Format(time.RFC3339Nano))
}

func (d *Demo) vod(c echo.Context) error {
	return d.playlist(c, "max-age=60", (*channel.Channel).VOD)
}

// playlist answers a multivariant playlist, or the media playlist that media
// makes.
func (d *Demo) playlist(c echo.Context, cache string, media func(*channel.Channel, string, string) ([]byte, error)) error {
	x := d.onAir()
	if x == nil {
		return errOffAir
	}
	name, ok := strings.CutSuffix(c.Param("playlist"), ".m3u8")
	if !ok {
		return channel.ErrNoSuch
	}
	var body []byte
	var err error
	if name == "index" {
		body, err = x.Multivariant(c.Param("format"))
	} else {
		body, err = media(x, c.Param("format"), name)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", cache)
	return c.Blob(http.StatusOK, typePlaylist, body)
}

func (d *Demo) liveFile(c echo.Context) error {
	channel := d.onAir()
	if channel == nil {
		return errOffAir
	}
	path, mime, err := channel.File(c.Param("format"), c.Param("rendition"), c.Param("file"), d.opt.Now())
	return d.file(c, channel, path, mime, err)
}

func (d *Demo) vodFile(c echo.Context) error {
	channel := d.onAir()
	if channel == nil {
		return errOffAir
	}
	path, mime, err := channel.VODFile(c.Param("format"), c.Param("rendition"), c.Param("file"))
	return d.file(c, channel, path, mime, err)
}

func (d *Demo) creativeFile(c echo.Context) error {
	id, ok := strings.CutSuffix(c.Param("file"), ".mp4")
	if _, found := media.FindCreative(id); !ok || !found {
		return channel.ErrNoSuch
	}
	channel := d.onAir()
	if channel == nil {
		return errOffAir
	}
	return d.file(c, channel, "creatives/"+id+".mp4", "video/mp4", nil)
}

// file answers a file of the media, ranges too.
func (d *Demo) file(c echo.Context, channel *channel.Channel, path, mime string, err error) error {
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Type", mime)
	c.Response().Header().Set("Cache-Control", "max-age=3600")
	http.ServeFileFS(c.Response(), c.Request(), channel.Library.Root.FS(), path)
	return nil
}

func (d *Demo) ads(c echo.Context) error {
	r := readAdRequest("http://"+c.Request().Host, c.QueryParams())
	pod := choose(r)
	err := d.journal.add(kindAds, c.Request(), func(number int64) []string {
		r.Number = number
		var ids []string
		for _, ad := range pod {
			ids = append(ids, ad.ID)
		}
		return ids
	})
	if err != nil {
		return err
	}
	body, err := podVAST(r, pod)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, typeXML, body)
}

func (d *Demo) inline(c echo.Context) error {
	ad, ok := media.FindCreative(c.Param("ad"))
	if !ok {
		return channel.ErrNoSuch
	}
	r := readAdRequest("http://"+c.Request().Host, c.QueryParams())
	r.Number, _ = strconv.ParseInt(c.QueryParam("req"), 10, 64)
	body, err := inlineVAST(r, ad)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, typeXML, body)
}

func (d *Demo) beacon(c echo.Context) error {
	if err := d.journal.add(kindBeacon, c.Request(), nil); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
