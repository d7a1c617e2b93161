package cluster

import "github.com/rcrowley/go-metrics"

// noMetrics is the registry given to sarama. sarama measures rates and sizes for
// every connection; go-metrics would start a goroutine that ticks for ever on
// the first of these meters. Nobody reads them here.
type noMetrics struct{ metrics.Registry }

// GetOrRegister hands out metrics that forget.
func (r noMetrics) GetOrRegister(name string, metric any) any {
	switch metric.(type) {
	case func() metrics.Meter:
		return metrics.NilMeter{}
	case func() metrics.Histogram:
		return metrics.NilHistogram{}
	case func() metrics.Counter:
		return metrics.NilCounter{}
	}
	return r.Registry.GetOrRegister(name, metric)
}
