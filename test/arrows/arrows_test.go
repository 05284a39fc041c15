package arrows

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// module is the path of the main module.
const module = "stitcher/"

// storeys are the rooms of the house and the other rooms that each may import.
// Arrows point down only; skipping a storey is allowed; siblings never import
// each other. A room includes its sub-packages, unless they are rooms of their
// own.
var storeys = map[string][]string{
	// Everything is wired together here, and nowhere else.
	"cmd": {everything},

	"internal/httpapi":         {"internal/stitch", "internal/sigv4", services, below, "api", "web"},
	"internal/httpapi/viewer":  {"internal/httpapi", "internal/httpapi/adapter", "internal/httpapi/viewer/client", "internal/httpapi/viewer/parameters", "internal/httpapi/viewer/target", "internal/stitch", services, below},
	"internal/httpapi/admin":   {"internal/httpapi", "internal/httpapi/adapter", "internal/stitch", "internal/sigv4", services, below, "api"},
	"internal/httpapi/adapter": {"internal/httpapi", "internal/tracing"},
	// These read requests and know no service.
	"internal/httpapi/viewer/client":     {"internal/httpapi/adapter", "internal/playback"},
	"internal/httpapi/viewer/escape":     {},
	"internal/httpapi/viewer/parameters": {"internal/httpapi/adapter", "internal/httpapi/viewer/escape", "internal/httpapi/viewer/target"},
	"internal/httpapi/viewer/target":     {"internal/httpapi/adapter", "internal/httpapi/viewer/escape"},

	"internal/stitch": {services, below},
	// A test double, which has the schema from the API.
	"internal/stitch/trackdoc/trackdoctest": {"api"},

	"internal/origin":         {below},
	"internal/ads":            {"internal/playback", below},
	"internal/transcodecache": {below},
	"internal/tracking":       {"internal/playback", "internal/report", below},
	"internal/report":         {"internal/playback", below},
	// The resources are nouns that decisions and beacons speak of.
	"internal/playback": {below},

	// What commands do before and beside the service.
	"internal/control":   {"internal/sigv4"},
	"internal/preflight": {"internal/playback", below},

	"internal/vast":     {"internal/avail"},
	"internal/egress":   {"internal/avail"},
	"internal/manifest": {"internal/avail"},
	"internal/sigv4":    {},
	"internal/tracing":  {},
	"internal/pause":    {},
	"internal/avail":    {},
	"internal/blob":     {},

	// What the service asks of a store. Those that implement it may import the
	// types of their users.
	"internal/store":           {"internal/avail"},
	"internal/store/memory":    {services, below},
	"internal/store/redis":     {services, below},
	"internal/store/spool":     {services, below},
	"internal/store/sqlite":    {services, below},
	"internal/store/storetest": {services, below},

	// A strict client, which must not share code with what it judges but for
	// the rules themselves.
	"internal/lint": {"internal/manifest"},

	// The demo is an origin and an ad server, as strangers would have them.
	"internal/demo": {},

	// Faults for tests, below everything.
	"internal/faultrt": {},

	"api":  {},
	"web":  {},
	"test": {everything},
}

// The names of groups of rooms.
const (
	everything = "(everything)"
	services   = "(services)"
	below      = "(below)"
)

var groups = map[string][]string{
	services: {"internal/playback", "internal/origin", "internal/ads", "internal/transcodecache", "internal/tracking", "internal/report"},
	below:    {"internal/vast", "internal/egress", "internal/manifest", "internal/store", "internal/blob", "internal/avail", "internal/tracing", "internal/pause"},
}

// inner are packages of a room and the other packages of their room that each may import.
var inner = map[string][]string{
	"internal/ads/adserver": {"internal/ads/redact"},
	"internal/ads/pod":      {"internal/ads/redact"},
	"internal/ads/redact":   {},
	"internal/ads/variable": {},

	"internal/demo/atomicfile": {},
	"internal/demo/channel":    {"internal/demo/atomicfile", "internal/demo/media"},
	"internal/demo/media":      {},

	"internal/lint/findings": {},
	"internal/lint/fragment": {},

	"internal/origin":                         {},
	"internal/origin/align":                   {"internal/origin", "internal/origin/markers"},
	"internal/origin/ledger":                  {"internal/origin", "internal/origin/align", "internal/origin/ledger/cut", "internal/origin/ledger/entries", "internal/origin/ledger/epochs", "internal/origin/ledger/feed", "internal/origin/ledger/match", "internal/origin/ledger/packed", "internal/origin/ledger/pin", "internal/origin/ledger/spans", "internal/origin/ledger/succession", "internal/origin/ledger/tail", "internal/origin/ledger/times", "internal/origin/ledger/unread", "internal/origin/markers"},
	"internal/origin/ledger/cut":              {"internal/origin", "internal/origin/ledger/feed", "internal/origin/ledger/match", "internal/origin/ledger/tail"},
	"internal/origin/ledger/entries":          {},
	"internal/origin/ledger/epochs":           {"internal/origin", "internal/origin/ledger/tail"},
	"internal/origin/ledger/feed":             {"internal/origin"},
	"internal/origin/ledger/match":            {"internal/origin", "internal/origin/markers"},
	"internal/origin/ledger/packed":           {},
	"internal/origin/ledger/pin":              {"internal/origin"},
	"internal/origin/ledger/spans":            {"internal/origin"},
	"internal/origin/ledger/succession":       {"internal/origin", "internal/origin/ledger/cut", "internal/origin/ledger/feed", "internal/origin/ledger/match", "internal/origin/ledger/tail", "internal/origin/ledger/times"},
	"internal/origin/ledger/tail":             {"internal/origin", "internal/origin/align", "internal/origin/ledger/match"},
	"internal/origin/ledger/times":            {"internal/origin", "internal/origin/align", "internal/origin/ledger/feed", "internal/origin/ledger/match", "internal/origin/ledger/tail"},
	"internal/origin/ledger/unread":           {"internal/origin"},
	"internal/origin/manifests":               {},
	"internal/origin/manifests/manifeststest": {},
	"internal/origin/markers":                 {"internal/origin"},

	// The rules share no code with the splicers that they judge.
	"internal/manifest/hls/check":           {"internal/manifest/hls/check/listing", "internal/manifest/hls/check/rule"},
	"internal/manifest/hls/check/listing":   {"internal/manifest/hls/check/rule"},
	"internal/manifest/hls/check/rule":      {},
	"internal/manifest/dash/check":          {"internal/manifest/dash/check/listing", "internal/manifest/dash/check/quantity", "internal/manifest/dash/check/rule"},
	"internal/manifest/dash/check/listing":  {"internal/manifest/dash/check/quantity", "internal/manifest/dash/check/rule"},
	"internal/manifest/dash/check/quantity": {},
	"internal/manifest/dash/check/rule":     {"internal/manifest/dash/check/quantity"},

	"internal/manifest/dash/addressing":   {"internal/manifest/dash/markup", "internal/manifest/dash/quantity"},
	"internal/manifest/dash/cue":          {"internal/manifest", "internal/manifest/dash/markup", "internal/manifest/dash/quantity", "internal/manifest/scte35"},
	"internal/manifest/dash/markup":       {},
	"internal/manifest/dash/pin":          {"internal/manifest/dash/addressing", "internal/manifest/dash/markup", "internal/manifest/dash/presentation", "internal/manifest/dash/quantity"},
	"internal/manifest/dash/presentation": {"internal/manifest/dash/addressing", "internal/manifest/dash/cue", "internal/manifest/dash/markup", "internal/manifest/dash/quantity", "internal/manifest/dash/track"},
	"internal/manifest/dash/quantity":     {},
	"internal/manifest/dash/track":        {"internal/manifest/dash/markup", "internal/manifest/dash/quantity"},
	"internal/manifest/dash/twins":        {"internal/manifest/dash/markup", "internal/manifest/dash/presentation", "internal/manifest/dash/track"},

	"internal/manifest/hls":              {"internal/manifest", "internal/manifest/gzipped", "internal/manifest/hls/cue", "internal/manifest/hls/dates", "internal/manifest/hls/keys", "internal/manifest/hls/preamble", "internal/manifest/hls/syntax"},
	"internal/manifest/hls/cue":          {"internal/manifest", "internal/manifest/hls/syntax", "internal/manifest/scte35"},
	"internal/manifest/hls/dates":        {"internal/manifest/hls/syntax"},
	"internal/manifest/hls/keys":         {},
	"internal/manifest/hls/multivariant": {"internal/manifest/hls/syntax"},
	"internal/manifest/hls/preamble":     {},
	"internal/manifest/hls/syntax":       {},

	"internal/playback":           {},
	"internal/playback/awsapi":    {},
	"internal/playback/documents": {},
	"internal/playback/config":    {"internal/playback", "internal/playback/awsapi", "internal/playback/documents"},
	"internal/playback/prefetch":  {"internal/playback", "internal/playback/awsapi", "internal/playback/documents"},

	// The engine is internal/stitch itself; everything of a session meets in the service.
	"internal/stitch":             {"internal/stitch/contents", "internal/stitch/hlsplan", "internal/stitch/known", "internal/stitch/numbering", "internal/stitch/outage", "internal/stitch/pods", "internal/stitch/prefetches", "internal/stitch/records", "internal/stitch/reference", "internal/stitch/search", "internal/stitch/suppression", "internal/stitch/turns"},
	"internal/stitch/admission":   {"internal/stitch/bucket"},
	"internal/stitch/bucket":      {},
	"internal/stitch/bundle":      {},
	"internal/stitch/clientside":  {"internal/stitch", "internal/stitch/pods", "internal/stitch/records", "internal/stitch/trackdoc"},
	"internal/stitch/contents":    {"internal/stitch/flight", "internal/stitch/layouts", "internal/stitch/mpds", "internal/stitch/playlists"},
	"internal/stitch/deciding":    {"internal/stitch", "internal/stitch/clientside", "internal/stitch/contents", "internal/stitch/events", "internal/stitch/flight", "internal/stitch/layouts", "internal/stitch/playlists", "internal/stitch/prefetches", "internal/stitch/records", "internal/stitch/turns"},
	"internal/stitch/eventlog":    {},
	"internal/stitch/events":      {"internal/stitch", "internal/stitch/eventlog", "internal/stitch/records"},
	"internal/stitch/explain":     {"internal/stitch/bundle", "internal/stitch/contents", "internal/stitch/journal", "internal/stitch/known", "internal/stitch/layouts", "internal/stitch/recording", "internal/stitch/records"},
	"internal/stitch/few":         {},
	"internal/stitch/flight":      {},
	"internal/stitch/hlsplan":     {"internal/stitch/pods"},
	"internal/stitch/inspect":     {},
	"internal/stitch/journal":     {"internal/stitch/records"},
	"internal/stitch/known":       {"internal/stitch/few", "internal/stitch/pods", "internal/stitch/prefetches", "internal/stitch/records"},
	"internal/stitch/layouts":     {"internal/stitch/flight", "internal/stitch/mpds", "internal/stitch/playlists"},
	"internal/stitch/mpdplan":     {"internal/stitch/pods"},
	"internal/stitch/mpds":        {},
	"internal/stitch/numbering":   {"internal/stitch/pods"},
	"internal/stitch/outage":      {},
	"internal/stitch/placing":     {"internal/stitch", "internal/stitch/mpds", "internal/stitch/playlists", "internal/stitch/published", "internal/stitch/reference"},
	"internal/stitch/playlists":   {},
	"internal/stitch/pods":        {"internal/stitch/records"},
	"internal/stitch/prefetches":  {},
	"internal/stitch/published":   {},
	"internal/stitch/recording":   {"internal/stitch/bundle", "internal/stitch/records"},
	"internal/stitch/records":     {},
	"internal/stitch/reference":   {},
	"internal/stitch/replay":      {"internal/stitch", "internal/stitch/bundle", "internal/stitch/hlsplan", "internal/stitch/mpdplan", "internal/stitch/mpds", "internal/stitch/playlists", "internal/stitch/records"},
	"internal/stitch/search":      {},
	"internal/stitch/suppression": {"internal/stitch/known", "internal/stitch/pods"},
	"internal/stitch/trackdoc":    {},
	"internal/stitch/turns":       {},

	"internal/stitch/service":          {"internal/stitch", "internal/stitch/admission", "internal/stitch/bundle", "internal/stitch/clientside", "internal/stitch/contents", "internal/stitch/deciding", "internal/stitch/eventlog", "internal/stitch/events", "internal/stitch/explain", "internal/stitch/hlsplan", "internal/stitch/inspect", "internal/stitch/known", "internal/stitch/layouts", "internal/stitch/mpdplan", "internal/stitch/outage", "internal/stitch/placing", "internal/stitch/playlists", "internal/stitch/prefetches", "internal/stitch/recording", "internal/stitch/records", "internal/stitch/search", "internal/stitch/service/answers", "internal/stitch/service/audience", "internal/stitch/service/fault", "internal/stitch/service/segments", "internal/stitch/service/sessions", "internal/stitch/service/start", "internal/stitch/service/streams", "internal/stitch/service/touches", "internal/stitch/service/unstored", "internal/stitch/trackdoc", "internal/stitch/turns"},
	"internal/stitch/service/answers":  {"internal/stitch", "internal/stitch/outage", "internal/stitch/placing", "internal/stitch/reference", "internal/stitch/service/fault"},
	"internal/stitch/service/audience": {"internal/stitch/pods", "internal/stitch/records"},
	"internal/stitch/service/fault":    {},
	"internal/stitch/service/segments": {"internal/stitch", "internal/stitch/hlsplan", "internal/stitch/placing", "internal/stitch/reference", "internal/stitch/service/answers", "internal/stitch/service/fault"},
	"internal/stitch/service/sessions": {},
	"internal/stitch/service/start":    {"internal/stitch/layouts", "internal/stitch/service/fault"},
	"internal/stitch/service/streams":  {"internal/stitch/flight", "internal/stitch/service/sessions", "internal/stitch/service/unstored"},
	"internal/stitch/service/touches":  {"internal/stitch/layouts"},
	"internal/stitch/service/unstored": {},

	"internal/store/redis/layout": {},
	"internal/store/redis/script": {"internal/store/redis/server"},
	"internal/store/redis/server": {},
	"internal/store/redis/sums":   {"internal/store/redis/layout", "internal/store/redis/script"},

	"internal/store/sqlite/blocks":   {"internal/store/sqlite/database"},
	"internal/store/sqlite/database": {},

	"internal/store/storetest/facts":   {"internal/store/storetest/harness"},
	"internal/store/storetest/harness": {},

	"internal/transcodecache/identity": {},
	"internal/transcodecache/jobs":     {"internal/transcodecache/identity", "internal/transcodecache/lease", "internal/transcodecache/prepare", "internal/transcodecache/stock", "internal/transcodecache/turn"},
	"internal/transcodecache/lease":    {},
	"internal/transcodecache/prepare":  {"internal/transcodecache/download", "internal/transcodecache/encode", "internal/transcodecache/ffmpeg", "internal/transcodecache/identity", "internal/transcodecache/imported", "internal/transcodecache/profile", "internal/transcodecache/turn"},
	"internal/transcodecache/profiles": {"internal/transcodecache/encode", "internal/transcodecache/profile"},
	"internal/transcodecache/stock":    {"internal/transcodecache/encode", "internal/transcodecache/lease"},
	"internal/transcodecache/turn":     {},

	"internal/vast/markup":    {},
	"internal/vast/macro":     {"internal/vast/markup"},
	"internal/vast/document":  {"internal/vast/markup"},
	"internal/vast/mediafile": {"internal/vast/document", "internal/vast/markup"},
	"internal/vast/details":   {"internal/vast/document", "internal/vast/markup", "internal/vast/mediafile"},
	"internal/vast/vmap":      {"internal/vast/document", "internal/vast/macro", "internal/vast/markup"},
}

// impure are packages that manifest/... has no use for: bytes and a plan go in,
// bytes come out.
var impure = []string{"net", "net/http", "os", "os/exec", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "sync", "context"}

// onlyCmd are rooms that only cmd imports.
var onlyCmd = []string{
	"internal/store/memory", "internal/store/redis", "internal/store/spool", "internal/store/sqlite", "internal/store/storetest", "internal/demo",
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// room is the longest listed prefix of a package's path.
func room(path string) string {
	path = strings.TrimPrefix(path, module)
	for ; path != ""; path = path[:max(0, strings.LastIndexByte(path, '/'))] {
		if _, ok := storeys[path]; ok {
			return path
		}
	}
	return ""
}

// under is whether path is dir or lies in it.
func under(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}

// allowed is whether a package of one room may import path.
func allowed(from, path string) bool {
	to := room(path)
	if to == from {
		return true
	}
	return slices.ContainsFunc(storeys[from], func(name string) bool {
		return name == everything || name == to || slices.Contains(groups[name], to)
	})
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		if from == "" {
			t.Errorf("%s is in no room of the house: add it to the list, and to ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			inner, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			if !allowed(from, inner) {
				t.Errorf("%s imports %s: that arrow does not point down", p.ImportPath, path)
			}
			for _, dir := range onlyCmd {
				if under(inner, dir) && !under(from, "cmd") && !under(from, dir) && !under(from, "test") {
					t.Errorf("%s imports %s: only cmd may", p.ImportPath, path)
				}
			}
		}
	}
}

// TestInnerArrows holds the packages of a room to the list of arrows among them.
func TestInnerArrows(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		to, listed := inner[from]
		if !listed {
			continue
		}
		seen[from] = true
		for _, path := range p.Imports {
			path = strings.TrimPrefix(path, module)
			if room(path) == room(from) && room(path) != "" && !slices.Contains(to, path) {
				t.Errorf("%s imports %s: that arrow is not on the list", from, path)
			}
		}
	}
	for path := range inner {
		if !seen[path] {
			t.Errorf("%s is on the list and does not exist", path)
		}
	}
}

func TestManifestIsPure(t *testing.T) {
	for _, p := range packages(t) {
		if !under(strings.TrimPrefix(p.ImportPath, module), "internal/manifest") {
			continue
		}
		for _, path := range p.Imports {
			if slices.Contains(impure, path) {
				t.Errorf("%s imports %s: manifest is bytes in, bytes out", p.ImportPath, path)
			}
		}
	}
}

// TestTheListIsTrue finds arrows to rooms that are not on the list.
func TestTheListIsTrue(t *testing.T) {
	for dir, to := range storeys {
		for _, name := range to {
			if _, ok := groups[name]; ok {
				continue
			}
			if _, ok := storeys[name]; !ok && name != everything {
				t.Errorf("%s may import %s, which is not listed", dir, name)
			}
		}
	}
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", module+"...")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, complaints.String())
	}
	var list []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
