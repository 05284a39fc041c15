// Package vast reads what ad servers answer: VAST 2.0 to 4.3, inline and
// through wrapper chains. It repairs what the typed model of
// github.com/haxqer/vast would refuse or lose, merges the trackers of a chain
// outermost first, chooses the media file and names the creative.
//
// The way of a response is Parse → Unwrapper.Unwrap → Ad. A fault is never an
// error of the whole where only one ad is concerned: the ad carries its
// avail.Reason and the Error URLs of its chain, and the other ads go on.
//
// To add a macro, add its name to the table in macro_table.go; to read one
// more element, add it to the model's conversion in convert.go and, where the
// model refuses real-world values of it, a rule in repair_rules.go.
package vast
