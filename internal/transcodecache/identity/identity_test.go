package identity

import "testing"

func TestVolatile(t *testing.T) {
	for _, tc := range []struct{ list, url, want string }{
		{"", "http://m/1.mp4?cb=1#x", "http://m/1.mp4?cb=1"},
		{DefaultVolatile, "http://m/1.mp4", "http://m/1.mp4"},
		{DefaultVolatile, "http://m/1.mp4?v=2&cb=123&Token=x&X-Amz-Date=1", "http://m/1.mp4?v=2"},
		{DefaultVolatile, "http://m/get?cb=9&id=7&c%62=8", "http://m/get?id=7"},
		{DefaultVolatile, "http://m/get?cb=9", "http://m/get"},
		{" A , b* ", "http://m/get?a=1&B1=2&c=3&&d", "http://m/get?c=3&&d"},
		{"a", "http://m/get?b=a&a", "http://m/get?b=a"},
	} {
		if got := NewVolatile(tc.list).stable(tc.url); got != tc.want {
			t.Errorf("%q of %s: %s, want %s", tc.list, tc.url, got, tc.want)
		}
	}
}
