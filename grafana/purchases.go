package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// A purchase's way: over HTTP into MongoDB, through the outbox into Kafka, to its invoice, its e-mail and the news of it.
func purchases() *dashboard.DashboardBuilder {
	// Zero while nothing fails: a series of 5xx appears with the first of them.
	failed := func(service string) series {
		all := "delivery_" + service + "_http_responses_total"
		return series{`(sum(rate(` + all + `{code=~"5.."}[$__rate_interval])) or 0 * sum(rate(` + all + `{}[$__rate_interval]))) / sum(rate(` + all + `{}[$__rate_interval]))`, service}
	}
	return board("purchases", "Purchases", "A purchase's way to its event, its invoice, its e-mail and the news of it; empty where the three services are off.",
		`delivery_(purchases_relay_working|invoices_emails_waiting|notifications_mail_delay_seconds_count)`).
		WithRow(row("Now")).
		WithPanel(number(text{"Purchases", "Purchases stored each second. What is good depends on the hour.", "ops"}, limits{},
			series{`sum(rate(delivery_purchases_taken_total{}[$__rate_interval]))`, ""})).
		WithPanel(number(text{"In hand", "Purchases that are being paid or written to Kafka. Good: few. 512 is all that there is room for; further ones wait in MongoDB. See the runbook of DeliveryPurchasesNotWritten.", "short"}, limits{100, 512},
			series{`sum(delivery_purchases_in_hand{})`, ""})).
		WithPanel(number(text{"Replicas that work", "Replicas of the purchases that have purchases paid and write them to Kafka. Good: 1. Zero: see the runbook of DeliveryPurchasesNoRelay. Two: for a moment after one was cut off; each event may then come twice.", "short"}, limits{0, 2},
			series{`sum(delivery_purchases_relay_working{})`, ""})).
		WithPanel(number(text{"Without invoice", "Purchases in Kafka that have no invoice yet. Good: near zero. Otherwise see the runbook of DeliveryInvoicesBehind.", "short"}, limits{100, 1000},
			series{`sum(delivery_invoices_consumer_group_lag_records{})`, ""})).
		WithPanel(number(text{"E-mails that wait", "E-mails of invoices that are neither sent nor given up. Good: few. Otherwise see the runbook of DeliveryInvoiceMailsWait.", "short"}, limits{50, 1000},
			series{`max(delivery_invoices_emails_waiting{})`, ""})).
		WithPanel(number(text{"Approval to e-mail, p95", "Time from the approval of a purchase until the mail server had its e-mail: 95 in 100 are faster. Good: below two seconds. Otherwise the panels below show where the time goes.", "s"}, limits{2, 30},
			series{`histogram_quantile(0.95, sum by (le) (rate(delivery_invoices_email_latency_seconds_bucket{}[$__rate_interval])))`, ""})).
		WithRow(row("Requests")).
		WithPanel(graph(text{"HTTP responses by service and status", "Good: 2xx. 4xx: the client's mistake. 503: MongoDB is away, or too many ask; see the runbook of DeliveryPurchaseRequestsFail.", "reqps"},
			series{`sum by (code) (rate(delivery_purchases_http_responses_total{}[$__rate_interval]))`, "purchases {{code}}"},
			series{`sum by (code) (rate(delivery_invoices_http_responses_total{}[$__rate_interval]))`, "invoices {{code}}"},
			series{`sum by (code) (rate(delivery_notifications_http_responses_total{}[$__rate_interval]))`, "notifications {{code}}"})).
		WithPanel(graph(text{"Share of responses that failed", "Responses of 500 or more, as a share of a service's. Good: zero. Above 5 % for the purchases: see the runbook of DeliveryPurchaseRequestsFail.", "percentunit"},
			failed("purchases"),
			failed("invoices"),
			failed("notifications"))).
		WithPanel(graph(text{"Duration of HTTP requests, p99", "Time from a request's headers to those of its answer: 99 in 100 are faster. Good: below half a second. Otherwise MongoDB is slow, or the service's CPU is short.", "s"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_purchases_http_request_duration_seconds_bucket{}[$__rate_interval])))`, "purchases"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_invoices_http_request_duration_seconds_bucket{}[$__rate_interval])))`, "invoices"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_notifications_http_request_duration_seconds_bucket{}[$__rate_interval])))`, "notifications"})).
		WithPanel(graph(text{"Purchases stored, repeated and refused", "repeated: sent again with the same key, and not stored a second time. refused: the reason says why. Good: stored, and few others; StoreUnavailable: see the runbook of DeliveryPurchasesDependencyUnreachable.", "ops"},
			series{`sum(rate(delivery_purchases_taken_total{}[$__rate_interval]))`, "stored"},
			series{`sum(rate(delivery_purchases_repeated_total{}[$__rate_interval]))`, "repeated"},
			series{`sum by (reason) (rate(delivery_purchases_refused_total{}[$__rate_interval]))`, "refused: {{reason}}"})).
		WithPanel(graph(text{"Refused for a budget, by service", "Requests and connections beyond the budget of an address or of all together. Good: none. Otherwise see the runbook of DeliveryOverBudget.", "ops"},
			series{`sum by (budget, of) (rate(delivery_purchases_over_budget_total{}[$__rate_interval]))`, "purchases: {{budget}} {{of}}"},
			series{`sum by (budget, of) (rate(delivery_invoices_over_budget_total{}[$__rate_interval]))`, "invoices: {{budget}} {{of}}"},
			series{`sum by (budget, of) (rate(delivery_notifications_over_budget_total{}[$__rate_interval]))`, "notifications: {{budget}} {{of}}"})).
		WithPanel(graph(text{"HTTP connections closed by the services", "By reason. Good: some no-request, which are idle. unread and crowded: clients that do not read what they asked for.", "ops"},
			series{`sum by (reason) (rate(delivery_purchases_http_connections_closed_total{}[$__rate_interval]))`, "purchases: {{reason}}"},
			series{`sum by (reason) (rate(delivery_invoices_http_connections_closed_total{}[$__rate_interval]))`, "invoices: {{reason}}"},
			series{`sum by (reason) (rate(delivery_notifications_http_connections_closed_total{}[$__rate_interval]))`, "notifications: {{reason}}"})).
		WithPanel(graph(text{"Servers that the services reach", "1: each replica reaches the server; 0: one does not. Good: 1. Otherwise see the runbooks of DeliveryPurchasesDependencyUnreachable and, for smtp, DeliveryMailServerUnreachable.", "short"},
			series{`min by (dependency) (delivery_purchases_dependency_up{})`, "purchases: {{dependency}}"},
			series{`min by (dependency) (delivery_invoices_dependency_up{})`, "invoices: {{dependency}}"},
			series{`min by (dependency) (delivery_notifications_dependency_up{})`, "notifications: {{dependency}}"})).
		WithRow(row("Purchases")).
		WithPanel(graph(text{"Payments decided, by state", "Good: APPROVED as fast as purchases are stored. FAILED: payments that were refused. Nothing while purchases are stored: no replica works, or 512 of them wait for Kafka.", "ops"},
			series{`sum by (state) (rate(delivery_purchases_decided_total{}[$__rate_interval]))`, "{{state}}"})).
		WithPanel(graph(text{"Written to Kafka, by topic", "compra: approved purchases; route.new-direction: the deliveries that they ask for. Good: compra as fast as payments are approved. Otherwise see the runbook of DeliveryPurchasesNotWritten.", "ops"},
			series{`sum by (topic) (rate(delivery_purchases_records_written_total{}[$__rate_interval]))`, "{{topic}}"})).
		WithPanel(graph(text{"From approval to Kafka", "Time from the approval of a purchase until Kafka had confirmed its event. Good: p99 below half a second. It grows while Kafka or MongoDB is away or slow.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_purchases_publish_delay_seconds_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_purchases_publish_delay_seconds_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Purchases in hand", "Being paid or written to Kafka, by replica; one replica at a time works. Good: few, and none that stay. Payments of slow customers count as well.", "short"},
			series{`delivery_purchases_in_hand{}`, "{{instance}}"})).
		WithPanel(graph(text{"The relay begins anew", "By reason. Good: never. TakenOver and Silent: MongoDB was away or slow for seconds. What was in hand is taken up again, so nothing is lost, and an event may come twice.", "ops"},
			series{`sum by (reason) (rate(delivery_purchases_relay_failures_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithRow(row("Invoices")).
		WithPanel(graph(text{"Purchases settled, by outcome", "issued: has its invoice now; repeated: had one, the record was read again; dead-letter: cannot be read. Good: issued as fast as purchases are written. See the runbook of DeliveryRecordsUnreadable for dead letters.", "ops"},
			series{`sum by (outcome) (rate(delivery_invoices_records_total{}[$__rate_interval]))`, "{{outcome}}"},
			series{`sum by (reason) (rate(delivery_invoices_dead_letters_total{}[$__rate_interval]))`, "dead letter: {{reason}}"})).
		WithPanel(graph(text{"Invoices issued and published", "published: Kafka has the message that the invoice was issued. Good: the lines lie on each other. Published stays behind: Kafka takes nothing; what is left is published later.", "ops"},
			series{`sum(rate(delivery_invoices_issued_total{}[$__rate_interval]))`, "issued"},
			series{`sum(rate(delivery_invoices_published_total{}[$__rate_interval]))`, "published"})).
		WithPanel(graph(text{"From approval to invoice and e-mail", "Good: the invoice within half a second, the e-mail within two. It grows while the group catches up, or the mail server is away.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_invoices_issue_latency_seconds_bucket{}[$__rate_interval])))`, "invoice p50"},
			series{`histogram_quantile(0.95, sum by (le) (rate(delivery_invoices_issue_latency_seconds_bucket{}[$__rate_interval])))`, "invoice p95"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_invoices_email_latency_seconds_bucket{}[$__rate_interval])))`, "e-mail p50"},
			series{`histogram_quantile(0.95, sum by (le) (rate(delivery_invoices_email_latency_seconds_bucket{}[$__rate_interval])))`, "e-mail p95"})).
		WithPanel(graph(text{"Purchases in a batch", "How many purchases are settled at once, estimated from the buckets. Good: one or two while there is little to do, and more while the group catches up.", "short"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_invoices_batch_size_bucket{}[$__rate_interval])))`, "p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_invoices_batch_size_bucket{}[$__rate_interval])))`, "p99"})).
		WithPanel(graph(text{"Batches that are tried again", "By reason. Good: none. StoreUnavailable: MongoDB is away. Contended: replicas wait for one another. SeriesExhausted: there is no number left; set invoices.series to the next one.", "ops"},
			series{`sum by (reason) (rate(delivery_invoices_issue_retries_total{}[$__rate_interval]))`, "{{reason}}"})).
		WithPanel(graph(text{"E-mails of invoices by outcome", "Attempts. Good: sent. refused: the address, for good. not-taken: tried again later. in-doubt: the connection ended before the answer, so the e-mail is sent once more, and counts as resent. See the runbooks of DeliveryInvoiceMailsWait and DeliveryMailsBounce.", "ops"},
			series{`sum by (outcome) (rate(delivery_invoices_emails_total{}[$__rate_interval]))`, "{{outcome}}"},
			series{`sum(rate(delivery_invoices_emails_resent_total{}[$__rate_interval]))`, "resent"})).
		WithPanel(graph(text{"E-mails of invoices that wait", "Neither sent nor given up, counted by each replica for all. Good: few, and fewer again within minutes. Otherwise the mail server is away, or refuses.", "short"},
			series{`max(delivery_invoices_emails_waiting{})`, "waiting"})).
		WithRow(row("Notifications")).
		WithPanel(graph(text{"Notifications asked for, by source and outcome", "Over HTTP and from Kafka. Good: new; repeated: the same again, which makes no second one. Other outcomes say why it was refused; from Kafka, the record is then in dead-letters.", "ops"},
			series{`sum by (from, outcome) (rate(delivery_notifications_requests_total{}[$__rate_interval]))`, "{{from}} {{outcome}}"})).
		WithPanel(graph(text{"News by kind", "What customers are told of their purchases, invoices and deliveries. Good: as many approved as purchases, and as many invoiced as invoices.", "ops"},
			series{`sum by (kind) (rate(delivery_notifications_news_total{}[$__rate_interval]))`, "{{kind}}"})).
		WithPanel(graph(text{"Records that may be news, by topic and outcome", "news: somebody is told. none: nothing new. nobodys: not of a customer's delivery. Others say what is wrong with a record; see the runbook of DeliveryRecordsUnreadable.", "ops"},
			series{`sum by (topic, outcome) (rate(delivery_notifications_projected_records_total{}[$__rate_interval]))`, "{{topic}} {{outcome}}"})).
		WithPanel(graph(text{"To the page: changes published", "Changes of notifications that were written to Kafka for the page, by outcome. Good: sent alone. failed: tried again from MongoDB; Kafka is away.", "ops"},
			series{`sum by (outcome) (rate(delivery_notifications_changes_published_total{}[$__rate_interval]))`, "{{outcome}}"})).
		WithPanel(graph(text{"By e-mail: notifications by outcome", "Attempts. Good: sent. sent-again: the attempt before may have arrived too. later: tried again. bounced and failed: given up. See the runbooks of DeliveryNotificationMailsFail and DeliveryMailsBounce.", "ops"},
			series{`sum by (outcome) (rate(delivery_notifications_mails_total{}[$__rate_interval]))`, "{{outcome}}"})).
		WithPanel(graph(text{"Times of the notifications' e-mails", "delay: from the notification until its e-mail was sent; server: what the mail server took for one attempt. Good: p99 of the delay below five seconds. A slow server delays all.", "s"},
			series{`histogram_quantile(0.5, sum by (le) (rate(delivery_notifications_mail_delay_seconds_bucket{}[$__rate_interval])))`, "delay p50"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_notifications_mail_delay_seconds_bucket{}[$__rate_interval])))`, "delay p99"},
			series{`histogram_quantile(0.99, sum by (le) (rate(delivery_notifications_mail_duration_seconds_bucket{}[$__rate_interval])))`, "server p99"})).
		WithRow(row("What waits in Kafka")).
		WithPanel(graph(text{"Lag of the consumer groups", "Records after the offset that a group has committed. Good: near zero. It grows while a service is down, and falls fast once it is back. The notifications hold delivery.state of deliveries that nobody has bought, until more of it comes. See the runbook of DeliveryGroupStuck.", "short"},
			series{`sum by (group, topic) (delivery_invoices_consumer_group_lag_records{})`, "{{group}}: {{topic}}"},
			series{`sum by (group, topic) (delivery_notifications_consumer_group_lag_records{})`, "{{group}}: {{topic}}"})).
		WithPanel(graph(text{"Written against settled", "Purchases that Kafka has, those that were settled by the invoices, and those of which customers were told. Good: the lines lie on each other. A line that ends below: that service is away or held up.", "ops"},
			series{`sum(rate(delivery_purchases_records_written_total{topic="compra"}[$__rate_interval]))`, "written"},
			series{`sum(rate(delivery_invoices_records_total{}[$__rate_interval]))`, "settled by the invoices"},
			series{`sum(rate(delivery_notifications_projected_records_total{topic="compra"}[$__rate_interval]))`, "read for the news"}))
}
