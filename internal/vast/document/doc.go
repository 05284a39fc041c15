// Package document reads one VAST or DAAST document, before wrappers are followed. It
// repairs what the typed model of github.com/haxqer/vast would refuse or lose.
//
// A document is read once, token by token: markup.Scanner finds the tokens, reader
// repairs those that a decision needs and passes them to the model, and converter takes
// over the decoded values. Everything else is read by package details, from the ad as
// received and only for ads that are shown, so that a decision does not pay for icons.
//
// To read one more element for decisions, name it in rule.go, with its attributes, and in
// markup/spelling.go, and take it over in convert.go.
package document
