// Package search finds sessions by what they are and by what happened in them.
package search
