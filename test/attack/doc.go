// Package attack attacks a started binary: forbidden addresses through every door,
// requests that a browser or a player should not be able to make, and loads that
// one client can cause. What a test must find untouched is watched by a canary: a
// listener that no request may reach, or a secret that no log may show. Each door has
// a control that does reach its canary, so that a door which has moved fails too.
//
// `go test ./test/attack` takes less than a minute; `-attack.long` tries every form at
// every door and holds connections for as long as the limits say.
package attack
