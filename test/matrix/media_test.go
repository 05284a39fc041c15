package matrix

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/check/listing"
)

// TestFormats: what the content's segments are like does not keep ads away, and
// what is in force comes back after them.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		header []string
		extinf func(s *segment, first bool, b *strings.Builder)
		fmp4   bool
		// check holds what must be in force at every segment of content.
		check func(t *testing.T, s *listing.Segment)
	}{
		{
			name: "SAMPLE-AES for several DRM systems", fmp4: true,
			header: []string{
				`#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="data:text/plain;base64,AAAA",KEYFORMAT="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",KEYFORMATVERSIONS="1",KEYID=0x01`,
				`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"`,
				`#EXT-X-MAP:URI="init.mp4"`,
			},
			check: func(t *testing.T, s *listing.Segment) {
				if len(s.Keys) != 2 || s.Map == nil || !strings.HasSuffix(s.Map.URI, "/live/init.mp4") {
					t.Errorf("content %d has keys %v and map %v", s.Sequence, s.Keys, s.Map)
				}
			},
		},
		{
			name: "fMP4", fmp4: true, header: []string{`#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@0"`},
			check: func(t *testing.T, s *listing.Segment) {
				if s.Map == nil || s.Map.Range == nil || s.Map.Range.Length != 700 {
					t.Errorf("content %d has map %+v", s.Sequence, s.Map)
				}
			},
		},
		{
			name: "byte ranges without offsets",
			extinf: func(s *segment, first bool, b *strings.Builder) {
				offset := ""
				if n := s.sequence % 25; first || n == 0 {
					offset = fmt.Sprint("@", n*1000)
				}
				fmt.Fprintf(b, "#EXTINF:4.000,\n#EXT-X-BYTERANGE:1000%s\nall_%d.ts\n", offset, s.sequence/25)
			},
			header: []string{"#EXT-X-INDEPENDENT-SEGMENTS"},
			check: func(t *testing.T, s *listing.Segment) {
				if s.Range == nil || s.Range.Length != 1000 {
					t.Errorf("content %d has range %+v", s.Sequence, s.Range)
				}
			},
		},
		{
			name: "byte ranges in fMP4", fmp4: true, header: []string{`#EXT-X-MAP:URI="all.mp4",BYTERANGE="700@0"`},
			extinf: func(s *segment, _ bool, b *strings.Builder) {
				fmt.Fprintf(b, "#EXTINF:4.000,\n#EXT-X-BYTERANGE:1000@%d\nall.mp4\n", 700+(s.sequence-1000)*1000)
			},
			check: func(t *testing.T, s *listing.Segment) {
				n := (s.Range.Offset - 700) / 1000
				if s.Range.Length != 1000 || s.Range.Offset != 700+n*1000 {
					t.Errorf("content %d has range %+v", s.Sequence, s.Range)
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.shelf.fmp4 = c.fmp4
				v := video("v0.m3u8").avail(120*sec, 20*sec)
				if v.header, v.extinf = c.header, c.extinf; c.fmp4 {
					v.fragmented()
				}
				w.newChannel(v).serve("origin.example")
				p := w.join("master.m3u8")
				for w.now() < 80*sec && !t.Failed() {
					p.poll()
					for i := range p.last[0].Segments {
						s := &p.last[0].Segments[i]
						if !strings.Contains(s.URI, "segment/") {
							c.check(t, s)
						} else if len(s.Keys) > 0 || s.Range != nil || (s.Map == nil) == c.fmp4 {
							t.Errorf("ad %d has keys %v, range %v, map %v", s.Sequence, s.Keys, s.Range, s.Map)
						}
					}
					w.until(w.now() + sec)
				}
				p.wantAds(20)
			})
		})
	}
}

// TestAES128: content that takes its IV from its number is decrypted by the IV
// that is listed, once its number has changed (field failure B-20).
func TestAES128(t *testing.T) {
	t.Parallel()
	key := []byte("0123456789abcdef")
	plain := func(sequence int64) []byte { return []byte(fmt.Sprintf("segment %d of the content", sequence)) }
	encrypted := func(sequence int64) []byte {
		iv := make([]byte, 16)
		for i, n := 15, sequence; n > 0; i, n = i-1, n>>8 {
			iv[i] = byte(n)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		b := plain(sequence)
		pad := 16 - len(b)%16
		b = append(b, bytes.Repeat([]byte{byte(pad)}, pad)...)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(b, b)
		return b
	}
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		v := video("v0.m3u8").avail(120*sec, 20*sec)
		v.header = []string{`#EXT-X-KEY:METHOD=AES-128,URI="k?id=1"`}
		w.newChannel(v).serve("origin.example")
		p := w.join("master.m3u8")
		decrypted := 0
		for w.now() < 80*sec && !t.Failed() {
			p.poll()
			for i := range p.last[0].Segments {
				s := &p.last[0].Segments[i]
				if strings.Contains(s.URI, "segment/") {
					if len(s.Keys) > 0 {
						t.Errorf("ad %d has keys %v", s.Sequence, s.Keys)
					}
					continue
				}
				if len(s.Keys) != 1 || s.Keys[0].URI != originURL+"/live/k?id=1" {
					t.Fatalf("content %d has keys %+v", s.Sequence, s.Keys)
				}
				text := s.Keys[0].IV
				if text == "" {
					text = fmt.Sprintf("%032x", s.Sequence)
				}
				iv, err := hex.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				_, name, _ := strings.Cut(s.URI, "v0_")
				own, err := strconv.ParseInt(strings.TrimSuffix(name, ".ts"), 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				b := encrypted(own)
				block, err := aes.NewCipher(key)
				if err != nil {
					t.Fatal(err)
				}
				cipher.NewCBCDecrypter(block, iv).CryptBlocks(b, b)
				if !bytes.HasPrefix(b, plain(own)) {
					t.Errorf("content %s at %d is not decrypted by IV %s", s.URI, s.Sequence, text)
				}
				decrypted++
			}
			w.until(w.now() + sec)
		}
		p.wantAds(20)
		if decrypted == 0 {
			t.Error("nothing was decrypted")
		}
	})
}
