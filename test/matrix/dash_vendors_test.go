package matrix

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/dash/check/rule"
)

// TestDASHVendors plays channels that are written as packagers of several vendors do it:
// three breaks, several of them in one MPD, have their ads, and no law is broken that the
// origin does not break.
func TestDASHVendors(t *testing.T) {
	t.Parallel()
	without := func(pattern string) func(int, time.Duration, string) string {
		re := regexp.MustCompile(pattern)
		return func(_ int, _ time.Duration, text string) string { return re.ReplaceAllString(text, "$1") }
	}
	for _, c := range []struct {
		name    string
		address addressing
		change  func(c *dashChannel)
		// excused are rules that the origin breaks.
		excused []string
	}{
		{"media times since 1970 in tenths of a microsecond", byTime, func(c *dashChannel) {
			for _, track := range c.tracks {
				track.scale, track.zero = 10_000_000, 17_000_000_000_000_000
			}
			c.lay(10 * time.Minute)
		}, []string{rule.TimeTooLarge}},
		{"Periods without ids", byTime, func(c *dashChannel) { c.edit = without(`(<Period) id="[^"]*"`) }, []string{rule.AttributeMissing}},
		{"no publishTime", byTime, func(c *dashChannel) { c.edit = without(` publishTime="[^"]*"`) }, nil},
		{"no delay and no window", byTime, func(c *dashChannel) {
			c.edit = without(` (?:suggestedPresentationDelay|timeShiftBufferDepth)="[^"]*"`)
		}, nil},
		{"updates by events alone", byTime, func(c *dashChannel) {
			c.edit = func(_ int, _ time.Duration, text string) string {
				return strings.Replace(text, `minimumUpdatePeriod="PT2S"`, `minimumUpdatePeriod="PT0S"`, 1)
			}
			c.inSet = `<InbandEventStream schemeIdUri="urn:mpeg:dash:event:2012" value="1"/><InbandEventStream schemeIdUri="urn:scte:scte35:2013:bin" value="1"/>`
		}, nil},
		{"low latency", byNumber, func(c *dashChannel) {
			c.extra = `<ServiceDescription id="0"><Latency target="3500" referenceId="0"/><PlaybackRate min="0.96" max="1.04"/></ServiceDescription>` + "\n"
			c.inSet = `<ProducerReferenceTime id="0" type="encoder" wallClockTime="1999-12-31T23:58:20Z" presentationTime="900000000"><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://time.example/"/></ProducerReferenceTime>`
			c.inTemplate = ` availabilityTimeOffset="1.5" availabilityTimeComplete="false"`
		}, nil},
		{"low latency by numbers", byDuration, func(c *dashChannel) {
			c.inTemplate = ` availabilityTimeOffset="1.5" availabilityTimeComplete="false"`
		}, nil},
		{"base URLs with priorities", byTime, func(c *dashChannel) {
			c.extra = `<BaseURL serviceLocation="a" priority="1" weight="1">http://origin.example/live/</BaseURL><BaseURL serviceLocation="b" priority="2">http://backup.example/live/</BaseURL>` + "\n"
		}, nil},
		{"a window of ten minutes", byTime, func(c *dashChannel) { c.window = 10 * time.Minute }, nil},
		{"a window of three segments", byTime, func(c *dashChannel) { c.window = 8 * sec }, nil},
		{"MPDs from two edges", byTime, func(c *dashChannel) {
			c.at = func(n int, now time.Duration) time.Duration { return now - time.Duration(n%2)*4*sec }
		}, nil},
		{"sound that no ad can be like", byTime, func(c *dashChannel) {
			dolby := regexp.MustCompile(`(?s)<AdaptationSet id="2".*?</AdaptationSet>`)
			c.edit = func(_ int, _ time.Duration, text string) string {
				return dolby.ReplaceAllStringFunc(text, func(set string) string {
					return strings.NewReplacer(`id="2"`, `id="3"`, "mp4a.40.2", "ec-3", "a-en", "e-en").Replace(set) + "\n" + set
				})
			}
		}, nil},
		{"events in every Period", byTime, func(c *dashChannel) { c.multi, c.everywhere = true, true }, nil},
		{"Periods for other reasons", byTime, func(c *dashChannel) { c.cuts = []time.Duration{116 * sec, 134 * sec, 172 * sec} }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				channel := w.newDASH(c.address, eventForms()[2]).avail(130*sec, 20*sec).avail(160*sec, 10*sec).avail(180*sec, 20*sec)
				c.change(channel)
				p := channel.open("")
				p.excused = c.excused
				p.follow(130 * sec)
				p.filled(130*sec, 20*sec)
				p.filled(160*sec, 10*sec)
				p.filled(180*sec, 20*sec)
				p.complete(110*sec, 220*sec)
				p.report()
			})
		})
	}
}
