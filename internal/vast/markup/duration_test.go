package markup

import "testing"

func TestParseDuration(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"00:00:30", 30_000_000, true},
		{" 00:00:15.5 ", 15_500_000, true},
		{"00:00:15.033333", 15_033_333, true},
		{"00:00:15.0333339", 15_033_333, true},
		{"00:00:15.0333333333333333", 15_033_333, true},
		{"00:00:60", 60_000_000, true},
		{"01:30", 90_000_000, true},
		{"30", 30_000_000, true},
		{"100:00:00", 360_000_000_000, true},
		{"", 0, false},
		{"undefined", 0, false},
		{"-00:00:15", 0, false},
		{"00:00:15.", 15_000_000, true},
		{"00:00:15.x", 0, false},
		{"00:00:15,5", 0, false},
		{"0:0:0:1", 0, false},
		{"NaN", 0, false},
		{"99999999999999999999", 0, false},
	} {
		got, ok := ParseDuration(tc.in)
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("ParseDuration(%q) = %d, %v; want %d, %v", tc.in, got, ok, tc.want, tc.ok)
		}
	}
}
