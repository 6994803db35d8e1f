package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// What clients get: connections, sends, ages, requests; and what the gateway reads.
func gateway() *dashboard.DashboardBuilder {
	return board("gateway", "Gateway", "What clients of the map get, and how current it is.", "delivery_gateway_consumer_lag_records").
		WithRow(row("Clients")).
		WithPanel(graph(text{"Connections by mode and form", "Open WebSocket connections. Good: evenly spread over the gateways. A drop: see why they were closed, below.", "short"},
			series{`sum by (mode, form) (delivery_gateway_websocket_connections{})`, "{{mode}} {{form}}"})).
		WithPanel(graph(text{"Connections opened, closed and refused", "Good: closed by client or draining. slow and fell-off: clients do not keep up; see the runbook of DeliveryClientsDropped. refused: the reason says what is wrong with the request.", "ops"},
			series{`sum(rate(delivery_gateway_websocket_connections_opened_total{}[$__rate_interval]))`, "opened"},
			series{`sum by (reason) (rate(delivery_gateway_websocket_connections_closed_total{}[$__rate_interval]))`, "closed: {{reason}}"},
			series{`sum by (reason) (rate(delivery_gateway_websocket_connections_refused_total{}[$__rate_interval]))`, "refused: {{reason}}"})).
		WithPanel(graph(text{"Positions and frames sent", "Good: in proportion to the connections. Frames fewer than positions: batches work.", "ops"},
			series{`sum by (mode, form) (rate(delivery_gateway_positions_sent_total{}[$__rate_interval]))`, "positions {{mode}} {{form}}"},
			series{`sum by (mode, form) (rate(delivery_gateway_messages_sent_total{}[$__rate_interval]))`, "frames {{mode}} {{form}}"})).
		WithPanel(graph(text{"Positions conflated", "Positions left out for slow clients in the mode latest, because newer ones had come. Good: few; it grows before clients are dropped.", "ops"},
			series{`sum(rate(delivery_gateway_positions_conflated_total{}[$__rate_interval]))`, "conflated"})).
		WithPanel(graph(text{"Snapshots and resumptions", "Good: as many as connections. Many more: clients lose their place, and each costs a whole list.", "ops"},
			series{`sum by (reason) (rate(delivery_gateway_snapshots_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithPanel(graph(text{"Time to the first list", "Time from the upgrade of a connection until its snapshot, or resumed, was written. Good: p99 below half a second. Otherwise the gateway's CPU is short, or many clients catch up; see the runbook of DeliveryClientsDropped.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_gateway_first_snapshot_duration_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_gateway_first_snapshot_duration_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Frames that were rejected", "Frames from clients that are not valid. Good: none. Otherwise a client is wrong; the reason says how.", "ops"},
			series{`sum by (reason) (rate(delivery_gateway_bad_frames_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithRow(row("Age")).
		WithPanel(heat(text{"Age of positions at the clients", "Age of the oldest position in each write. Good: nearly all below 0.5 s. A band that climbs: the gateway or its clients fall behind.", "s"},
			`sum by (le) (increase(delivery_gateway_position_age_seconds_bucket{stage="written"}[$__rate_interval]))`)).
		WithPanel(graph(text{"Age by stage, p99", "log: when Kafka had the position; read: when the gateway had read it; written: when it was written to a client, of each write the oldest. Good: each stage adds some milliseconds. The first that climbs names what is slow: the simulators or Kafka, the gateway's reading, or its clients.", "s"},
			series{`histogram_quantile(0.99, sum by (le, stage) (rate(delivery_gateway_position_age_seconds_bucket{}[$__rate_interval])))`, "{{stage}}"})).
		WithPanel(graph(text{"Age by stage, median", "As in the panel before: what half of the positions do better than. Good: below a tenth of a second at every stage.", "s"},
			series{`histogram_quantile(0.5, sum by (le, stage) (rate(delivery_gateway_position_age_seconds_bucket{}[$__rate_interval])))`, "{{stage}}"})).
		WithPanel(graph(text{"Age of the newest position read", "By gateway. Good: below the longest interval of a running delivery. It grows while nothing is produced, or while the gateway does not read.", "s"},
			series{`time() - delivery_gateway_last_position_timestamp_seconds{} > 0`, "{{instance}}"})).
		WithPanel(graph(text{"Positions before they were due", "Good: none. Otherwise clocks of nodes differ, and ages are wrong; see the runbook of DeliveryClocksDiffer.", "ops"},
			series{`sum(rate(delivery_gateway_positions_from_the_future_total{}[$__rate_interval]))`, "from the future"})).
		WithRow(row("Reading")).
		WithPanel(graph(text{"Lag", "Positions that are not read yet, by gateway. Good: below a hundred. After a start it falls quickly; otherwise see the runbook of DeliveryGatewayLags.", "short"},
			series{`delivery_gateway_consumer_lag_records{}`, "{{instance}}"})).
		WithPanel(graph(text{"Partitions that cannot be read", "By topic and gateway; the deliveries that are keyed to them are not shown. Good: none. Otherwise /readyz names them, and the brokers say why they lead nothing.", "short"},
			series{`sum by (topic, instance) (delivery_gateway_unread_partitions{})`, "{{topic}} {{instance}}"})).
		WithPanel(graph(text{"Records read, by effect", "Good: applied. repeat: sent twice after an interruption, and dropped. unplanned: positions of a delivery whose plan has not come yet.", "ops"},
			series{`sum by (topic, reason) (rate(delivery_gateway_records_total{}[$__rate_interval]))`, "{{topic}} {{reason}}"})).
		WithPanel(graph(text{"Records that cannot be used", "Good: none. Otherwise somebody writes what is not a message; see the runbook of DeliveryRecordsUnreadable.", "ops"},
			series{`sum by (topic, reason) (rate(delivery_gateway_bad_records_total{}[$__rate_interval]))`, "{{topic}} {{reason}}"})).
		WithPanel(graph(text{"Memory of the ring", "Upper bound of what holds the newest positions for the mode all. Good: flat once it is full.", "bytes"},
			series{`delivery_gateway_ring_bytes{}`, "{{instance}}"})).
		WithPanel(graph(text{"Span of the ring", "Time between the oldest and the newest position that the mode all is served from memory. Good: minutes. A client that was away for longer is read its positions from Kafka; gateway.limits.ringBytes makes it longer.", "s"},
			series{`delivery_gateway_ring_span_seconds{}`, "{{instance}}"})).
		WithPanel(graph(text{"Clients that wait for older positions", "Clients in the mode all that are read positions older than the ring from Kafka. Good: few, for seconds.", "short"},
			series{`delivery_gateway_backlog_clients{}`, "{{instance}}"})).
		WithPanel(graph(text{"Deliveries that the gateway knows", "Under way or recently ended, by phase. Good: the same at all gateways, and as the operator counts those under way.", "short"},
			series{`max by (phase) (delivery_gateway_deliveries{})`, "{{phase}}"})).
		WithRow(row("Kafka")).
		WithPanel(graph(text{"Brokers that are connected", "1: each gateway is connected to the broker; 0: one is not. Good: 1. Otherwise the broker or the network is away; see the runbook of DeliveryGatewayLags.", "short"},
			series{`min by (broker) (delivery_gateway_kafka_broker_up{})`, "broker {{broker}}"})).
		WithPanel(graph(text{"Round trip to the brokers", "Mean time of the requests to each broker. Good: below 0.6 s, for a reader's request waits up to half a second for what is new. It grows while a broker is slow.", "s"},
			series{`max by (broker) (delivery_gateway_kafka_round_trip_seconds{})`, "broker {{broker}}"})).
		WithPanel(graph(text{"Records in the clients' queues", "Records that were fetched and not taken yet, or that Kafka has not confirmed. Good: near zero. Thousands: the gateway takes them more slowly than they come; its CPU is short.", "short"},
			series{`sum by (instance) (delivery_gateway_kafka_queued_records{})`, "{{instance}}"})).
		WithRow(row("Requests")).
		WithPanel(graph(text{"HTTP responses by status", "Good: 2xx and 3xx. 4xx: the client's mistake. 5xx: a server that the gateway needs, or the gateway; see the runbook of DeliveryRequestsFail.", "reqps"},
			series{`sum by (code) (rate(delivery_gateway_http_responses_total{}[$__rate_interval]))`, "{{code}}"})).
		WithPanel(graph(text{"Duration of HTTP requests", "Time from a request's headers to those of its answer. Good: p99 below half a second; starts wait for Kafka, the past for MongoDB and Elasticsearch.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_gateway_http_request_duration_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_gateway_http_request_duration_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Starts and commands by outcome", "Good: sent. KafkaUnavailable and Busy: see the runbook of DeliveryRequestsNotSent; others are the client's mistakes.", "ops"},
			series{`sum by (request, outcome) (rate(delivery_gateway_requests_total{}[$__rate_interval]))`, "{{request}} {{outcome}}"})).
		WithPanel(graph(text{"Refused for a budget", "Requests and connections beyond the budget of an address or of all together. Good: none. Otherwise somebody is in a hurry, or all clients share the address of a proxy: see docs/install.md.", "ops"},
			series{`sum by (budget, of) (rate(delivery_gateway_over_budget_total{}[$__rate_interval]))`, "{{budget}} {{of}}"})).
		WithPanel(graph(text{"HTTP connections closed by the gateway", "By reason. Good: some no-request, which are idle. unread and crowded: clients that do not read.", "ops"},
			series{`sum by (reason) (rate(delivery_gateway_http_connections_closed_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithRow(row("The past")).
		WithPanel(graph(text{"Statements to MongoDB by outcome", "Good: written and older (a newer one was there). refused and dead-letter: see the runbook of DeliveryStoreRefuses; retried: MongoDB is away.", "ops"},
			series{`sum by (reason) (rate(delivery_gateway_delivery_store_writes_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithPanel(graph(text{"Queries to Elasticsearch by outcome", "Good: answered. Otherwise the outcome says why not.", "ops"},
			series{`sum by (query, outcome) (rate(delivery_gateway_position_index_queries_total{}[$__rate_interval]))`, "{{query}} {{outcome}}"})).
		WithPanel(graph(text{"Duration of queries to Elasticsearch", "Good: p99 below one second. Otherwise Elasticsearch is busy, or queries span very many days.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_gateway_position_index_query_duration_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_gateway_position_index_query_duration_seconds_bucket{}[$__rate_interval])))`, "p99"}))
}
