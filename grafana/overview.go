package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// Whether deliveries arrive, and which part is at fault if they do not.
func overview() *dashboard.DashboardBuilder {
	budget := func(ratio, objective string) string { return "1 - " + ratio + "3d{!} / " + objective }
	return board("overview", "Overview",
		"Whether deliveries arrive, at a glance; the other dashboards show which part is at fault.",
		`delivery_.+_(leader|consumer_lag_records|plans|connect_up|interval_seconds|relay_working|emails_waiting|mail_delay_seconds_count)`).
		WithPanel(firing()).
		WithRow(row("Now")).
		WithPanel(number(text{"Running", "Deliveries whose vehicles are under way. What is good depends on the hour.", "short"}, limits{},
			series{`sum(delivery_operator_deliveries{phase="Running"})`, ""})).
		WithPanel(number(text{"Waiting", "Deliveries in the phase Pending. Good: few, for seconds. Otherwise kubectl describe delivery says what each waits for.", "short"}, limits{20, 100},
			series{`sum(delivery_operator_deliveries{phase="Pending"})`, ""})).
		WithPanel(number(text{"Positions", "Positions that Kafka acknowledges each second. Good: steady while deliveries run. Zero: see the dashboard Pipeline.", "ops"}, limits{},
			series{`sum(rate(delivery_simulator_positions_produced_total{}[$__rate_interval]))`, ""})).
		WithPanel(number(text{"Age, p99", "Age of the oldest position in a write to a client: 99 in 100 are younger. Good: below one second. Otherwise see the dashboards Pipeline, then Gateway.", "s"}, limits{1, 5},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_gateway_position_age_seconds_bucket{stage="written"}[$__rate_interval])))`, ""})).
		WithPanel(number(text{"Clients", "Open WebSocket connections. A sudden drop: a gateway or the proxy in front has gone.", "short"}, limits{},
			series{`sum(delivery_gateway_websocket_connections{})`, ""})).
		WithPanel(number(text{"Lag", "Positions that the gateway furthest behind has not read yet. Good: below a hundred. Otherwise see the dashboard Gateway.", "short"}, limits{1000, 5000},
			series{`max(delivery_gateway_consumer_lag_records{})`, ""})).
		WithRow(row("Objectives")).
		WithPanel(number(text{"Budget: produced in time", "What is left of three days' error budget: 99.9 % of positions acknowledged by Kafka within 0.5 s. Good: above zero. Below: see the runbook of DeliveryPositionsProducedLate.", "percentunit"}, limits{},
			series{budget("job:delivery_simulator_positions:late_ratio_rate", "0.001"), "{{job}}"})).
		WithPanel(number(text{"Budget: shown in time", "What is left of three days' error budget: 99 % of writes to clients with no position older than 1 s. Good: above zero. Below: see the runbook of DeliveryPositionsShownLate.", "percentunit"}, limits{},
			series{budget("job:delivery_gateway_writes:late_ratio_rate", "0.01"), "{{job}}"})).
		WithPanel(number(text{"Budget: started in time", "What is left of three days' error budget: 99 % of deliveries under way within 30 s of their creation. Good: above zero. Below: see the runbook of DeliveriesStartLate.", "percentunit"}, limits{},
			series{budget("job:delivery_operator_starts:late_ratio_rate", "0.01"), "{{job}}"})).
		WithPanel(number(text{"Budget: requests", "What is left of three days' error budget: 99.9 % of HTTP responses below 500. Good: above zero. Below: see the runbook of DeliveryRequestsFail.", "percentunit"}, limits{},
			series{budget("job:delivery_gateway_http_responses:error_ratio_rate", "0.001"), "{{job}}"})).
		WithPanel(number(text{"Stuck", "Deliveries that have not been under way for ten minutes, though they should be. Good: 0. Otherwise see the runbook of DeliveryStuck.", "short"}, limits{1, 0},
			series{`sum(delivery_operator_stuck_deliveries{})`, ""})).
		WithPanel(number(text{"Loops that hang", "Loops of all services that have not come round for too long. Good: 0. Otherwise see the runbook of DeliveryLoopHangs.", "short"}, limits{0, 1},
			series{`sum(` + hanging() + `)`, ""})).
		WithPanel(graph(text{"Share that misses its objective, by hour", "Good: positions produced late below 0.1 %, shown late below 1 %, deliveries started late below 1 %, failed requests below 0.1 %. 14.4 times as much, for an hour, wakes somebody.", "percentunit"},
			series{`job:delivery_simulator_positions:late_ratio_rate1h{!}`, "{{job}} produced late"},
			series{`job:delivery_gateway_writes:late_ratio_rate1h{!}`, "{{job}} shown late"},
			series{`job:delivery_operator_starts:late_ratio_rate1h{!}`, "{{job}} started late"},
			series{`job:delivery_gateway_http_responses:error_ratio_rate1h{!}`, "{{job}} requests failed"})).
		WithPanel(graph(text{"Loops that hang, by service", "1: it has not come round for too long. Good: 0 everywhere. Otherwise the service's log names what the loop did last; see the runbook of DeliveryLoopHangs.", "short"},
			series{`sum by (container, loop) (` + hanging() + `)`, "{{container}}: {{loop}}"})).
		WithRow(row("Deliveries")).
		WithPanel(graph(text{"Deliveries by phase", "Good: Failed does not grow, and Pending is short-lived. Otherwise see the dashboard Operator.", "short"},
			series{`sum by (phase) (delivery_operator_deliveries{})`, "{{phase}}"})).
		WithPanel(graph(text{"Age of positions at the clients", "Age of the oldest position in each write. Good: p50 below 0.2 s, p99 below 1 s. Clients that resume after a pause raise it for a moment.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_gateway_position_age_seconds_bucket{stage="written"}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_gateway_position_age_seconds_bucket{stage="written"}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Pods that answer", "Pods that Prometheus can scrape, and those that it cannot. Good: none of the latter. Otherwise see the runbook of DeliveryTargetDown.", "short"},
			series{`sum(up{})`, "up"},
			series{`sum(1 - up{})`, "down"})).
		WithPanel(graph(text{"Servers that the gateways reach", "1: each gateway reaches the server; 0: one does not. Good: 1. Kafka is needed for all, MongoDB and Elasticsearch for the past.", "short"},
			series{`min by (dependency) (delivery_gateway_dependency_up{})`, "{{dependency}}"})).
		WithRow(row("Canary")).
		WithPanel(graph(text{"Since the canary's last success", "Time since a delivery of the canary arrived with every position once and in order. Good: below its interval and the time of a run. More than two intervals: see the runbook of DeliveryCanaryFailing. None: canary.enabled is off.", "s"},
			series{`time() - max by (job) (delivery_canary_last_success_timestamp_seconds{})`, "{{job}}"},
			series{`max by (job) (delivery_canary_interval_seconds{})`, "{{job}} interval"})).
		WithPanel(graph(text{"Runs of the canary by result", "Runs in each interval of the graph. Good: success alone. The runbook of DeliveryCanaryFailing explains the other results.", "short"},
			series{`sum by (result) (increase(delivery_canary_runs_total{}[$__rate_interval]))`, "{{result}}"})).
		WithPanel(graph(text{"The canary's waiting times", "Time from the start request to its acceptance, and to the first position, estimated from the buckets. Good: below one second, and a few seconds for the pod. Shown while a run is under way.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_canary_accept_duration_seconds_bucket{}[$__rate_interval])))`, "accepted"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_canary_first_position_duration_seconds_bucket{}[$__rate_interval])))`, "first position"})).
		WithPanel(graph(text{"Age of positions at the canary", "Age of positions when the canary receives them, as a client would. Good: below half a second. Shown while a run is under way.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_canary_position_age_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_canary_position_age_seconds_bucket{}[$__rate_interval])))`, "p99"}))
}
