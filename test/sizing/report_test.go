package sizing

import (
	"fmt"
	"strings"
	"testing"
)

// million is how many viewers are computed.
const million = 1e6

// habits are what the viewers of the computation do: an hour of this is played over and over.
const (
	breaksPerHour  = 5
	minutesPerHour = 60 - breaksPerHour*withBreak/10 // of content alone
	// triggerHours is how long triggers are kept.
	triggerHours = 24
)

func lineOf(all []*measured, of func(*measured) float64) line {
	var x, y []float64
	for _, m := range all {
		x, y = append(x, float64(m.viewers)), append(y, of(m))
	}
	return fit(x, y)
}

// report tells what a viewer costs, as the lines say, and what a million would.
func report(t *testing.T, all []*measured) {
	t.Helper()
	var out strings.Builder
	fmt.Fprintf(&out, "\n| Per viewer | ")
	for _, q := range quantities {
		fmt.Fprintf(&out, "%s | ", q)
	}
	for _, m := range all {
		fmt.Fprintf(&out, "operations of %d viewers | ", m.viewers)
	}
	fmt.Fprintf(&out, "\n|---|%s\n", strings.Repeat("---|", len(quantities)+len(all)))
	for _, p := range phases {
		fmt.Fprintf(&out, "| %s | ", p)
		for _, q := range quantities {
			l := lineOf(all, func(m *measured) float64 { return m.used[p][q] })
			fmt.Fprintf(&out, "%.4g ±%.0f%% | ", l.each, 100*l.off)
		}
		for _, m := range all {
			fmt.Fprintf(&out, "%.0f | ", m.used[p][operations])
		}
		fmt.Fprintln(&out)
	}
	fmt.Fprintf(&out, "\n| Bytes per viewer | ")
	for _, k := range kinds {
		fmt.Fprintf(&out, "%s | ", k)
	}
	fmt.Fprintf(&out, "all |\n|---|%s\n", strings.Repeat("---|", len(kinds)+1))
	for _, p := range phases {
		fmt.Fprintf(&out, "| %s | ", p)
		for _, k := range kinds {
			l := lineOf(all, func(m *measured) float64 { return m.kept[p][k] })
			fmt.Fprintf(&out, "%.0f ±%.0f%% | ", l.each, 100*l.off)
		}
		fmt.Fprintf(&out, "%.0f |\n", keptOf(all, p, kinds...).each)
	}
	summary(&out, all)
	t.Log(out.String())
}

func keptOf(all []*measured, p phase, of ...string) line {
	return lineOf(all, func(m *measured) (sum float64) {
		for _, k := range of {
			sum += m.kept[p][k]
		}
		return sum
	})
}

// summary tells what a million viewers use by the lines.
func summary(out *strings.Builder, all []*measured) {
	used := func(p phase, q quantity) float64 {
		return lineOf(all, func(m *measured) float64 { return m.used[p][q] }).each
	}
	const breakSeconds = float64(breakLength) * float64(segment) / 1e9
	fmt.Fprintf(out, "\n| A million viewers | on average | if all breaks are at the same time |\n|---|---|---|\n")
	for _, q := range quantities {
		average := (used(beginning, q) + breaksPerHour*used(watched, q) + minutesPerHour*used(content, q)) / 3600 * million
		peak := used(watched, q) / breakSeconds * million
		fmt.Fprintf(out, "| %s, in a second | %.3g | %.3g |\n", q, average, peak)
	}
	gigabytes := func(perViewer float64) float64 { return perViewer * million / 1e9 }
	session := keptOf(all, beginning, sessionKind).each + breaksPerHour*keptOf(all, watched, sessionKind).each
	audit := keptOf(all, beginning, auditKind).each + breaksPerHour*keptOf(all, watched, auditKind).each
	triggers := triggerHours * breaksPerHour * keptOf(all, watched, triggerKind).each
	search := keptOf(all, beginning, searchKind).each + breaksPerHour*keptOf(all, watched, searchKind).each
	fmt.Fprintf(out, "| GB of sessions of an hour | %.3g | |\n| GB of their audit | %.3g | |\n| GB of triggers after a day | %.3g | |\n| GB of what searches find, per million sessions of an hour | %.3g | |\n",
		gigabytes(session), gigabytes(audit), gigabytes(triggers), gigabytes(search))
}
