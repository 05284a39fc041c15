package dash

import "stitcher/internal/avail"

// Plan says what one session's MPD consists of. It follows from the view, the
// stream's ledger and the session's decisions alone. Its times are Unix microseconds
// of the stream, as those of a View's segments.
type Plan struct {
	// Now is the time of the answer.
	Now int64
	// ID is MPD@id; "" leaves the origin's.
	ID string
	// Location is an absolute URL; "" writes none. The origin's go in either case,
	// and so do its PatchLocations: they lead to MPDs without ads.
	Location string
	// Published is MPD@publishTime in Unix microseconds; 0 leaves the origin's. It
	// must grow with every change.
	Published int64
	// Until is the time from which content is not listed, 0 is no limit. Where
	// segments are addressed by @duration nothing can be held back.
	Until int64
	// Clock is the URL of a UTCTiming of urn:mpeg:dash:utc:http-iso:2014 that is
	// added to a dynamic MPD that has none; "" adds none.
	Clock string
	// Breaks are in order of Start and do not overlap. The last that has left the
	// window stays, without items, while the origin lists the Period that it ended
	// in: the content after it is a Period of its own for as long (P2).
	Breaks []Break
}

// Break is an avail that ads fill.
type Break struct {
	// ID is the avail's, the same in every MPD. Item i of the break is the Period
	// ID_i, with i from 1; content of the Period P after the break is P_ID.
	ID string
	// Start is where content ends, Return where it goes on; Return is negative
	// while it has not. In a static MPD a Return equal to Start inserts: what
	// follows moves by the length of the items.
	Start, Return int64
	// Items are listed in order, and begin before Return. Those that have left the
	// window are not written.
	Items []Item
}

// Item is an ad or a slate: a Period of its own.
type Item struct {
	// Start is where the Period begins.
	Start int64
	// Segments is how many of the asset's segments are listed, at least 1.
	Segments int
	Asset    *avail.Asset
	// Media is an absolute URL. Segment n, from 1, of the rendition R is
	// Media/R/n with the extension of the file, its initialization section
	// Media/R/init with that of the file.
	Media string
	// Tracks maps the ids of the content's Representations to names of renditions
	// of the asset. One that has none repeats the nearest of its kind; a set of
	// text, images or trick mode without any is left out. The same map must not
	// change.
	Tracks map[string]string
	// Signal, where set, is the text of an event of the scheme SignalScheme that lasts as
	// long as the item. It has no "]]>".
	Signal, SignalScheme string
}
