package mpd

import (
	"bytes"
	"errors"
	"net/url"
	"testing"
)

// FuzzRead: whatever an advertiser writes, the segments of a creative's MPD follow each
// other without gaps from the begin of its Period, or the error says which kind it is of.
func FuzzRead(f *testing.F) {
	const head, tail = `<MPD type="static" mediaPresentationDuration="PT5S"><Period><AdaptationSet mimeType="video/mp4">`, `</AdaptationSet></Period></MPD>`
	for _, rep := range []string{
		`<SegmentTemplate timescale="10" duration="20" media="$RepresentationID$/$Number%05d$.m4s" initialization="i"/><Representation id="v" bandwidth="1"/>`,
		`<Representation id="v"><SegmentTemplate timescale="10" presentationTimeOffset="20" media="$Time$"><SegmentTimeline><S t="10" d="20" r="-1"/></SegmentTimeline></SegmentTemplate></Representation>`,
		`<Representation id="v"><SegmentTemplate media="$Bandwidth$$$"><SegmentTimeline><S d="1" r="1"/><S t="2" d="3" r="-1"/><S t="18446744073709551615" d="0"/></SegmentTimeline></SegmentTemplate></Representation>`,
		`<Representation id="v"><BaseURL>x/</BaseURL><SegmentList duration="2"><Initialization range="0-9"/><SegmentURL mediaRange="10-20"/><SegmentURL media="b"/></SegmentList></Representation>`,
		`<Representation id="v"><SegmentBase indexRange="4-35" presentationTimeOffset="5"><Initialization range="0-3"/></SegmentBase></Representation>`,
	} {
		f.Add([]byte(head+rep+tail), []byte("\x00\x00\x00\x04xxxx"))
	}
	f.Add([]byte(head+`<Representation id="v"/>`+tail),
		[]byte("\x00\x00\x00\x08ftyp\x00\x00\x00\x2csidx\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x09\x00\x00\x00\x02\x90\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, text, file []byte) {
		Is(text)
		p, err := Read(text, &url.URL{Scheme: "https", Host: "ads.example", Path: "/a/m.mpd"})
		if err != nil {
			sorted(t, err)
			return
		}
		for i := range p.Representations {
			s, err := p.Representations[i].Segments()
			if err == nil && s.Index != nil {
				s, err = s.Index.Cut(bytes.NewReader(file))
			}
			if err != nil {
				sorted(t, err)
				continue
			}
			if n := len(s.List); n == 0 || n > mostSegments {
				t.Fatalf("%d segments", n)
			}
			for k, piece := range s.List {
				if !piece.Whole && (piece.Offset < 0 || piece.Length < 0) || piece.Duration < 0 {
					t.Errorf("segment %d is %+v", k, piece)
				}
				if k > 0 && piece.Start != s.List[k-1].Start+s.List[k-1].Duration {
					t.Errorf("segment %d begins at %d, the one before ends at %d", k, piece.Start, s.List[k-1].Start+s.List[k-1].Duration)
				}
			}
		}
	})
}

// sorted fails unless an error is of one of the kinds.
func sorted(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrShape) && !errors.Is(err, ErrUnreadable) {
		t.Errorf("%v", err)
	}
}
