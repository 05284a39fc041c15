package redis

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var sources embed.FS

// script is a Lua script.
type script struct {
	*redis.Script
	source string
}

// newScript joins files to one script, after the prelude that all have in common.
func newScript(names ...string) script {
	var source []byte
	for _, name := range append([]string{"prelude"}, names...) {
		text, err := sources.ReadFile("lua/" + name + ".lua")
		if err != nil {
			panic(err) // it is in the program
		}
		source = append(source, text...)
	}
	return script{redis.NewScript(string(source)), string(source)}
}

// clock is what scripts are told of the time: nothing unless a test has a clock.
func (s *Store) clock() string {
	if s.now == nil {
		return ""
	}
	return strconv.FormatInt(s.now().UnixMicro(), 10)
}

// run runs a script. A server that does not know it, because it is new or was
// restarted, is sent its text.
func (s *Store) run(ctx context.Context, x script, keys []string, args ...any) (reply, error) {
	answer, err := x.Run(ctx, s.client, keys, append([]any{s.clock()}, args...)...).Result()
	if err != nil {
		return reply{}, fault(err)
	}
	return reply{answer}, nil
}

// call is a run of a script among others.
type call struct {
	keys []string
	args []any
}

// runAll runs a script over many keys, in one round trip to each server. Where some
// fail, the others are done all the same: they have their answers.
func (s *Store) runAll(ctx context.Context, x script, calls []call) ([]reply, error) {
	now := s.clock()
	commands := make([]*redis.Cmd, len(calls))
	pipe := s.client.Pipeline()
	for i, c := range calls {
		commands[i] = pipe.EvalSha(ctx, x.Hash(), c.keys, append([]any{now}, c.args...)...)
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	again := s.client.Pipeline()
	for i, c := range calls {
		if redis.HasErrorPrefix(commands[i].Err(), "NOSCRIPT") {
			commands[i] = again.Eval(ctx, x.source, c.keys, append([]any{now}, c.args...)...)
		}
	}
	if again.Len() > 0 {
		_, _ = again.Exec(ctx)
	}
	replies := make([]reply, len(calls))
	var errs []error
	for i, c := range commands {
		answer, err := c.Result()
		if err != nil {
			errs = append(errs, fault(err))
		}
		replies[i] = reply{answer}
	}
	if len(errs) > 0 {
		return replies, fmt.Errorf("%d of %d keys: %w", len(errs), len(calls), errs[0])
	}
	return replies, nil
}

// reply is an answer of a script: integers, strings and lists of them. What was not
// answered is zero.
type reply struct{ value any }

var errReply = errors.New("an answer of the server is not what the script gives")

func (r reply) number() int64 {
	n, _ := r.value.(int64)
	return n
}

// text is a string, and whether there is one.
func (r reply) text() (string, bool) {
	s, ok := r.value.(string)
	return s, ok
}

func (r reply) len() int {
	list, _ := r.value.([]any)
	return len(list)
}

// at is element i of a list.
func (r reply) at(i int) reply {
	if list, _ := r.value.([]any); i < len(list) {
		return reply{list[i]}
	}
	return reply{}
}
