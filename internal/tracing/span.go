package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer begins traces. A nil Tracer begins none.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// scope is the instrumentation scope of all spans.
const scope = "stitcher"

// Of is a tracer whose spans go to a provider.
func Of(p *sdktrace.TracerProvider) *Tracer { return &Tracer{provider: p, tracer: p.Tracer(scope)} }

// Start begins a trace, or a span below that of ctx.
func (t *Tracer) Start(ctx context.Context, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, s := t.tracer.Start(ctx, name)
	return ctx, Span{s}
}

// Link names a span that another trace refers to; the zero Link names none.
type Link struct{ span trace.SpanContext }

// LinkTo names the span of ctx.
func LinkTo(ctx context.Context) Link { return Link{trace.SpanContextFromContext(ctx)} }

// StartLinked begins a trace that refers to what it was begun by.
func (t *Tracer) StartLinked(ctx context.Context, name string, by Link) (context.Context, Span) {
	if t == nil || !by.span.IsValid() {
		return t.Start(ctx, name)
	}
	ctx, s := t.tracer.Start(ctx, name, trace.WithLinks(trace.Link{SpanContext: by.span}))
	return ctx, Span{s}
}

// Child begins a span below that of ctx. It begins no span if ctx has none.
func Child(ctx context.Context, name string) (context.Context, Span) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, Span{}
	}
	ctx, s := above.TracerProvider().Tracer(scope).Start(ctx, name)
	return ctx, Span{s}
}

// Close sends the spans that wait.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Span is a part of a trace; the zero Span records nothing. Its attributes hold no URL, no
// address and no parameter of a viewer.
type Span struct{ span trace.Span }

// Text adds an attribute.
func (s Span) Text(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// Number adds an attribute.
func (s Span) Number(key string, value int) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int(key, value))
	}
}

// End ends the span. what says why it failed; "" is that it did not.
func (s Span) End(what string) {
	if s.span == nil {
		return
	}
	if what != "" {
		s.span.SetStatus(codes.Error, what)
	}
	s.span.End()
}
