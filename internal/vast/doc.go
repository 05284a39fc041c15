// Package vast reads what ad servers answer: VAST 1 to 4.3 and DAAST, inline and
// through wrapper chains, and VMAP 1.0.1. It repairs what the typed model of
// github.com/haxqer/vast would refuse or lose, merges the trackers of a chain
// outermost first, chooses the media file and names the creative.
//
// The way of a response is ParseResponse → Unwrapper.Unwrap, or UnwrapBreak
// for each break of a VMAP → Offer, which hands the ads over in the order that
// the configuration's SequencingMode gives them. A fault is never an error of
// the whole where only one ad or break is concerned: the ad carries its
// avail.Reason and the Error URLs of its chain, and the others go on.
//
// A document is read once, token by token: scanner finds the tokens, reader
// repairs those that a decision needs and feeds them to the model, convert
// takes the decoded values over. All else is read by Ad.Details, from the ad
// as received and only for ads that are shown, so that a decision does not pay
// for icons and nothing of them is lost.
//
// URLs are absolute from here on: each is resolved against its document's URL when it
// is read (converter.link, node.link). Names of elements, attributes and events are
// read in any case and under their older names (spelling.go).
//
// To add a macro, add its name to the table in macro_table.go. To read one
// more element for decisions, name it in rule.go, with its attributes, and
// take it over in convert.go; for client-side reporting, read it in the
// details file of its kind.
package vast
