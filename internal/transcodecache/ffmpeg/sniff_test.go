package ffmpeg

import (
	"strings"
	"testing"
)

// heads are the first bytes of what is media and what is not.
var heads = []struct{ head, demuxer string }{
	{"\x00\x00\x00\x18ftypisom", "mov"},
	{"\x1A\x45\xDF\xA3", "matroska"},
	{strings.Repeat("G"+strings.Repeat("\x00", 187), 3), "mpegts"},
	{"FLV\x01", "flv"},
	{"OggS", "ogg"},
	{"fLaC", "flac"},
	{"RIFF\x00\x00\x00\x00WAVE\x00", "wav"},
	{"RF64\xFF\xFF\xFF\xFFWAVE\x00", "wav"},
	{"RIFF\x00\x00\x00\x00AVI \x00", "avi"},
	{"RIFF\x00\x00\x00\x00WEBP\x00", ""},
	{string(mxfHeader) + "\x01\x02\x00", "mxf"},
	{strings.Repeat("\x00", 500) + string(mxfHeader), "mxf"}, // behind a run-in
	{"\x00\x00\x01\xBA\x44", "mpeg"},
	{"\x00\x00\x01\xB3", ""}, // an elementary stream
	{string(asfHeader) + "\x00", "asf"},
	{string(asfHeader[:8]), ""},
	{"ID3\x04", "mp3"},
	{"\xFF\xFB\x90", "mp3"},
	{"\xFF\xF1\x50", "aac"},
	{"#EXTM3U", ""},
	{"\xEF\xBB\xBF <MPD", ""},
	{"<MPD>" + string(mxfHeader), ""},
	{"ffconcat version 1.0", ""},
	{"v=0\no=-", ""},
	{"[playlist]", ""},
	{"{}", ""},
	{"", ""},
	{"<html>", ""},
}

// allowed are the demuxers that ffmpeg may open: none of them reads other files.
var allowed = map[string]bool{
	"mov": true, "matroska": true, "mpegts": true, "flv": true, "ogg": true, "flac": true, "wav": true, "avi": true,
	"mxf": true, "mpeg": true, "asf": true, "mp3": true, "aac": true,
}

func TestSniff(t *testing.T) {
	for _, h := range heads {
		if demuxer, err := Sniff([]byte(h.head)); demuxer != h.demuxer || (err == nil) != (h.demuxer != "") {
			t.Errorf("%q is %q, %v; want %q", h.head, demuxer, err, h.demuxer)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, h := range heads {
		f.Add([]byte(h.head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if demuxer, err := Sniff(head); (demuxer == "") == (err == nil) || err == nil && !allowed[demuxer] {
			t.Errorf("%q, %v", demuxer, err)
		}
	})
}
