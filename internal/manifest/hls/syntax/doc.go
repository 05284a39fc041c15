// Package syntax reads and writes what the tags of a playlist consist of: attribute
// lists, numbers, seconds, dates, variables and URIs. It forgives what players forgive.
package syntax
