// Package vmap reads VMAP 1.0.1: the breaks of a title, when they are shown and where
// their ads come from. A break that cannot be read does not affect the others.
package vmap
