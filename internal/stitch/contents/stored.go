package contents

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"stitcher/internal/stitch/layouts"
)

// stored are the profiles of a layout in the store, the newest last.
func (p *Profiler) stored(ctx context.Context, l *layouts.Layout) ([]Profile, error) {
	facts, _, err := p.facts.Since(ctx, layouts.Owner(l.ID), 0)
	if err != nil {
		return nil, fmt.Errorf("read layout %s: %w", l.ID, err)
	}
	byNumber := map[int]Profile{}
	for _, f := range facts {
		n, ok := factNumber(f.Key)
		if !ok {
			continue
		}
		var c Profile
		if err := json.Unmarshal(f.Value, &c); err != nil {
			return nil, fmt.Errorf("layout %s, %s: %w", l.ID, f.Key, err)
		}
		byNumber[n] = c
	}
	var list []Profile
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		list = append(list, byNumber[n])
	}
	return list, nil
}

// factKey is the fact of a layout's nth profile.
func factKey(n int) string {
	if n == 0 {
		return "profile"
	}
	return "profile/" + strconv.Itoa(n)
}

func factNumber(key string) (n int, ok bool) {
	if key == "profile" {
		return 0, true
	}
	rest, ok := strings.CutPrefix(key, "profile/")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil && n > 0
}

// learn takes over stored profiles.
func (p *Profiler) learn(e *profiled, stored []Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(stored) <= len(e.all) {
		return
	}
	e.all, e.ids = stored, nil
	for i := range stored {
		e.ids = append(e.ids, stored[i].ID())
	}
}
