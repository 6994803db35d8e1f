package main

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// every is how often the metrics are passed on.
const every = time.Second

type config struct{}

// newFactory makes the connector "istio", from access logs to Istio's standard metrics. A generic one could count requests, but not what
// connections carry that stay open for days: the proxies tell it as a total for each connection.
func newFactory() connector.Factory {
	create := func(_ context.Context, _ connector.Settings, _ component.Config, next consumer.Metrics) (connector.Logs, error) {
		return newIstio(next), nil
	}
	return connector.NewFactory(
		component.MustNewType("istio"),
		func() component.Config { return &config{} },
		connector.WithLogsToMetrics(create, component.StabilityLevelDevelopment),
	)
}

type istio struct {
	next  consumer.Metrics
	lock  sync.Mutex
	store *store
	stop  chan struct{}
	ended sync.WaitGroup
}

func newIstio(next consumer.Metrics) *istio {
	return &istio{next: next, store: newStore(), stop: make(chan struct{})}
}

func (i *istio) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

func (i *istio) Start(context.Context, component.Host) error {
	i.ended.Add(1)
	go func() {
		defer i.ended.Done()
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-i.stop:
				return
			case now := <-ticker.C:
				i.lock.Lock()
				i.store.settle(now)
				i.store.forget(now)
				metrics := i.store.metricsNow(now)
				i.lock.Unlock()
				// The exporter keeps them until it is scraped; there is nothing to repeat.
				_ = i.next.ConsumeMetrics(context.Background(), metrics)
			}
		}
	}()
	return nil
}

func (i *istio) Shutdown(context.Context) error {
	close(i.stop)
	i.ended.Wait()
	return nil
}

func (i *istio) ConsumeLogs(_ context.Context, logs plog.Logs) error {
	now := time.Now()
	i.lock.Lock()
	defer i.lock.Unlock()
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, entry := range scope.LogRecords().All() {
				i.store.take(recordOf(entry.Attributes()), now)
			}
		}
	}
	return nil
}

func recordOf(attributes pcommon.Map) record {
	found := make(record, attributes.Len())
	for name, value := range attributes.All() {
		found[name] = value.AsString()
	}
	return found
}

// take counts one record, or lets it wait until its caller is known.
func (s *store) take(r record, now time.Time) {
	if s.callers.learn(r, now) {
		s.settle(now)
	}
	if r.inbound() {
		if _, known := s.callers.find(r); !known {
			s.callers.waiting = append(s.callers.waiting, waiting{record: r, since: now})
			return
		}
	}
	s.count(r, now)
}

// settle counts the records that have waited.
func (s *store) settle(now time.Time) {
	for _, r := range s.callers.due(now) {
		s.count(r, now)
	}
}

func (s *store) count(r record, now time.Time) {
	var caller workload
	if r.inbound() {
		caller, _ = s.callers.find(r)
	}
	switch kind := r.get("type"); kind {
	case "DownstreamEnd":
		protocol := "http"
		if strings.HasPrefix(r.get("content_type"), "application/grpc") {
			protocol = "grpc"
		}
		code := r.get("response_code")
		if code == "" {
			code = "0"
		}
		flags := r.get("response_flags")
		if flags == "" {
			flags = "-"
		}
		labels := of(r.edge(caller), protocol, code, flags)
		s.add(requests, labels, 1, now)
		s.observe(labels, float64(number(r, "duration")), now)
	case "TcpUpstreamConnected", "TcpPeriodic", "TcpConnectionEnd":
		id := r.get("pod") + "/" + r.get("namespace") + "/" + r.get("started") + "/" + r.get("connection")
		s.carried(id, r.edge(caller), kind, number(r, "bytes_sent"), number(r, "bytes_received"), now)
	}
}

func number(r record, name string) int64 {
	value, err := strconv.ParseInt(r.get(name), 10, 64)
	if err != nil {
		return 0
	}
	return value
}
