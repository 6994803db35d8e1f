package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// The operator's work: rate, errors and duration of reconciliations, requests from Kafka, topics.
func operator() *dashboard.DashboardBuilder {
	return board("operator", "Operator", "Whether Deliveries are reconciled, and requests served.", "delivery_operator_leader").
		WithRow(row("State")).
		WithPanel(number(text{"Leaders", "Operators that hold the Lease. Good: 1. Zero: see the runbook of DeliveryOperatorNoLeader; two: of DeliveryOperatorTwoLeaders.", "short"}, limits{0, 2},
			series{`sum(delivery_operator_leader{})`, ""})).
		WithPanel(number(text{"Operators", "Operators that are running. Good: as many as operator.replicas.", "short"}, limits{},
			series{`count(delivery_operator_leader{})`, ""})).
		WithPanel(number(text{"Topics that differ", "Kafka topics that are not as configured. Good: 0. Otherwise kubectl delivery topics says how they differ.", "short"}, limits{1, 0},
			series{`max(delivery_operator_drifted_topics{})`, ""})).
		WithPanel(number(text{"Failed deliveries", "Deliveries in the phase Failed. Good: 0. Otherwise kubectl get deliveries -o wide shows the reasons.", "short"}, limits{1, 0},
			series{`sum(delivery_operator_deliveries{phase="Failed"})`, ""})).
		WithPanel(graph(text{"The Lease changes hands", "How often a process took or lost the Lease, in each interval of the graph. Good: at rollouts alone. Otherwise see the runbook of DeliveryOperatorNoLeader.", "short"},
			series{`sum by (to) (increase(delivery_operator_lease_transitions_total{}[$__rate_interval]))`, "to {{to}}"})).
		WithRow(row("Reconciliations")).
		WithPanel(graph(text{"Reconciliations by result", "Good: success only. error: it is repeated, and the panel to the right has the reasons; invalid: an object that cannot be read as its kind.", "ops"},
			series{`sum by (result) (rate(delivery_operator_reconciliations_total{}[$__rate_interval]))`, "{{result}}"})).
		WithPanel(graph(text{"Errors by reason", "Good: none. The operator's log names the objects.", "ops"},
			series{`sum by (reason) (rate(delivery_operator_reconcile_errors_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithPanel(graph(text{"Duration", "Good: p99 below one second. Otherwise the API server, a webhook or Kafka is slow.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_operator_reconcile_duration_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_operator_reconcile_duration_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(heat(text{"Durations", "How many reconciliations took how long. Good: all in the lower rows.", "s"},
			`sum by (le) (increase(delivery_operator_reconcile_duration_seconds_bucket{}[$__rate_interval]))`)).
		WithPanel(graph(text{"Reconciliations under way", "By operator. Good: a few. 16 in a namespace is the maximum: further Deliveries wait for their turn, because the API server or Kafka is slow.", "short"},
			series{`sum by (instance) (delivery_operator_reconciliations_running{})`, "{{instance}}"})).
		WithRow(row("Kubernetes API")).
		WithPanel(graph(text{"Requests by verb and status", "none: no answer came. Good: 2xx and, for patch and update, some 409, which are tried again. 403: a right is missing. 429: the API server sheds load.", "reqps"},
			series{`sum by (verb, code) (rate(delivery_operator_kubernetes_requests_total{}[$__rate_interval]))`, "{{verb}} {{code}}"})).
		WithPanel(graph(text{"Duration of requests, p99", "By verb, until the answer begins. Good: below half a second. Otherwise the API server, its storage or a webhook is slow.", "s"},
			series{`histogram_quantile(0.99, sum by (le, verb) (rate(delivery_operator_kubernetes_request_duration_seconds_bucket{}[$__rate_interval])))`, "{{verb}}"})).
		WithRow(row("Deliveries")).
		WithPanel(graph(text{"Deliveries by phase", "Counted by the leader. Good: Pending is short-lived, and Failed does not grow.", "short"},
			series{`sum by (phase) (delivery_operator_deliveries{})`, "{{phase}}"})).
		WithPanel(graph(text{"From creation to the first state", "Time from the creation of a Delivery until its vehicle is under way. Good: p95 below ten seconds. Otherwise the next panel says what was waited for.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_operator_first_position_delay_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.95, sum by (le) (rate(delivery_operator_first_position_delay_seconds_bucket{}[$__rate_interval])))`, "p95"})).
		WithPanel(graph(text{"What deliveries waited for, p95", "How long pending deliveries waited, by cause, noted when the wait is over. Good: PodPending and Starting, for seconds. RouteNotFound: for a route that nobody has created. Kubelet: image or node; kubectl describe delivery says more.", "s"},
			series{`histogram_quantile(0.95, sum by (le, cause) (rate(delivery_operator_wait_duration_seconds_bucket{}[$__rate_interval])))`, "{{cause}}"})).
		WithPanel(graph(text{"Deliveries that wait, by cause", "Deliveries that should be under way and are not, now. Good: PodPending and Starting, for seconds. CrashLoopBackOff: see the runbook of DeliverySimulatorsCrash.", "short"},
			series{`sum by (cause) (delivery_operator_waiting_deliveries{})`, "{{cause}}"})).
		WithPanel(graph(text{"Deliveries that are stuck, by cause", "Of these, the ones that have not been under way for ten minutes. Good: none. Otherwise see the runbook of DeliveryStuck.", "short"},
			series{`sum by (cause) (delivery_operator_stuck_deliveries{})`, "{{cause}}"})).
		WithPanel(graph(text{"Pods created and deleted", "Good: about as many as deliveries start and end. Many more: pods are replaced again and again; see their logs.", "ops"},
			series{`sum by (action) (rate(delivery_operator_pods_total{}[$__rate_interval]))`, "{{action}}"})).
		WithPanel(graph(text{"Namespaces that are not watched", "Good: none. Otherwise /readyz of the leader and the Event NamespaceNotWatched say why; the deliveries of the others are served.", "short"},
			series{`sum by (namespace) (delivery_operator_namespace_watched{} == bool 0)`, "{{namespace}}"})).
		WithPanel(graph(text{"Partitions that cannot be read", "By topic; what is keyed to them waits. Good: none. Otherwise /readyz of the leader names them, and the brokers say why they lead nothing.", "short"},
			series{`sum by (topic) (delivery_operator_unread_partitions{})`, "{{topic}}"})).
		WithPanel(graph(text{"Loops that hang", "Good: none. Otherwise the operator is not ready, and its log names the loop.", "short"},
			series{`sum by (loop) (delivery_operator_hanging_loops{})`, "{{loop}}"})).
		WithPanel(graph(text{"Writes of a status, by kind", "transition: a phase changed; refresh: only progress; route: of a DeliveryRoute. Good: refresh follows the number of running deliveries.", "ops"},
			series{`sum by (kind) (rate(delivery_operator_status_writes_total{}[$__rate_interval]))`, "{{kind}}"})).
		WithPanel(graph(text{"Tombstones", "Keys removed from the compacted topics, of deliveries that ended long ago. Good: some, now and then.", "ops"},
			series{`sum by (topic) (rate(delivery_operator_tombstones_total{}[$__rate_interval]))`, "{{topic}}"})).
		WithRow(row("Requests from Kafka")).
		WithPanel(graph(text{"Requests and commands by result", "Good: created and done. rejected: the panel to the right has the reasons.", "ops"},
			series{`sum by (topic, result) (rate(delivery_operator_records_total{}[$__rate_interval]))`, "{{topic}} {{result}}"})).
		WithPanel(graph(text{"Time left of the certificates for Kafka", "Of the services' own (client) and of the authorities by which they know Kafka (ca), from the Secret. Good: more than two weeks. Otherwise see the runbook of DeliveryCertificateEnds. None: Kafka is used without TLS.", "s"},
			series{`min by (certificate) (delivery_operator_kafka_certificate_expiry_timestamp_seconds{}) - time()`, "{{certificate}}"})).
		WithPanel(graph(text{"Dead letters by reason", "Rejected requests and commands, and records that cannot be read. Good: few. kubectl delivery dead-letters shows them.", "ops"},
			series{`sum by (reason) (rate(delivery_operator_dead_letters_total{}[$__rate_interval]))`, "{{reason}}"},
			series{`sum by (topic) (rate(delivery_operator_unreadable_records_total{}[$__rate_interval]))`, "unreadable in {{topic}}"}))
}
