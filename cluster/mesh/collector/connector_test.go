package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
)

var now = time.Unix(1_700_000_000, 0)

// values returns the value of each series of a metric, with some of its labels.
func values(s *store, metric string, labels ...string) map[string]int64 {
	found := map[string]int64{}
	for _, one := range s.metrics[metric] {
		var shown []string
		for _, label := range labels {
			for i, name := range names {
				if name == label {
					shown = append(shown, one.labels[i])
				}
			}
		}
		found[strings.Join(shown, " ")] += one.count
	}
	return found
}

func expect(t *testing.T, found map[string]int64, expected map[string]int64) {
	t.Helper()
	if fmt.Sprint(found) != fmt.Sprint(expected) {
		t.Errorf("found %v instead of %v", found, expected)
	}
}

var outbound = record{
	"type": "DownstreamEnd", "upstream_cluster": "outbound|80||code-delivery-gateway.code-delivery.svc.cluster.local;",
	"upstream_workload": "code-delivery-gateway;code-delivery;code-delivery-gateway;1.2;Kubernetes", "response_code": "200", "response_flags": "-",
	"destination_principal": "spiffe://cluster.local/ns/code-delivery/sa/code-delivery-gateway", "duration": "7", "workload": "entrance",
	"namespace": "code-delivery", "account": "door", "canonical_service": "entrance", "canonical_revision": "3", "services": "-",
}

func with(base record, changes record) record {
	changed := record{}
	for name, value := range base {
		changed[name] = value
	}
	for name, value := range changes {
		changed[name] = value
	}
	return changed
}

func TestRequestsAreCountedByEdge(t *testing.T) {
	s := newStore()
	for range 20 {
		s.take(outbound, now)
	}
	s.take(with(outbound, record{"response_code": "503", "response_flags": "UF"}), now)
	expect(t, values(s, requests, "reporter", "source_workload", "source_principal", "destination_workload", "destination_canonical_revision",
		"destination_service_name", "destination_service_namespace", "response_code", "response_flags", "connection_security_policy"),
		map[string]int64{
			"source entrance spiffe://cluster.local/ns/code-delivery/sa/door code-delivery-gateway 1.2 code-delivery-gateway code-delivery 200 - mutual_tls":  20,
			"source entrance spiffe://cluster.local/ns/code-delivery/sa/door code-delivery-gateway 1.2 code-delivery-gateway code-delivery 503 UF mutual_tls": 1,
		})
	expect(t, values(s, durations, "request_protocol"), map[string]int64{"http": 21})
}

func TestTheCalledSideKnowsTheCallerByTheRecordsOfItsProxy(t *testing.T) {
	s := newStore()
	called := record{
		"type": "DownstreamEnd", "upstream_cluster": "inbound|8080||", "response_code": "200", "duration": "1", "workload": "g", "caller": "10.85.0.9",
		"source_principal": "spiffe://cluster.local/ns/code-delivery/sa/door",
	}
	s.take(called, now)
	expect(t, values(s, requests, "source_workload"), map[string]int64{})
	s.take(with(outbound, record{"address": "10.85.0.9"}), now)
	edge := []string{"reporter", "source_workload", "source_canonical_service", "source_canonical_revision"}
	expect(t, values(s, requests, edge...), map[string]int64{"source entrance entrance 3": 1, "destination entrance entrance 3": 1})
	// Another pod's address now, whose proxy has said nothing yet; and when it never does.
	s.take(with(called, record{"source_principal": "spiffe://cluster.local/ns/code-delivery/sa/other"}), now)
	s.settle(now.Add(patience - time.Second))
	expect(t, values(s, requests, "source_workload"), map[string]int64{"entrance": 2})
	s.settle(now.Add(patience))
	expect(t, values(s, requests, "source_workload"), map[string]int64{"entrance": 2, "other": 1})
}

func TestTheCalledPodKnowsTheCallerByItsPrincipal(t *testing.T) {
	s := newStore()
	inbound := record{
		"type": "DownstreamEnd", "upstream_cluster": "inbound|8080||;", "response_code": "200", "duration": "1", "workload": "code-delivery-gateway",
		"namespace": "code-delivery", "canonical_service": "code-delivery-gateway", "canonical_revision": "1",
		"source_principal": "spiffe://cluster.local/ns/shop/sa/canary", "local_principal": "spiffe://cluster.local/ns/code-delivery/sa/g",
		"services": `[{"host":"g.code-delivery.svc.cluster.local","name":"g","namespace":"code-delivery"}]`,
	}
	s.take(inbound, now)
	s.take(with(inbound, record{"upstream_cluster": "-", "response_code": "403", "services": "-"}), now)
	s.take(with(inbound, record{"source_principal": "-"}), now)
	s.settle(now.Add(patience))
	expect(t, values(s, requests, "reporter", "source_workload", "source_workload_namespace", "destination_service_name", "response_code",
		"connection_security_policy"),
		map[string]int64{
			"destination canary shop g 200 mutual_tls":       1,
			"destination canary shop unknown 403 mutual_tls": 1,
			"destination unknown unknown g 200 none":         1,
		})
}

func TestWhatIsNotThereIsUnknownAndARevisionIsLatest(t *testing.T) {
	s := newStore()
	s.take(with(outbound, record{"upstream_workload": "kafka;data;kafka;;Kubernetes", "canonical_service": "-", "canonical_revision": "-"}), now)
	s.take(with(outbound, record{"upstream_workload": "-", "upstream_cluster": "PassthroughCluster", "destination_principal": "-"}), now)
	expect(t, values(s, requests, "source_canonical_service", "source_canonical_revision", "destination_workload", "destination_canonical_revision",
		"destination_service_name", "destination_service_namespace"),
		map[string]int64{
			"entrance latest kafka latest code-delivery-gateway code-delivery": 1,
			"entrance 3 unknown unknown PassthroughCluster unknown":            1,
		})
}

func TestAConnectionIsCountedWhileItLasts(t *testing.T) {
	s := newStore()
	tcp := with(outbound, record{
		"type": "TcpUpstreamConnected", "upstream_cluster": "outbound|9092||kafka.data.svc.cluster.local", "connection": "5", "pod": "p",
		"bytes_sent": "0", "bytes_received": "0", "destination_principal": "-",
	})
	s.take(tcp, now)
	s.take(with(tcp, record{"type": "TcpPeriodic", "bytes_sent": "100", "bytes_received": "10"}), now)
	s.take(with(tcp, record{"type": "TcpPeriodic", "bytes_sent": "150", "bytes_received": "10"}), now)
	edge := []string{"destination_service_name", "destination_service_namespace", "request_protocol", "connection_security_policy"}
	expect(t, values(s, sent, edge...), map[string]int64{"kafka data tcp unknown": 150})
	expect(t, values(s, closed, edge...), map[string]int64{})
	s.take(with(tcp, record{"type": "TcpConnectionEnd", "bytes_sent": "160", "bytes_received": "30"}), now)
	// One that ends within the first interval, and another that was there before.
	s.take(with(tcp, record{"type": "TcpConnectionEnd", "bytes_sent": "1", "bytes_received": "2", "connection": "6"}), now)
	s.take(with(tcp, record{"type": "TcpPeriodic", "bytes_sent": "1000", "bytes_received": "1000", "connection": "7"}), now)
	expect(t, values(s, sent, edge...), map[string]int64{"kafka data tcp unknown": 161})
	expect(t, values(s, received, edge...), map[string]int64{"kafka data tcp unknown": 32})
	expect(t, values(s, opened, edge...), map[string]int64{"kafka data tcp unknown": 2})
	expect(t, values(s, closed, edge...), map[string]int64{"kafka data tcp unknown": 2})
}

func TestAConnectionIsOpenedByWhoItTurnsOutToBe(t *testing.T) {
	s := newStore()
	tcp := record{
		"type": "TcpUpstreamConnected", "upstream_cluster": "inbound|9092||", "connection": "1", "pod": "kafka-0", "workload": "kafka",
		"bytes_sent": "0", "bytes_received": "0", "source_principal": "-",
	}
	s.take(tcp, now)
	s.take(with(tcp, record{"type": "TcpPeriodic", "bytes_sent": "7", "source_principal": "spiffe://cluster.local/ns/shop/sa/till"}), now)
	s.settle(now.Add(patience))
	edge := []string{"source_workload", "connection_security_policy"}
	expect(t, values(s, opened, edge...), map[string]int64{"till mutual_tls": 1})
	expect(t, values(s, sent, edge...), map[string]int64{"till mutual_tls": 7})
}

func TestWhatIsOldIsForgotten(t *testing.T) {
	s := newStore()
	s.take(outbound, now)
	s.forget(now.Add(forgotten + time.Second))
	if count := s.metricsNow(now).DataPointCount(); count != 0 {
		t.Errorf("%d points are left", count)
	}
}

func TestRecordsArriveAsLogs(t *testing.T) {
	i := newIstio(nil)
	logs := plog.NewLogs()
	entry := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	for name, value := range outbound {
		entry.Attributes().PutStr(name, value)
	}
	if err := i.ConsumeLogs(context.Background(), logs); err != nil {
		t.Fatal(err)
	}
	metrics := i.store.metricsNow(now)
	if count := metrics.DataPointCount(); count != 2 {
		t.Errorf("%d points instead of a counter and a histogram", count)
	}
}
