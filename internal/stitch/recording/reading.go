package recording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/stitch/bundle"
)

// ErrNotRecorded says that nothing is recorded of a session.
var ErrNotRecorded = errors.New("the session is not recorded: it has no aws.logMode=DEBUG and is not among the sessions that the configuration's LogConfiguration samples, or its recording has expired")

// Bundle reads a recording.
func (r *Recorder) Bundle(ctx context.Context, id string) (*bundle.Bundle, error) {
	if err := r.sync(ctx); err != nil {
		return nil, err
	}
	facts, _, err := r.opt.Facts.Since(ctx, recordingOwner(id), 0)
	if err != nil {
		return nil, fmt.Errorf("read recording of session %s: %w", id, err)
	}
	x := reading{out: &bundle.Bundle{Bodies: map[string]bundle.Body{}, Lines: map[string]bundle.Line{}}, texts: map[string]string{}}
	for _, f := range facts {
		if err := x.add(f); err != nil {
			return nil, fmt.Errorf("recording of session %s: fact %q: %w", id, f.Key, err)
		}
	}
	if x.out.Head.Session == nil {
		return nil, ErrNotRecorded
	}
	for i := range x.out.Answers {
		a := &x.out.Answers[i]
		a.Text = x.texts[a.Hash]
		for _, hash := range []string{a.Line, a.Reference} {
			if err := r.read(ctx, x.out, hash); err != nil {
				return nil, err
			}
		}
	}
	x.out.Sort()
	return x.out, nil
}

// reading is a recording being read.
type reading struct {
	out   *bundle.Bundle
	texts map[string]string
}

func (x *reading) add(f avail.Fact) error {
	kind, name, _ := strings.Cut(f.Key, "/")
	switch kind {
	case headFact:
		truncated, lost := x.out.Head.Truncated, x.out.Head.Lost
		err := json.Unmarshal(f.Value, &x.out.Head)
		x.out.Head.Truncated, x.out.Head.Lost = truncated, lost
		return err
	case stateFact:
		var state recordingState
		err := json.Unmarshal(f.Value, &state)
		x.out.Head.Truncated, x.out.Head.Lost = state.Truncated, int(state.Lost)
		return err
	case "facts":
		text, err := unpackBlob(f.Value)
		if err != nil {
			return err
		}
		var list []bundle.Fact
		err = json.Unmarshal(text, &list)
		x.out.Facts = append(x.out.Facts, list...)
		return err
	case "asset":
		a := &avail.Asset{}
		err := json.Unmarshal(f.Value, a)
		x.out.Assets = append(x.out.Assets, a)
		return err
	case "record":
		x.out.Records = append(x.out.Records, bundle.Record{Avail: name, Record: f.Value})
	case "text":
		text, err := unpackBlob(f.Value)
		x.texts[name] = string(text)
		return err
	case "answer":
		var a bundle.Answer
		err := json.Unmarshal(f.Value, &a)
		x.out.Answers = append(x.out.Answers, a)
		return err
	}
	return nil
}

// read adds a view and its playlist. One that is gone is missing: the replay says so.
func (r *Recorder) read(ctx context.Context, b *bundle.Bundle, hash string) error {
	if _, ok := b.Lines[hash]; ok || hash == "" {
		return nil
	}
	text, err := r.readBlob(ctx, hash)
	if err != nil || text == nil {
		return err
	}
	var l bundle.Line
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("view %s: %w", hash, err)
	}
	b.Lines[hash] = l
	if _, ok := b.Bodies[l.Body]; ok || l.Body == "" {
		return nil
	}
	if text, err = r.readBlob(ctx, l.Body); err != nil || text == nil {
		return err
	}
	base, body, _ := strings.Cut(string(text), "\n")
	b.Bodies[l.Body] = bundle.Body{Base: base, Text: body}
	return nil
}
