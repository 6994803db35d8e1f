package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// Kafka, Kafka Connect and the sink, as the JMX exporter shows them.
func kafka() *dashboard.DashboardBuilder {
	return board("kafka", "Kafka", "Kafka, Kafka Connect and the sink, as the JMX exporter shows their beans; empty where no agent has the rules of this project.",
		`kafka_server_messages_in_total|delivery_sink_records_indexed_total`).
		WithRow(row("Kafka")).
		WithPanel(graph(text{"Records written", "By broker. Good: as many as the simulators and services produce. A broker without any leads no partition.", "ops"},
			series{`sum by (instance) (rate(kafka_server_messages_in_total{}[$__rate_interval]))`, "{{instance}}"})).
		WithPanel(graph(text{"Bytes written and read", "Of all brokers, each second. Good: what is read is a small multiple of what is written: every gateway and group reads all.", "bytes"},
			series{`sum(rate(kafka_server_bytes_in_total{}[$__rate_interval]))`, "written"},
			series{`sum(rate(kafka_server_bytes_out_total{}[$__rate_interval]))`, "read"})).
		WithPanel(graph(text{"Partitions in trouble", "under-replicated: a replica is missing or behind; offline: without a leader, so nobody can write; directories: log directories of brokers that are out of use. Good: none. Otherwise a broker is down, or its disk is full.", "short"},
			series{`sum(kafka_server_under_replicated_partitions{})`, "under-replicated"},
			series{`max(kafka_controller_offline_partitions{})`, "offline"},
			series{`sum(kafka_log_offline_directories{})`, "directories"})).
		WithPanel(graph(text{"Time of requests, p99", "Of the slowest broker. Good: Produce below 0.05 s; FetchConsumer up to half a second, for readers wait that long for what is new.", "s"},
			series{`max by (request) (kafka_network_request_time_p99_seconds{})`, "{{request}}"})).
		WithPanel(graph(text{"Heap of the Java servers", "Memory used by objects. Good: a saw-tooth whose low points do not rise. They rise to the limit: raise the heap.", "bytes"},
			series{`sum by (instance) (jvm_memory_used_bytes{area="heap"})`, "{{instance}}"})).
		WithRow(row("Kafka Connect")).
		WithPanel(graph(text{"Tasks that run", "Share of the time for which a task was running since it started. Good: 1. Below: it was paused, rebalanced or has failed; see the KafkaConnector's status.", "percentunit"},
			series{`min by (connector, task) (kafka_connect_task_running_ratio{})`, "{{connector}} {{task}}"})).
		WithPanel(graph(text{"Lag of the connectors", "Records that a task's consumer has yet to read, in the partition furthest behind. Good: below a thousand. It grows: Elasticsearch is away or slow.", "short"},
			series{`max by (client) (kafka_consumer_records_lag_max{})`, "{{client}}"})).
		WithPanel(graph(text{"Longest batch", "Longest time that a task took for a batch lately. Good: below a second. Longer: Elasticsearch is slow, or the task waits for it.", "s"},
			series{`max by (connector) (kafka_connect_put_batch_time_max_seconds{})`, "{{connector}}"})).
		WithPanel(graph(text{"Records that failed, dead letters", "Records that a task could not process, and those that it sent to dead-letters.connect. Good: none. Otherwise kubectl delivery dead-letters shows them.", "ops"},
			series{`sum by (connector) (rate(kafka_connect_record_failures_total{}[$__rate_interval]))`, "{{connector}} failed"},
			series{`sum by (connector) (rate(kafka_connect_dead_letters_total{}[$__rate_interval]))`, "{{connector}} dead letters"})).
		WithRow(row("The sink")).
		WithPanel(graph(text{"Documents indexed", "By connector. Good: as many as records are written to its topics.", "ops"},
			series{`sum by (connector) (rate(delivery_sink_records_indexed_total{}[$__rate_interval]))`, "{{connector}}"})).
		WithPanel(graph(text{"Records without a document", "older: the index has a newer version or the same record; contradicting: it says something else; rejected: a bad record; erased and expired: skipped on purpose. Good: some older after restarts, no contradicting and no rejected.", "ops"},
			series{`sum(rate(delivery_sink_records_older_total{}[$__rate_interval]))`, "older"},
			series{`sum(rate(delivery_sink_records_contradicting_total{}[$__rate_interval]))`, "contradicting"},
			series{`sum(rate(delivery_sink_records_rejected_total{}[$__rate_interval]))`, "rejected"},
			series{`sum(rate(delivery_sink_records_erased_total{}[$__rate_interval]))`, "erased"},
			series{`sum(rate(delivery_sink_records_expired_total{}[$__rate_interval]))`, "expired"},
			series{`sum(rate(delivery_sink_tombstones_ignored_total{}[$__rate_interval]))`, "tombstones"})).
		WithPanel(graph(text{"Waiting", "For how long a task has been waiting. Good: 0. Otherwise the condition Warning of its KafkaConnector says for what; nothing is lost.", "s"},
			series{`max by (connector, task) (delivery_sink_waiting_seconds{})`, "{{connector}} {{task}}"})).
		WithPanel(graph(text{"Bulk requests and retries", "Requests that Elasticsearch answered, and those that are sent again in whole or in part. Good: no retries. Otherwise it is overloaded or was away.", "ops"},
			series{`sum(rate(delivery_sink_requests_total{}[$__rate_interval]))`, "requests"},
			series{`sum(rate(delivery_sink_retries_total{}[$__rate_interval]))`, "retries"})).
		WithPanel(graph(text{"Time of a bulk request", "Mean over all connectors. Good: below a tenth of a second. Otherwise Elasticsearch is slow; see its disk and heap.", "s"},
			series{`sum(rate(delivery_sink_request_seconds_total{}[$__rate_interval])) / (sum(rate(delivery_sink_requests_total{}[$__rate_interval])) > 0)`, "mean"})).
		WithPanel(graph(text{"Bytes sent to Elasticsearch", "Documents each second, before compression. Good: in proportion to the records.", "bytes"},
			series{`sum by (connector) (rate(delivery_sink_request_bytes_total{}[$__rate_interval]))`, "{{connector}}"})).
		WithPanel(graph(text{"Records in memory", "Records that the tasks hold until Elasticsearch has them. Good: falls to zero again and again. Stays high: Elasticsearch does not keep up.", "short"},
			series{`sum by (connector) (delivery_sink_buffered_records{})`, "{{connector}}"})).
		WithPanel(graph(text{"Bytes in memory", "The size of these records as documents. Good: far below the worker's heap.", "bytes"},
			series{`sum by (connector) (delivery_sink_buffered_bytes{})`, "{{connector}}"})).
		WithPanel(graph(text{"Erasures", "waiting: erased ids whose documents are still to be deleted; ids: on the list. Good: waiting falls to zero within minutes.", "short"},
			series{`max(delivery_sink_erased_ids{})`, "ids"},
			series{`sum(delivery_sink_erasures_waiting{})`, "waiting"})).
		WithPanel(graph(text{"Housekeeping", "Documents deleted because their id was erased, indices deleted because their day had expired, and index templates restored. Good: no templates; otherwise somebody changes them.", "ops"},
			series{`sum(rate(delivery_sink_documents_erased_total{}[$__rate_interval]))`, "documents erased"},
			series{`sum(rate(delivery_sink_indices_expired_total{}[$__rate_interval]))`, "indices expired"},
			series{`sum(rate(delivery_sink_templates_repaired_total{}[$__rate_interval]))`, "templates restored"}))
}
