package main

import (
	"sort"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	requests  = "istio_requests_total"
	durations = "istio_request_duration_milliseconds"
	sent      = "istio_tcp_sent_bytes_total"
	received  = "istio_tcp_received_bytes_total"
	opened    = "istio_tcp_connections_opened_total"
	closed    = "istio_tcp_connections_closed_total"

	// forgotten is how long a series without news is kept. Deliveries come and go, and each has series of its own.
	forgotten = 15 * time.Minute
)

// bounds are those of Istio's own histogram, in milliseconds.
var bounds = []float64{0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000}

// series is a counter, or a histogram if it has buckets.
type series struct {
	labels  []string
	began   time.Time
	changed time.Time
	count   int64
	sum     float64
	buckets []uint64
}

// connection is what a TCP connection has carried so far, as its proxy last said.
type connection struct {
	sent, received int64
	opened         bool
	changed        time.Time
}

// store holds all series, by metric and labels, the open connections, and who calls. It is not safe for concurrent use.
type store struct {
	callers     callers
	metrics     map[string]map[string]*series
	connections map[string]*connection
}

func newStore() *store {
	return &store{callers: callers{pods: map[string]pod{}}, metrics: map[string]map[string]*series{}, connections: map[string]*connection{}}
}

func (s *store) find(metric string, labels []string, now time.Time) *series {
	all := s.metrics[metric]
	if all == nil {
		all = map[string]*series{}
		s.metrics[metric] = all
	}
	key := strings.Join(labels, "\x00")
	found := all[key]
	if found == nil {
		found = &series{labels: labels, began: now}
		all[key] = found
	}
	found.changed = now
	return found
}

func (s *store) add(metric string, labels []string, value int64, now time.Time) {
	s.find(metric, labels, now).count += value
}

func (s *store) observe(labels []string, value float64, now time.Time) {
	found := s.find(durations, labels, now)
	if found.buckets == nil {
		found.buckets = make([]uint64, len(bounds)+1)
	}
	found.buckets[sort.SearchFloat64s(bounds, value)]++
	found.count++
	found.sum += value
}

// carried counts what a connection has carried since its last record. One that was there before this collector is counted from now on, and a new
// one from its second record: the first may have been written before its TLS told who is at the other end.
func (s *store) carried(id string, edge []string, kind string, toCaller, fromCaller int64, now time.Time) {
	labels := of(edge, "tcp", "", "-")
	at := s.connections[id]
	if at == nil {
		at = &connection{}
		if kind == "TcpPeriodic" {
			at.sent, at.received, at.opened = toCaller, fromCaller, true
		}
		s.connections[id] = at
	}
	at.changed = now
	if kind == "TcpUpstreamConnected" {
		return
	}
	if !at.opened {
		s.add(opened, labels, 1, now)
		at.opened = true
	}
	s.add(sent, labels, max(toCaller-at.sent, 0), now)
	s.add(received, labels, max(fromCaller-at.received, 0), now)
	at.sent, at.received = max(at.sent, toCaller), max(at.received, fromCaller)
	if kind == "TcpConnectionEnd" {
		s.add(closed, labels, 1, now)
		delete(s.connections, id)
	}
}

// forget drops series and connections without news.
func (s *store) forget(now time.Time) {
	s.callers.forget(now)
	for _, all := range s.metrics {
		for key, found := range all {
			if now.Sub(found.changed) > forgotten {
				delete(all, key)
			}
		}
	}
	for id, at := range s.connections {
		if now.Sub(at.changed) > forgotten {
			delete(s.connections, id)
		}
	}
}

// metricsNow returns the present values of all series.
func (s *store) metricsNow(now time.Time) pmetric.Metrics {
	result := pmetric.NewMetrics()
	list := result.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	for name, all := range s.metrics {
		if len(all) == 0 {
			continue
		}
		metric := list.AppendEmpty()
		metric.SetName(name)
		metric.SetDescription("From the access logs of the mesh's proxies.")
		if name == durations {
			histogram := metric.SetEmptyHistogram()
			histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			for _, found := range all {
				point := histogram.DataPoints().AppendEmpty()
				point.SetStartTimestamp(pcommon.NewTimestampFromTime(found.began))
				point.SetTimestamp(pcommon.NewTimestampFromTime(now))
				point.SetCount(uint64(found.count))
				point.SetSum(found.sum)
				point.ExplicitBounds().FromRaw(bounds)
				point.BucketCounts().FromRaw(found.buckets)
				put(point.Attributes(), found.labels)
			}
			continue
		}
		sum := metric.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for _, found := range all {
			point := sum.DataPoints().AppendEmpty()
			point.SetStartTimestamp(pcommon.NewTimestampFromTime(found.began))
			point.SetTimestamp(pcommon.NewTimestampFromTime(now))
			point.SetIntValue(found.count)
			put(point.Attributes(), found.labels)
		}
	}
	return result
}

func put(attributes pcommon.Map, labels []string) {
	for i, name := range names {
		attributes.PutStr(name, labels[i])
	}
}
