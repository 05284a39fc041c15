package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"stitcher/cmd/stitcher/stores"
	"stitcher/internal/stitch/admission"
	"stitcher/internal/transcodecache/identity"
)

// settings are the flags of serve and demo.
type settings struct {
	listen, adminListen string
	publicURL           string
	trustedProxies      prefixList
	dataDir             string
	store, renditions   string
	renditionsMax       byteSize
	transcodeWorkers    int
	volatileQuery       string
	adsConcurrency      int
	egressAllow         prefixList
	accessKey           string
	secretKey           string
	insecureAdmin       bool
	accountID, region   string
	manifestMax         byteSize
	maxSessions         int
	rates               admission.Rates
	storeMax            byteSize
	sessionTTL          time.Duration
	retention           longDuration
	tlsCert, tlsKey     string
	drain               time.Duration
	logLevel            slog.Level
	logFormat           string
}

// parse reads flags and their twins in the environment; flags win. more, where
// not nil, adds a command's own flags.
func (s *settings) parse(command string, args []string, getenv func(string) string, stderr io.Writer, more func(*flag.FlagSet)) error {
	fs := flag.NewFlagSet("stitcher "+command, flag.ContinueOnError)
	fs.SetOutput(stderr)
	s.storeMax, s.renditionsMax, s.manifestMax, s.retention = 20<<30, 20<<30, 2<<20, longDuration(30*24*time.Hour)
	fs.StringVar(&s.listen, "listen", ":8080", "address of the viewer plane")
	fs.StringVar(&s.adminListen, "admin-listen", "127.0.0.1:8081", "address of the control API, metrics and health")
	fs.StringVar(&s.publicURL, "public-url", "", "base URL of the viewer plane, as players see it")
	fs.Var(&s.trustedProxies, "trusted-proxies", "comma-separated CIDRs of proxies whose X-Forwarded-For and Forwarded headers are used")
	fs.StringVar(&s.dataDir, "data-dir", "./data", "directory of the embedded store and the renditions")
	fs.StringVar(&s.store, "store", stores.Embedded, "store of the state: sqlite (in the data directory, one node), or redis://, redis+sentinel:// or redis+cluster:// (any number of nodes; rediss for TLS)")
	fs.Var(&s.storeMax, "store-max-bytes", "size of the embedded store from which on new sessions are content without ads and are not stored; running sessions go on")
	fs.StringVar(&s.renditions, "renditions", "file", "store of the renditions: file (in the data directory), redis (that of --store), an address of Redis as for --store, or s3://bucket/prefix?endpoint=URL&region=NAME")
	fs.Var(&s.renditionsMax, "renditions-max-bytes", "limit of the renditions, and of their copies in the data directory; the least recently used are removed first")
	fs.IntVar(&s.transcodeWorkers, "transcode-workers", 1, "concurrent ffmpeg jobs; 0 leaves them to other nodes")
	fs.StringVar(&s.volatileQuery, "creative-volatile-query", identity.DefaultVolatile, "comma-separated query parameters of media URLs that do not tell files apart; * at the end of a name stands for any end; \"none\" for no such parameter")
	fs.IntVar(&s.adsConcurrency, "ads-concurrency", 256, "concurrent requests to one ad server host, of all nodes together")
	fs.Var(&s.egressAllow, "egress-allow", "comma-separated CIDRs of private address space that outgoing requests may reach")
	fs.StringVar(&s.accessKey, "access-key", "", "access key of the control API; with --secret-key, requests must be signed (SigV4)")
	fs.StringVar(&s.secretKey, "secret-key", "", "secret key of the control API")
	fs.BoolVar(&s.insecureAdmin, "insecure-admin", false, "allow an --admin-listen address other than loopback without keys")
	fs.StringVar(&s.accountID, "account-id", "000000000000", "account in ARNs and URLs")
	fs.StringVar(&s.region, "region", "us-east-1", "region in ARNs and signatures")
	fs.Var(&s.manifestMax, "manifest-max-bytes", "maximum size of an origin manifest")
	fs.IntVar(&s.maxSessions, "max-sessions", 200_000, "maximum number of sessions in memory; beyond it the least recently used are read from the store again when they continue")
	fs.IntVar(&s.rates.Address, "sessions-per-address", 20, "new sessions per second from one client address (IPv6: from one /64); those of a minute may come at once; 0 is no limit")
	fs.IntVar(&s.rates.Configuration, "sessions-per-configuration", 1000, "new sessions per second of one playback configuration; those of a minute may come at once; 0 is no limit")
	fs.DurationVar(&s.sessionTTL, "session-ttl", time.Hour, "longest time that a session is kept after its last request")
	fs.Var(&s.retention, "retention", "how long recordings of sessions and the sums of reports are kept, such as 30d; 0 records none and keeps sums for 30 days")
	fs.StringVar(&s.tlsCert, "tls-cert", "", "certificate file for TLS on the viewer plane")
	fs.StringVar(&s.tlsKey, "tls-key", "", "key file of --tls-cert")
	fs.DurationVar(&s.drain, "drain", 5*time.Second, "time from SIGTERM to shutdown, during which /readyz is 503 and requests are answered")
	fs.TextVar(&s.logLevel, "log-level", slog.LevelInfo, "debug, info, warn or error")
	fs.StringVar(&s.logFormat, "log-format", "json", "json or text")
	if more != nil {
		more(fs)
	}
	if err := fromEnvironment(fs, getenv); err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return err
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		err := fmt.Errorf("%s takes no argument %q", command, fs.Arg(0))
		fmt.Fprintln(stderr, "stitcher:", err)
		return err
	}
	if err := s.validate(); err != nil {
		fmt.Fprintln(stderr, "stitcher:", err)
		return err
	}
	return nil
}

func fromEnvironment(fs *flag.FlagSet, getenv func(string) string) error {
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		name := "STITCHER_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v := getenv(name); v != "" {
			if err := fs.Set(f.Name, v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	})
	return errors.Join(errs...)
}

// validate reports everything that is wrong at once.
func (s *settings) validate() error {
	var errs []error
	if (s.accessKey == "") != (s.secretKey == "") {
		errs = append(errs, errors.New("--access-key and --secret-key must be set together"))
	}
	if (s.tlsCert == "") != (s.tlsKey == "") {
		errs = append(errs, errors.New("--tls-cert and --tls-key must be set together"))
	}
	if err := stores.CheckAddress(s.store); err != nil {
		errs = append(errs, fmt.Errorf("--store: %w", err))
	}
	if err := stores.CheckRenditions(s.renditions, s.store); err != nil {
		errs = append(errs, err)
	}
	if s.logFormat != "json" && s.logFormat != "text" {
		errs = append(errs, fmt.Errorf("--log-format %q is neither json nor text", s.logFormat))
	}
	if s.transcodeWorkers < 0 || s.adsConcurrency < 1 || s.maxSessions < 1 {
		errs = append(errs, errors.New("--transcode-workers must not be negative; --ads-concurrency and --max-sessions must be positive"))
	}
	for _, rate := range []int{s.rates.Address, s.rates.Configuration} {
		if rate < 0 || rate > maxRate {
			errs = append(errs, fmt.Errorf("--sessions-per-address and --sessions-per-configuration must be 0 to %d", maxRate))
			break
		}
	}
	if s.sessionTTL < time.Minute {
		errs = append(errs, errors.New("--session-ttl must be at least 1m"))
	}
	if s.accessKey == "" && !s.insecureAdmin && !loopback(s.adminListen) {
		errs = append(errs, fmt.Errorf("--admin-listen %s is not a loopback address: set --access-key and --secret-key, or --insecure-admin", s.adminListen))
	}
	return errors.Join(errs...)
}

// maxRate is the greatest rate that can be set, per second.
const maxRate = 1_000_000

// loopback is whether an address to listen on is reachable from this host
// alone.
func loopback(listen string) bool {
	host := listen
	if i := strings.LastIndexByte(listen, ':'); i >= 0 {
		host = strings.Trim(listen[:i], "[]")
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// prefixList is a flag of comma-separated CIDRs; a bare address is itself.
type prefixList []netip.Prefix

func (l *prefixList) String() string {
	var out []string
	for _, p := range *l {
		out = append(out, p.String())
	}
	return strings.Join(out, ",")
}

func (l *prefixList) Set(v string) error {
	*l = nil
	for _, f := range strings.Split(v, ",") {
		f = strings.TrimSpace(f)
		if f == "" {
			continue
		}
		p, err := netip.ParsePrefix(f)
		if err != nil {
			a, err2 := netip.ParseAddr(f)
			if err2 != nil {
				return fmt.Errorf("%q is not a CIDR", f)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		*l = append(*l, p.Masked())
	}
	return nil
}

// byteSize is a flag such as 20GiB.
type byteSize int64

func (b *byteSize) String() string { return strconv.FormatInt(int64(*b), 10) }

func (b *byteSize) Set(v string) error {
	n, unit := strings.TrimSpace(v), int64(1)
	for _, u := range []struct {
		suffix string
		size   int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}} {
		if strings.HasSuffix(n, u.suffix) {
			n, unit = strings.TrimSpace(strings.TrimSuffix(n, u.suffix)), u.size
			break
		}
	}
	x, err := strconv.ParseInt(n, 10, 64)
	if err != nil || x <= 0 || x > (1<<62)/unit {
		return fmt.Errorf("%q is not a size such as 20GiB", v)
	}
	*b = byteSize(x * unit)
	return nil
}

// longDuration is a duration flag that knows days.
type longDuration time.Duration

func (d *longDuration) String() string { return time.Duration(*d).String() }

func (d *longDuration) Set(v string) error {
	if days, ok := strings.CutSuffix(v, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return fmt.Errorf("%q is not a number of days", v)
		}
		*d = longDuration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	x, err := time.ParseDuration(v)
	if err != nil {
		return err
	}
	*d = longDuration(x)
	return nil
}
