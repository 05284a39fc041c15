package syntax

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestParseSeconds(t *testing.T) {
	for _, c := range []struct {
		in string
		us int64
		ok bool
	}{
		{"6", 6_000_000, true}, {"6.", 6_000_000, true}, {".5", 500_000, true}, {"6.006", 6_006_000, true},
		{"3.066667", 3_066_667, true}, {"9.9766666", 9_976_667, true}, {"9.97666649999", 9_976_666, true},
		{"0", 0, true}, {"86400", 86_400_000_000, true}, {"0000000000000000000000006", 6_000_000, true},
		{"5.99999951", 6_000_000, true}, {"15.033333333333333", 15_033_333, true},
		{"", 0, false}, {".", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {"1e3", 1_000_000_000, true}, {"NaN", 0, false},
		{"86401", 0, false}, {"99999999999999999999", 0, false}, {"1.5.2", 0, false}, {"1 ", 0, false}, {"0x10", 0, false},
	} {
		us, ok := ParseSeconds([]byte(c.in))
		if ok != c.ok || ok && us != c.us {
			t.Errorf("%q is %d %t, want %d %t", c.in, us, ok, c.us, c.ok)
		}
	}
}

func TestAppendSeconds(t *testing.T) {
	for us, want := range map[int64]string{
		0: "0.000", 6_000_000: "6.000", 3_066_667: "3.066667", 2_966_600: "2.9666", 500_010: "0.50001", 1: "0.000001", 86_400_000_000: "86400.000",
	} {
		got := AppendSeconds(nil, us)
		if back, ok := ParseSeconds(got); string(got) != want || !ok || back != us {
			t.Errorf("%d is %s, want %s", us, got, want)
		}
	}
}

func TestParseDate(t *testing.T) {
	base := time.Date(2026, 11, 23, 3, 18, 58, 0, time.UTC).UnixMicro()
	for in, want := range map[string]int64{
		"2026-11-23T03:18:58Z": 0, "2026-11-23T03:18:58.5Z": 500_000, "2026-11-23T03:18:58.061Z": 61_000,
		"2026-11-23T03:18:58.061123Z": 61_123, "2026-11-23T03:18:58.061123999Z": 61_123, "2026-11-23t03:18:58z": 0,
		"2026-11-23T04:18:58+01:00": 0, "2026-11-23T04:18:58.250+0100": 250_000, "2026-11-23T04:18:58+01": 0,
		"2026-11-22T21:48:58-05:30": 0, "2026-11-23T03:18:58+0000": 0, "2026-11-23 03:18:58": 0, "2026-11-23T03:18:58,5Z": 500_000,
		// Date.parse of every browser knows them (hls.js, m3u8-parser).
		"2026-11-23T03:18Z": -58_000_000, "2026-11-23T04:18+01:00": -58_000_000, "2026-11-23": -11_938_000_000,
	} {
		if us, ok := ParseDate([]byte(in)); !ok || us-base != want {
			t.Errorf("%q is %d %t, want %d", in, us-base, ok, want)
		}
	}
	for _, in := range []string{"", "2026", "2026-11", "2026-11-23T", "2026-11-23T03", "2026-13-23T03:18:58Z", "2026-11-00T03:18:58Z", "2026-11-23T25:18:58Z", "2026-11-23T03:18:58X", "2026-11-23T03:18:58+1", "2026-11-23T03:18:58+ab:cd", "2019-01T00:15:00Z"} {
		if us, ok := ParseDate([]byte(in)); ok {
			t.Errorf("%q is %d", in, us)
		}
	}
}

func TestAppendDate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range 20_000 {
		us := rnd.Int64N(8e15) - 3e15 // 1874 to 2128
		if i < 4000 {
			us = int64(i-2000) * 86_400_000_000 * 17
		}
		want := time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.000Z")
		got := string(AppendDate(nil, us))
		if got != want {
			t.Fatalf("%d is %s, want %s", us, got, want)
		}
		if back, ok := ParseDate([]byte(got)); !ok || us-back < 0 || us-back >= 1000 {
			t.Fatalf("%s is %d, want %d", got, back, us)
		}
	}
}
