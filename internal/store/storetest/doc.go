// Package storetest is what every store must do, whoever implements it: Run
// drives it through the interfaces that its users declare.
package storetest
