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

	key Group
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
	wanted := map[string]bool{}
	for _, m := range q.measures {
		a.Measures = append(a.Measures, measures[m])
		wanted[measures[m].Name] = true
		a.Totals[measures[m].Name] = 0
	}
	step, bounds := q.step(), q.buckets()
	for i := range len(bounds) - 1 {
		sums, err := from.Sums(ctx, step, bounds[i], bounds[i+1])
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		if err := q.add(a, bounds[i], sums, wanted); err != nil {
			return nil, err
		}
	}
	a.page(q)
	return a, nil
}

// add adds the rows of one time.
func (q *Query) add(a *Answer, at time.Time, sums []store.Sum, wanted map[string]bool) error {
	rows := map[Group]Row{}
	for _, s := range sums {
		if !wanted[s.Measure] {
			continue
		}
		g, err := parseGroup(s.Group)
		if err != nil {
			return err
		}
		if !q.passes(&g) {
			continue
		}
		var key Group
		for _, d := range q.groupBy {
			key[d] = g[d]
		}
		r, ok := rows[key]
		if !ok {
			r = Row{Time: at, Group: map[string]string{}, Values: map[string]int64{}, key: key}
			for _, d := range q.groupBy {
				r.Group[names[d]] = g[d]
			}
			for m := range wanted {
				r.Values[m] = 0
			}
			rows[key] = r
		}
		r.Values[s.Measure] += s.N
		a.Totals[s.Measure] += s.N
	}
	if len(a.Rows)+len(rows) > maxRows {
		return wrong("the answer has more than %d rows: choose a shorter range, a coarser granularity or fewer dimensions", maxRows)
	}
	begin := len(a.Rows)
	for _, r := range rows {
		a.Rows = append(a.Rows, r)
	}
	slices.SortFunc(a.Rows[begin:], func(x, y Row) int { return slices.Compare(x.key[:], y.key[:]) })
	return nil
}

func (q *Query) passes(g *Group) bool {
	for d, v := range q.filter {
		if g[d] != v {
			return false
		}
	}
	return true
}

// page leaves the rows of the page that q wants.
func (a *Answer) page(q *Query) {
	begin := min(q.offset, len(a.Rows))
	end := min(begin+q.size, len(a.Rows))
	if end < len(a.Rows) {
		a.NextPageToken = strconv.Itoa(end)
	}
	a.Rows = a.Rows[begin:end]
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
