package imported

import "testing"

func FuzzBoxes(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x08moov"), []byte("\x00\x00\x00\x08moof"))
	f.Fuzz(func(t *testing.T, init, segment []byte) {
		if leading, ok := leadingTrack(init); ok {
			leading.length(segment)
			leading.begin(segment)
		}
	})
}
