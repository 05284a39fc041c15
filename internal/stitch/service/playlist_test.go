package service

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls"
)

// window is a window of n segments of four seconds, with an avail of a minute from 15 on.
func window(t *testing.T, from, n int) *hls.Template {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:%d\n", from)
	for i := from; i < from+n; i++ {
		if i == 15 {
			b.WriteString("#EXT-X-CUE-OUT:60\n")
		}
		at := time.Unix(1_800_000_000+int64(4*i), 0).UTC()
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:4.000,\ns%d.ts\n", at.Format("2006-01-02T15:04:05.000Z"), i)
	}
	tpl, err := hls.Compile([]byte(b.String()), hls.Options{Base: &url.URL{Scheme: "http", Host: "o.example", Path: "/"}})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}
