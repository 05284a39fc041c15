package sizing

import (
	"math"
	"testing"
)

// line is the line through some points by least squares.
type line struct {
	// fixed is what is used without viewers, each what one viewer uses.
	fixed, each float64
	// off is by how much a point is off the line at most, as a share of the point.
	off float64
}

// fit puts a line through points. Each counts by the inverse of its square, because small
// numbers of viewers are measured as well as great ones.
func fit(x, y []float64) line {
	var w, wx, wy, wxx, wxy float64
	for i := range x {
		weight := 1 / (x[i] * x[i])
		w, wx, wy = w+weight, wx+weight*x[i], wy+weight*y[i]
		wxx, wxy = wxx+weight*x[i]*x[i], wxy+weight*x[i]*y[i]
	}
	l := line{each: (w*wxy - wx*wy) / (w*wxx - wx*wx)}
	l.fixed = (wy - l.each*wx) / w
	for i := range x {
		if y[i] != 0 {
			l.off = max(l.off, math.Abs(l.fixed+l.each*x[i]-y[i])/math.Abs(y[i]))
		}
	}
	return l
}

func TestFit(t *testing.T) {
	l := fit([]float64{1000, 5000, 20000}, []float64{1000*3 + 70, 5000*3 + 70, 20000*3 + 70})
	if math.Abs(l.each-3) > 1e-9 || math.Abs(l.fixed-70) > 1e-6 || l.off > 1e-9 {
		t.Errorf("the line is %+v", l)
	}
	l = fit([]float64{1, 2, 3}, []float64{10, 20, 33})
	if l.off < 0.02 || l.off > 0.1 {
		t.Errorf("a point that is off is off by %v", l.off)
	}
}
