// Package script runs the Lua scripts of a store on its servers, and knows how far their
// clocks are from that of this machine.
package script

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"stitcher/internal/store/redis/server"
)

//go:embed lua/*.lua
var sources embed.FS

// Script is a Lua script.
type Script struct {
	lua    *redis.Script
	source string
}

// New joins files of directory lua to one script, after the prelude that all have in common.
func New(names ...string) Script {
	var source []byte
	for _, name := range append([]string{"prelude"}, names...) {
		text, err := sources.ReadFile("lua/" + name + ".lua")
		if err != nil {
			panic(err) // it is in the program
		}
		source = append(source, text...)
	}
	return Script{redis.NewScript(string(source)), string(source)}
}

// Runner runs scripts on the servers of a store. It is safe for concurrent use.
type Runner struct {
	client redis.UniversalClient
	now    func() time.Time
	// budget is how long a write may take with all of its attempts.
	budget time.Duration
	offset offset
}

// NewRunner makes the runner of a client. now is the clock of a test; nil is that of the
// servers. budget is how long a write may take with all of its attempts.
func NewRunner(client redis.UniversalClient, now func() time.Time, budget time.Duration) *Runner {
	return &Runner{client: client, now: now, budget: budget}
}

// clock is what scripts are told of the time: nothing unless a test has a clock.
func (s *Runner) clock() string {
	if s.now == nil {
		return ""
	}
	return strconv.FormatInt(s.now().UnixMicro(), 10)
}

// Run runs a script. A server that does not know it, because it is new or was
// restarted, is sent its text.
func (s *Runner) Run(ctx context.Context, x Script, keys []string, args ...any) (Reply, error) {
	answer, err := x.lua.Run(ctx, s.client, keys, append([]any{s.clock()}, args...)...).Result()
	if err != nil {
		return Reply{}, server.Fault(err)
	}
	return Reply{answer}, nil
}

// Call is a run of a script among others.
type Call struct {
	Keys []string
	Args []any
}

// RunAll runs a script over many keys, in one round trip to each server. Where some
// fail, the others are done all the same: they have their answers.
func (s *Runner) RunAll(ctx context.Context, x Script, calls []Call) ([]Reply, error) {
	now := s.clock()
	commands := make([]*redis.Cmd, len(calls))
	pipe := s.client.Pipeline()
	for i, c := range calls {
		commands[i] = pipe.EvalSha(ctx, x.lua.Hash(), c.Keys, append([]any{now}, c.Args...)...)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	again := s.client.Pipeline()
	for i, c := range calls {
		if redis.HasErrorPrefix(commands[i].Err(), "NOSCRIPT") {
			commands[i] = again.Eval(ctx, x.source, c.Keys, append([]any{now}, c.Args...)...)
		}
	}
	if again.Len() > 0 {
		_, _ = again.Exec(ctx)
	}
	replies := make([]Reply, len(calls))
	var errs []error
	for i, c := range commands {
		answer, err := c.Result()
		if err != nil {
			errs = append(errs, server.Fault(err))
		}
		replies[i] = Reply{answer}
	}
	if len(errs) > 0 {
		return replies, fmt.Errorf("%d of %d keys: %w", len(errs), len(calls), errs[0])
	}
	return replies, nil
}

// Reply is an answer of a script: integers, strings and lists of them. What was not
// answered is zero.
type Reply struct{ value any }

// ErrReply says that an answer has another form than the script gives.
var ErrReply = errors.New("an answer of the server is not what the script gives")

// Number is an integer, 0 if it is none.
func (r Reply) Number() int64 {
	n, _ := r.value.(int64)
	return n
}

// Text is a string, and whether there is one.
func (r Reply) Text() (string, bool) {
	s, ok := r.value.(string)
	return s, ok
}

// Len is the length of a list, 0 if it is none.
func (r Reply) Len() int {
	list, _ := r.value.([]any)
	return len(list)
}

// At is element i of a list.
func (r Reply) At(i int) Reply {
	if list, _ := r.value.([]any); i < len(list) {
		return Reply{list[i]}
	}
	return Reply{}
}
