package matrix

import (
	"fmt"
	"net/http"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"stitcher/internal/tracing"
)

// TestTraces: a request has the fetches that it caused, a decision each request to an
// ad server, and a beacon its attempts.
func TestTraces(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		kept := tracetest.NewInMemoryExporter()
		w.tracer, w.tracked = tracing.Of(sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept))), true
		w.reopen()
		w.ads.answer = func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/inner" {
				fmt.Fprint(rw, vast(4, 5))
				return
			}
			fmt.Fprint(rw, `<VAST version="4.0"><Ad id="w"><Wrapper><AdSystem>m</AdSystem><VASTAdTagURI>http://ads.example/inner</VASTAdTagURI></Wrapper></Ad></VAST>`)
		}
		w.net.host("beacons.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		w.channelWithAvail()
		w.join("master.m3u8").follow(60 * sec)

		above := map[string]tracetest.SpanStub{}
		for _, s := range kept.GetSpans() {
			above[s.SpanContext.SpanID().String()] = s
		}
		found := map[string]int{}
		for _, s := range kept.GetSpans() {
			for _, l := range s.Links {
				found[s.Name+" by "+above[l.SpanContext.SpanID().String()].Name]++
			}
			found[above[s.Parent.SpanID().String()].Name+" > "+s.Name]++
			for _, a := range s.Attributes {
				if a.Key == "server.address" && a.Value.AsString() == "" {
					t.Errorf("%s has no address", s.Name)
				}
			}
		}
		const manifest = "GET /v1/manifest/:hash/:config/:session/:n"
		for _, want := range []string{
			" > GET /v1/master/:hash/:config/*", " > " + manifest, manifest + " > origin fetch",
			" > ad decision", " > beacons", "beacons > beacon attempt", "ad decision by " + manifest,
		} {
			if found[want] == 0 {
				t.Errorf("no span %q in %v", want, found)
			}
		}
		if n := found["ad decision > ad request"]; n != 2 {
			t.Errorf("%d requests of the decision, want 2: the ad server and the wrapper's", n)
		}
	})
}
