package report

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/store"
	"stitcher/internal/store/rollup"
)

// Answer is what the roll-ups say to a query.
type Answer struct {
	From        time.Time        `json:"from"`
	To          time.Time        `json:"to"`
	TimeZone    string           `json:"timeZone"`
	Granularity string           `json:"granularity"`
	GroupBy     []string         `json:"groupBy"`
	Measures    []Measure        `json:"measures"`
	Rows        []Row            `json:"rows"`
	Totals      map[string]int64 `json:"totals"`
	// NextPageToken is "" on the last page. Totals are those of all pages.
	NextPageToken string `json:"nextPageToken,omitempty"`
}

// Row are the sums of a group at a time.
type Row struct {
	Time   time.Time         `json:"time"`
	Group  map[string]string `json:"group"`
	Values map[string]int64  `json:"values"`
}

// maxRows bounds an answer, all pages together.
const maxRows = 200_000

// Answer reads what q asks for. An answer that would be too long is a *QueryError.
func (q *Query) Answer(ctx context.Context, from store.Rollups) (*Answer, error) {
	a := &Answer{
		From: q.From, To: q.To, TimeZone: q.Location.String(), Granularity: q.Granularity,
		GroupBy: []string{}, Rows: []Row{}, Totals: map[string]int64{},
	}
	for _, d := range q.groupBy {
		a.GroupBy = append(a.GroupBy, names[d])
	}
	for _, m := range q.measures {
		a.Measures = append(a.Measures, measures[m])
		a.Totals[measures[m].Name] = 0
	}
	t := newTally(q)
	want := rollup.Want{Bounds: t.bounds, Dims: append([]int{}, q.groupBy...)}
	for d := range q.filter {
		want.Dims = append(want.Dims, d)
	}
	for _, m := range q.measures {
		want.Measures = append(want.Measures, measures[m].Name)
	}
	if err := t.read(ctx, from, &want); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	a.take(t)
	return a, nil
}

// take takes the page that the query wants, and the totals of all pages. Rows in
// which every measure is 0 are left out.
func (a *Answer) take(t *tally) {
	var lines []line
	width, keyWidth := len(t.q.measures), 1+len(t.q.groupBy)
	ranks := t.ranks()
	keys := make([]uint32, t.rows()*keyWidth)
	for row := range t.rows() {
		some := false
		for m, n := range t.sums[row*width : (row+1)*width] {
			a.Totals[a.Measures[m].Name] += n
			some = some || n != 0
		}
		if !some {
			continue
		}
		key := keys[row*keyWidth : (row+1)*keyWidth]
		t.group(row, key)
		for i, of := range ranks {
			key[1+i] = of[key[1+i]]
		}
		lines = append(lines, line{row, key})
	}
	slices.SortFunc(lines, func(x, y line) int { return slices.Compare(x.key, y.key) })
	begin := min(t.q.token.row, len(lines))
	end := min(begin+t.q.size, len(lines))
	if end < len(lines) {
		next := t.q.token
		next.row = end
		a.NextPageToken = next.String()
	}
	key := make([]uint32, keyWidth)
	for _, x := range lines[begin:end] {
		t.group(x.row, key)
		r := Row{Time: t.bounds[key[0]], Group: map[string]string{}, Values: map[string]int64{}}
		for i, name := range a.GroupBy {
			r.Group[name] = t.texts[i].all[key[1+i]]
		}
		for m := range a.Measures {
			r.Values[a.Measures[m].Name] = t.sums[x.row*width+m]
		}
		a.Rows = append(a.Rows, r)
	}
}

// line is a row of the answer: its key is the number of its time and the ranks of its
// values.
type line struct {
	row int
	key []uint32
}

// CSV writes the rows of an answer. Its first line has the names of the columns.
func (a *Answer) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	line := append([]string{"time"}, a.GroupBy...)
	for _, m := range a.Measures {
		line = append(line, m.Name)
	}
	err := out.Write(line)
	for i := range a.Rows {
		r := &a.Rows[i]
		line = append(line[:0], r.Time.Format(time.RFC3339))
		for _, d := range a.GroupBy {
			line = append(line, harmless(r.Group[d]))
		}
		for _, m := range a.Measures {
			line = append(line, strconv.FormatInt(r.Values[m.Name], 10))
		}
		err = cmp.Or(err, out.Write(line))
	}
	out.Flush()
	return cmp.Or(err, out.Error())
}

// harmless is a cell that no spreadsheet takes for a formula: ad servers write what
// is in it.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
