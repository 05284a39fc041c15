// Package markers reads the avails of a timeline from its markers: where they begin and
// end, and which markers repeat or contradict others. It reads what is known and a view,
// and returns entries for the ledger.
package markers
