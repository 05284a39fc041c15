// Package rollup keeps sums of increments in columns, for the stores that keep
// roll-ups. What is added lies in deltas first, which are written with what proves
// them. Folding moves deltas into blocks: the minutes of an hour, an hour, and a day,
// each day and hour of UTC. A query reads from each block the columns that it needs.
package rollup
