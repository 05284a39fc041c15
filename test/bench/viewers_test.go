package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// viewing is a task for viewers: every path is asked for once a second, evenly.
type viewing struct {
	Address string
	Paths   []string
	Begin   time.Time
	For     time.Duration
}

// viewed is how long each answer took from when it was due.
type viewed struct {
	Took []time.Duration
	Err  string
}

// viewers ask for playlists over HTTP at a steady pace, whatever the answers do.
func viewers(in *json.Decoder, out *json.Encoder) error {
	const connections = 64
	var pool []*connection
	for {
		var task viewing
		if err := in.Decode(&task); err != nil {
			return err
		}
		for len(pool) < connections {
			conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", task.Address)
			if err != nil {
				return err
			}
			defer conn.Close()
			pool = append(pool, &connection{conn, bufio.NewReaderSize(conn, 16<<10)})
		}
		if err := out.Encode(task.run(pool)); err != nil {
			return err
		}
	}
}

// run asks over whichever connection is free. All are busy only where the
// service answers none of them; what is due then waits, and is counted so.
func (t *viewing) run(pool []*connection) viewed {
	interval := time.Second / time.Duration(len(t.Paths))
	total := int64(t.For / interval)
	v := viewed{Took: make([]time.Duration, total)}
	var next atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range pool {
		all.Go(func() {
			for i := next.Add(1) - 1; i < total; i = next.Add(1) - 1 {
				due := t.Begin.Add(time.Duration(i) * interval)
				<-time.After(time.Until(due))
				if err := c.get(t.Paths[int(i)%len(t.Paths)]); err != nil {
					mu.Lock()
					v.Err = err.Error()
					mu.Unlock()
					return
				}
				v.Took[i] = time.Since(due)
			}
		})
	}
	all.Wait()
	return v
}

// connection is one that is kept alive.
type connection struct {
	net.Conn
	in *bufio.Reader
}

func (c *connection) get(path string) error {
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
		return err
	}
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, r.Status)
	}
	return nil
}
