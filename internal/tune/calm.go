package tune

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"
)

// look is how often a Keeper looks at the heap.
const look = 250 * time.Millisecond

// Run keeps the floor until ctx ends, and collects garbage at quiet moments, so that
// there is room when a herd comes, and in time: a collection that begins when all
// of the room is used makes those who allocate do its work.
func (k *Keeper) Run(ctx context.Context) {
	if k.floor == 0 {
		return
	}
	defer runtime.KeepAlive(k.ballast)
	tick := time.NewTicker(look)
	defer tick.Stop()
	var c calm
	for {
		select {
		case <-tick.C:
			if c.due(k.floor, read()) {
				runtime.GC()
			}
		case <-ctx.Done():
			return
		}
	}
}

// state is how much was ever allocated, in bytes, and how often it was collected.
type state struct{ allocated, collections uint64 }

func read() state {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(s)
	return state{s[0].Value.Uint64(), s[1].Value.Uint64()}
}

// calm says when the moment is quiet.
type calm struct {
	last state
	// begun is what had been allocated when the last collection was noticed.
	begun uint64
}

// due takes the state of now, which is a look after the last.
func (c *calm) due(floor uint64, now state) bool {
	recent := now.allocated - c.last.allocated
	if now.collections != c.last.collections {
		c.begun = now.allocated
	}
	c.last = now
	garbage := now.allocated - c.begun
	return garbage > floor/4 && recent < floor/128 || garbage > floor/4*3
}
