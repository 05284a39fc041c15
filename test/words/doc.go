// Package words checks the prose of the documents and of the messages that operators
// read.
package words
