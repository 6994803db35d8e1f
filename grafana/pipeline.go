package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// A position's way: from the simulators into Kafka, to the gateways, and through Kafka Connect into the index.
func pipeline() *dashboard.DashboardBuilder {
	return board("pipeline", "Pipeline", "A position's way from the simulators through Kafka to the gateways, and through Kafka Connect to Elasticsearch.",
		`delivery_.+_(consumer_lag_records|plans|connect_up)`).
		WithRow(row("Produce")).
		WithPanel(graph(text{"Positions and states acknowledged", "Good: steady while deliveries run. A gap: Kafka or the simulators stood still; afterwards they catch up.", "ops"},
			series{`sum(rate(delivery_simulator_positions_produced_total{}[$__rate_interval]))`, "positions"},
			series{`sum(rate(delivery_simulator_states_produced_total{}[$__rate_interval]))`, "states"})).
		WithPanel(heat(text{"Lateness of positions", "Time from when a position was due until Kafka had acknowledged it. Good: nearly all below 0.05 s. All pods late: Kafka is slow.", "s"},
			`sum by (le) (increase(delivery_simulator_position_lateness_seconds_bucket{}[$__rate_interval]))`)).
		WithPanel(graph(text{"Positions later than 50 ms", "As a share of all. Good: below 1 %. Otherwise see Kafka's load, and CPU throttling of the simulators.", "percentunit"},
			series{`sum(rate(delivery_simulator_positions_late_total{}[$__rate_interval])) / sum(rate(delivery_simulator_positions_produced_total{}[$__rate_interval]))`, "late"})).
		WithPanel(graph(text{"Deliveries in the simulators", "running: not ended; plans: given to the processes. Good: running as the operator counts.", "short"},
			series{`sum(delivery_simulator_deliveries_running{})`, "running"},
			series{`sum(delivery_simulator_plans{})`, "plans"})).
		WithPanel(graph(text{"Records in flight", "Records that Kafka has not acknowledged yet. Good: a few. It grows while Kafka does not answer.", "short"},
			series{`sum(delivery_simulator_records_in_flight{})`, "in flight"})).
		WithPanel(graph(text{"Acknowledgement by Kafka", "Time from when a record was given to the Kafka client until Kafka had acknowledged it. Good: p99 below 0.05 s. It grows with Kafka's load, or while replicas are missing.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_simulator_acknowledgement_duration_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_simulator_acknowledgement_duration_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Writes that failed, reads that were refused", "Good: none. Otherwise the reason says why; see the runbook of DeliveryProduceErrors.", "ops"},
			series{`sum by (reason) (rate(delivery_simulator_produce_errors_total{}[$__rate_interval]))`, "write: {{reason}}"},
			series{`sum(rate(delivery_simulator_read_errors_total{}[$__rate_interval]))`, "read"})).
		WithPanel(graph(text{"Records read back", "Records that simulators read at their start, to resume where a delivery stood. skipped: no valid messages. Good: none but at starts; none skipped.", "ops"},
			series{`sum(rate(delivery_simulator_records_read_total{}[$__rate_interval]))`, "read"},
			series{`sum(rate(delivery_simulator_records_skipped_total{}[$__rate_interval]))`, "skipped"})).
		WithPanel(graph(text{"Age of the newest acknowledged position", "Of the simulator that is furthest ahead. Good: below the shortest interval of a running delivery.", "s"},
			series{`time() - max(delivery_simulator_last_position_timestamp_seconds{})`, "age"})).
		WithRow(row("Read")).
		WithPanel(graph(text{"Lag of the gateways", "Positions in Kafka that a gateway has not read. Good: below a hundred. Otherwise see the dashboard Gateway.", "short"},
			series{`delivery_gateway_consumer_lag_records{}`, "{{instance}}"})).
		WithPanel(graph(text{"Produced against read", "Positions acknowledged by Kafka, and read by each gateway. Good: the lines lie on each other.", "ops"},
			series{`sum(rate(delivery_simulator_positions_produced_total{}[$__rate_interval]))`, "produced"},
			series{`sum by (instance) (rate(delivery_gateway_records_total{topic="route.new-position"}[$__rate_interval]))`, "read by {{instance}}"})).
		WithPanel(graph(text{"Lag of the consumer groups", "Records after the offset that a group has committed: the operator's of requests and commands, the gateways' of what they store in MongoDB. Good: near zero. It grows: the group's members are away or held up; see their logs.", "short"},
			series{`sum by (group, topic) (delivery_operator_consumer_group_lag_records{})`, "{{group}}: {{topic}}"},
			series{`sum by (group, topic) (delivery_gateway_consumer_group_lag_records{})`, "{{group}}: {{topic}}"})).
		WithRow(row("Kafka Connect")).
		WithPanel(graph(text{"KafkaConnectors by state", "Of the connector operator; Strimzi has its own. Good: ready. not_ready: see the runbook of DeliveryConnectorNotReady.", "short"},
			series{`sum by (state) (delivery_connector_operator_connectors{})`, "{{state}}"})).
		WithPanel(graph(text{"Kafka Connect can be reached", "1: yes, 0: no. Good: 1. Otherwise see the runbook of DeliveryConnectUnreachable.", "short"},
			series{`min by (cluster) (delivery_connector_operator_connect_up{})`, "{{cluster}}"})).
		WithPanel(graph(text{"Problems and restarts", "Reconciliations that ended NotReady, by reason, and restarts of connectors and tasks, by cause. Good: none.", "ops"},
			series{`sum by (reason) (rate(delivery_connector_operator_problems_total{}[$__rate_interval]))`, "{{reason}}"},
			series{`sum by (cause) (rate(delivery_connector_operator_restarts_total{}[$__rate_interval]))`, "restart: {{cause}}"})).
		WithPanel(graph(text{"Reconciliations of connectors", "By result, with the 99th percentile of their duration in the next panel. Good: success only.", "ops"},
			series{`sum by (result) (rate(delivery_connector_operator_reconciliations_total{}[$__rate_interval]))`, "{{result}}"})).
		WithPanel(graph(text{"Duration of reconciliations of connectors", "Good: p99 below two seconds. Otherwise Kafka Connect answers slowly.", "s"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_connector_operator_reconcile_duration_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Requests to Kafka Connect by status", "none: no answer came. Good: 200 and 204; 404 of what was not created yet. 409 and 500: Connect rebalances, and is asked again.", "reqps"},
			series{`sum by (code) (rate(delivery_connector_operator_connect_requests_total{}[$__rate_interval]))`, "{{code}}"})).
		WithPanel(graph(text{"Duration of requests to Kafka Connect", "Good: p99 below one second. Otherwise its worker is busy, or a plugin asks a slow server when it validates options.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_connector_operator_connect_request_duration_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_connector_operator_connect_request_duration_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Reconciliations of connectors under way", "Good: a few. Eight in a namespace is the maximum: further connectors wait, because Kafka Connect answers slowly.", "short"},
			series{`sum by (instance) (delivery_connector_operator_reconciliations_running{})`, "{{instance}}"})).
		WithPanel(graph(text{"Requests of the connector operator to the Kubernetes API", "By verb and status; none: no answer came. Good: 2xx. 403: a right is missing; see its ClusterRole.", "reqps"},
			series{`sum by (verb, code) (rate(delivery_connector_operator_kubernetes_requests_total{}[$__rate_interval]))`, "{{verb}} {{code}}"})).
		WithPanel(graph(text{"Duration of those requests, p99", "By verb, until the answer begins. Good: below half a second. Otherwise the API server or a webhook is slow.", "s"},
			series{`histogram_quantile(0.99, sum by (le, verb) (rate(delivery_connector_operator_kubernetes_request_duration_seconds_bucket{}[$__rate_interval])))`, "{{verb}}"})).
		WithPanel(graph(text{"Changes to connectors", "Connectors deleted because their objects are gone, and writes of a status. Good: few; many writes: a connector changes its state again and again.", "ops"},
			series{`sum(rate(delivery_connector_operator_deletions_total{}[$__rate_interval]))`, "deleted"},
			series{`sum(rate(delivery_connector_operator_status_writes_total{}[$__rate_interval]))`, "status writes"}))
}
