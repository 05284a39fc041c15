package tracing

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestSpans(t *testing.T) {
	kept := tracetest.NewInMemoryExporter()
	tracer := Of(sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept)))
	ctx, above := tracer.Start(t.Context(), "above")
	_, below := Child(ctx, "below")
	below.Text("k", "v")
	below.Number("n", 7)
	below.End("no answer")
	above.End("")
	spans := kept.GetSpans()
	if len(spans) != 2 || spans[0].Name != "below" || spans[0].Parent.SpanID() != spans[1].SpanContext.SpanID() {
		t.Fatalf("spans %+v", spans)
	}
	if got := spans[0]; got.Status.Description != "no answer" || len(got.Attributes) != 2 ||
		got.Attributes[0].Value.AsString() != "v" || got.Attributes[1].Value.AsInt64() != 7 {
		t.Errorf("span %+v", got)
	}
	if spans[1].Parent.IsValid() {
		t.Error("the first span has a parent")
	}
}

// TestNothing: without a tracer nothing is allocated.
func TestNothing(t *testing.T) {
	var tracer *Tracer
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		ctx, above := tracer.Start(ctx, "above")
		_, below := Child(ctx, "below")
		below.Text("k", "v")
		below.Number("n", 7)
		below.End("")
		above.End("")
	}); n != 0 {
		t.Errorf("%v allocations without a tracer", n)
	}
	if err := tracer.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestWanted(t *testing.T) {
	for name, c := range map[string]struct {
		env     map[string]string
		want    bool
		refused bool
	}{
		"nothing":         {nil, false, false},
		"endpoint":        {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, true, false},
		"of traces":       {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, true, false},
		"exporter":        {map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, false},
		"none":            {map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, false, false},
		"disabled":        {map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false, false},
		"zipkin":          {map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, false, true},
		"gRPC":            {map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, true},
		"gRPC for others": {map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, true, false},
	} {
		got, err := wanted(func(name string) string { return c.env[name] })
		if got != c.want || (err != nil) != c.refused {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
}

// TestFromEnvironment: spans arrive at the collector that the environment names.
func TestFromEnvironment(t *testing.T) {
	var bytes atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" && r.Header.Get("X-Key") == "a" {
			n, _ := io.Copy(io.Discard, r.Body) // a short body shows in the sum
			bytes.Add(n)
		}
	}))
	defer collector.Close()
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a"}
	for name, value := range env {
		t.Setenv(name, value)
	}
	tracer, err := FromEnvironment(t.Context(), func(name string) string { return env[name] }, "1", func(err error) { t.Error(err) })
	if err != nil || tracer == nil {
		t.Fatal(tracer, err)
	}
	_, span := tracer.Start(context.Background(), "above")
	span.End("")
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if bytes.Load() == 0 {
		t.Error("the collector received nothing")
	}
}
