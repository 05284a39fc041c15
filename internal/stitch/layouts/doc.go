// Package layouts keeps what the renditions of a session are: which manifest of the origin
// each number in the session's URLs stands for. A layout is stored when the first session
// has it, and never changes.
package layouts
