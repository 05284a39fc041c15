package redistest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// slots is how many hash slots a cluster has.
const slots = 16384

// Cluster is a cluster of primaries without replicas.
type Cluster struct{ Servers []*Server }

// StartCluster starts a cluster of n servers.
func StartCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	Need(t)
	c := new(Cluster)
	for i := range n {
		s := Start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
		c.Servers = append(c.Servers, s)
		r := s.Client()
		if err := r.ClusterAddSlotsRange(t.Context(), slots*i/n, slots*(i+1)/n-1).Err(); err != nil {
			t.Fatal(err)
		}
		if err := r.Do(t.Context(), "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			if err := r.ClusterMeet(t.Context(), "127.0.0.1", fmt.Sprint(c.Servers[0].Port)).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, s := range c.Servers {
		r := s.Client()
		Until(t, "the cluster is whole", func(ctx context.Context) error {
			info, err := r.ClusterInfo(ctx).Result()
			if err == nil && (!strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d", n))) {
				err = fmt.Errorf("CLUSTER INFO: %s", info)
			}
			return err
		})
	}
	return c
}

// URL is the address of the cluster.
func (c *Cluster) URL() string {
	var hosts []string
	for _, s := range c.Servers {
		hosts = append(hosts, s.Addr)
	}
	return "redis+cluster://" + strings.Join(hosts, ",")
}

// Each calls f with a client of each server.
func (c *Cluster) Each(f func(*redis.Client)) {
	for _, s := range c.Servers {
		f(s.Client())
	}
}
