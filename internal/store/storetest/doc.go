// Package storetest is the conformance suite of the contracts in package store.
// Each case names the sentence of the contract that it tests.
package storetest
