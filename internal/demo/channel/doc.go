// Package channel is the origin of the demo: a live channel with avails on a schedule, and a
// title on demand, in HLS and DASH.
package channel
