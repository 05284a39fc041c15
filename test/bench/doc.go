// Package bench measures the whole way of a viewer's refresh, side by side with
// a reference in the same run: these figures are ratios, since machines differ
// and are noisy. Run it with `make bench`.
package bench
