package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// The traffic in Istio's mesh by edge, whether it is encrypted, what the proxies cost, and whether they follow istiod.
func mesh() *dashboard.DashboardBuilder {
	return board("mesh", "Mesh", "Who talks to whom in Istio's mesh, with mutual TLS or not, what the proxies cost, and whether they follow istiod; empty without a mesh. Where the proxies are no Istio's own, the istio_ metrics come from their access logs.",
		`istio_requests_total|istio_tcp_sent_bytes_total|pilot_xds|envoy_server_memory_allocated`).
		WithRow(row("State")).
		WithPanel(number(text{"Requests with mutual TLS", "Share of the requests that arrived with mutual TLS, as their receivers say. Good: all. Otherwise see the runbook of DeliveryMeshPlaintext.", "percentunit"}, limits{},
			series{`sum(rate(istio_requests_total{reporter="destination", connection_security_policy="mutual_tls"}[$__rate_interval])) / sum(rate(istio_requests_total{reporter="destination"}[$__rate_interval]))`, ""})).
		WithPanel(number(text{"Connections with mutual TLS", "Share of the TCP connections, such as Kafka's and MongoDB's, that were opened with mutual TLS, as their receivers say. Good: all. Otherwise see the runbook of DeliveryMeshPlaintext.", "percentunit"}, limits{},
			series{`sum(rate(istio_tcp_connections_opened_total{reporter="destination", connection_security_policy="mutual_tls"}[$__rate_interval])) / sum(rate(istio_tcp_connections_opened_total{reporter="destination"}[$__rate_interval]))`, ""})).
		WithPanel(number(text{"Proxies that follow istiod", "Proxies connected to istiod. Good: as many as pods in the mesh. None: istiod is down; traffic goes on with what the proxies know, but pods that start now get no certificate.", "short"}, limits{},
			series{`sum(pilot_xds{})`, ""})).
		WithPanel(number(text{"Rejected configurations", "Configurations of istiod that proxies have refused, in the last interval. Good: 0. Otherwise see the runbook of DeliveryMeshConfigRejected.", "short"}, limits{1, 0},
			series{`sum(increase(pilot_total_xds_rejects{}[$__rate_interval]))`, ""})).
		WithRow(row("Requests, by edge")).
		WithPanel(graph(text{"Requests", "Of each edge, as the sender's proxy counts them. A WebSocket counts when it ends, so open ones are not here. Good: all edges of the matrix in istio/README.md, and no other.", "reqps"},
			series{`sum by (source_canonical_service, destination_service_name) (rate(istio_requests_total{reporter="source"}[$__rate_interval]))`, "{{source_canonical_service}} → {{destination_service_name}}"})).
		WithPanel(graph(text{"Answers of 500 and more", "Share of an edge's requests. Good: none, but for moments while pods are replaced. Otherwise see the runbook of DeliveryMeshErrors.", "percentunit"},
			series{`sum by (source_canonical_service, destination_service_name) (rate(istio_requests_total{reporter="source", response_code=~"5.."}[$__rate_interval])) / sum by (source_canonical_service, destination_service_name) (rate(istio_requests_total{reporter="source"}[$__rate_interval]))`, "{{source_canonical_service}} → {{destination_service_name}}"})).
		WithPanel(graph(text{"Duration, p95", "Of each edge, as the sender's proxy measures it. Good: below half a second. The edges to the gateway have its WebSockets, which last as long as their clients stay, so look at others.", "s"},
			series{`histogram_quantile(0.95, sum by (le, source_canonical_service, destination_service_name) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}[$__rate_interval]))) / 1000`, "{{source_canonical_service}} → {{destination_service_name}}"})).
		WithPanel(graph(text{"Refused by a policy", "Requests answered with 403, by sender and receiver, as the receiver's proxy counts them. Good: none. Otherwise somebody calls who is not in the matrix, or a policy is missing.", "reqps"},
			series{`sum by (source_principal, destination_canonical_service) (rate(istio_requests_total{reporter="destination", response_code="403"}[$__rate_interval]))`, "{{source_principal}} → {{destination_canonical_service}}"})).
		// What Istio calls sent is what the receiver of a connection has sent, and received what it has received, whoever reports it.
		WithRow(row("Connections, by edge")).
		WithPanel(graph(text{"Bytes sent", "Each second, from sender to receiver: to Kafka, MongoDB and the mail server. Good: the simulators' and services' edges to Kafka are never silent for long.", "bytes"},
			series{`sum by (source_canonical_service, destination_service_name) (rate(istio_tcp_received_bytes_total{reporter="source"}[$__rate_interval]))`, "{{source_canonical_service}} → {{destination_service_name}}"})).
		WithPanel(graph(text{"Bytes received", "Each second, from receiver to sender. Good: each gateway reads about what all simulators write.", "bytes"},
			series{`sum by (source_canonical_service, destination_service_name) (rate(istio_tcp_sent_bytes_total{reporter="source"}[$__rate_interval]))`, "{{source_canonical_service}} → {{destination_service_name}}"})).
		WithPanel(graph(text{"Connections opened and closed", "Of all edges. Good: few, for they last. Many: a server or a policy ends them, or an idle limit is set again.", "ops"},
			series{`sum(rate(istio_tcp_connections_opened_total{reporter="source"}[$__rate_interval]))`, "opened"},
			series{`sum(rate(istio_tcp_connections_closed_total{reporter="source"}[$__rate_interval]))`, "closed"})).
		WithRow(row("Proxies and istiod")).
		WithPanel(graph(text{"Memory of the proxies", "What Envoy has allocated, by pod, where the proxies' own metrics are scraped. Good: level. It grows with what a proxy is told of the cluster; Sidecar objects keep that small.", "bytes"},
			series{`sum by (instance) (envoy_server_memory_allocated{})`, "{{instance}}"})).
		WithPanel(graph(text{"Pushes of configuration", "By type. Good: few while nothing is deployed; every pod that starts or ends causes some (eds).", "ops"},
			series{`sum by (type) (rate(pilot_xds_pushes{}[$__rate_interval]))`, "{{type}}"})).
		WithPanel(graph(text{"From a change to the proxies, p99", "Time until the proxies have a change. Good: below a second. Longer: istiod has too little CPU.", "s"},
			series{`histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Rejected configurations, by type", "In each interval of the graph. Good: none. Otherwise istiod's log names the proxy and the reason.", "short"},
			series{`sum by (type) (increase(pilot_total_xds_rejects{}[$__rate_interval]))`, "{{type}}"}))
}
