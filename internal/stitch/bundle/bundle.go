package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
)

// Version is that of the format. A reader refuses any other.
const Version = 1

// Bundle is a recorded session.
type Bundle struct {
	Head Head
	// Facts are the session's records and the ledger's entries, in order of their
	// revisions.
	Facts []Fact
	// Assets are the creatives that the decisions name, with renditions as the
	// session's layout names them.
	Assets []*avail.Asset
	// Bodies are the origin's playlists or MPDs and Lines the views that were made of them, by
	// hash.
	Bodies map[string]Body
	Lines  map[string]Line
	// Records say how each decision came about.
	Records []Record
	// Answers are the playlists or MPDs that the session was given, oldest first.
	Answers []Answer
}

// Head is what a session's answers have in common.
type Head struct {
	Version int `json:"version"`
	// Session is the session without what names the viewer.
	Session *playback.Session `json:"session"`
	// Layout says which rendition a session's playlist is of.
	Layout origin.Layout `json:"layout"`
	// Variables are those that the multivariant playlist defines for its media
	// playlists (RFC 8216bis §4.4.2.3).
	Variables map[string]string `json:"variables,omitempty"`
	// Tracks are, in DASH, the names in assets of the Representations' ads, by the id of
	// the Representation.
	Tracks map[string]string `json:"tracks,omitempty"`
	// Hash is the account's label in URLs.
	Hash string `json:"hash"`
	// Truncated is set where the session reached the limit of what is recorded of it:
	// later answers are missing. Lost counts answers that are missing because the node
	// or the store was busy.
	Truncated bool `json:"truncated,omitempty"`
	Lost      int  `json:"lost,omitempty"`
}

// The logs that facts are of.
const (
	SessionLog = "session"
	LedgerLog  = "ledger"
)

// Fact is an entry of a log.
type Fact struct {
	Log   string          `json:"log"`
	Rev   int64           `json:"rev"`
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Body is a playlist as the origin sent it, and the URL that it came from.
type Body struct {
	Base string `json:"base"`
	Text string `json:"text"`
}

// Line is a view of a rendition: a playlist or an MPD on the stream's timeline
// (origin.View).
type Line struct {
	// Body is the hash of the playlist; "" where Timeline is no one playlist's.
	Body string `json:"body,omitempty"`
	// Timeline is set where it is not as the body says: the stream's timeline may be
	// fed by a rendition with other numbers.
	Timeline *manifest.Timeline `json:"timeline,omitempty"`
	Epoch    origin.Epoch       `json:"epoch"`
	Times    []int64            `json:"times"`
	Placed   bool               `json:"placed"`
	Target   int64              `json:"target"`
	First    int64              `json:"first"`
	From     int64              `json:"from,omitempty"`
	Shown    int64              `json:"shown,omitempty"`
	Rough    bool               `json:"rough,omitempty"`
	Fed      int64              `json:"fed"`
	// Edge is the time to which the content of an MPD is known (dash.View.KnownTo).
	Edge int64 `json:"edge,omitempty"`
}

// Record is how the decision on an avail came about.
type Record struct {
	Avail string `json:"avail"`
	// Record is a records.DecisionRecord: the ad request, its hops, the decision as it was
	// made.
	Record json.RawMessage `json:"record"`
}

// Answer is a playlist or an MPD that the session was given.
type Answer struct {
	// At is when, in Unix microseconds.
	At int64 `json:"at"`
	// Rendition is the n of the playlist's URL.
	Rendition int `json:"rendition"`
	// Reference and Line are the hashes of the views that it was made from: that of
	// the stream's timeline, and that of the rendition.
	Reference string `json:"reference,omitempty"`
	Line      string `json:"line"`
	// Session is the revision of the session's records. Since and Ledger are the
	// revisions of the ledger before and after the answer was planned; they differ where
	// something was written to it meanwhile.
	Session int64 `json:"session"`
	Since   int64 `json:"since"`
	Ledger  int64 `json:"ledger"`
	// MPD is what the player asked for, where the answer is an MPD.
	MPD *MPD `json:"mpd,omitempty"`
	// Empty is set where the origin's playlist has no segments.
	Empty bool `json:"empty,omitempty"`
	// Hash is that of Text.
	Hash string `json:"hash"`
	Text string `json:"text,omitempty"`
}

// MPD is the part of a request for an MPD that its text depends on.
type MPD struct {
	// Base is the base URL of the viewer plane, Location that of the session's MPD.
	Base     string `json:"base"`
	Location string `json:"location,omitempty"`
}

// HashOf names a text in a bundle: its SHA-256 in hex.
func HashOf(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// Encode is the body as it is hashed and stored.
func (b *Body) Encode() []byte { return []byte(b.Base + "\n" + b.Text) }

// Encode is the line as it is hashed and stored.
func (l *Line) Encode() ([]byte, error) { return json.Marshal(l) }
