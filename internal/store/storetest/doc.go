// Package storetest is the conformance suite of the contracts in package store, but for facts
// (package facts).
// Each case names the sentence of the contract that it tests.
package storetest
