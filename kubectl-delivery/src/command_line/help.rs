//! The long texts of the help.

pub(crate) const EXIT_CODES: &str = "\
Exit codes of every command:
  0    it is done
  1    the answer is no, or something is not as asked: a fault was found, a delivery has failed or has ended already, data is left
  2    it could not be run: an argument is wrong, what it names does not exist, a server refuses or does not answer
  130  it was interrupted";

pub(crate) const LIST_EXAMPLES: &str = "\
Examples:
  # What is under way in all namespaces, and where
  kubectl delivery list -A --field-selector status.phase=Running -o wide";

pub(crate) const START_EXAMPLES: &str = "\
Examples:
  # Start a delivery on the route primeiro, by its name in the namespace
  kubectl delivery start primeiro --courier moto-7 --vehicle motorcycle

  # Drive at a constant 40 km/h, and wait until the delivery has ended
  kubectl delivery start primeiro --speed-kmh 40 --wait";

pub(crate) const WATCH: &str = "\
Show the progress of deliveries: in a terminal a live table with progress bars, otherwise one line per change. ETA is the time
left or, for a finished delivery, the time that it took. Stop with ctrl-C.

The status of a delivery is updated every few seconds. For every position, use the map or read Kafka.";

pub(crate) const WATCH_EXAMPLES: &str = "\
Examples:
  # All deliveries in the namespace
  kubectl delivery watch

  # In a script: wait for two deliveries, and fail if one fails
  kubectl delivery watch primeiro segundo --until-finished";

pub(crate) const SUSPEND_EXAMPLES: &str = "\
Examples:
  # Suspend and resume a delivery; the time in between does not count
  kubectl delivery suspend primeiro
  kubectl delivery resume primeiro";

pub(crate) const MAP: &str = "\
Print the address of the map, or open it.

Without --gateway, a port of this machine leads to a pod of the gateway, through the API server, until the command is interrupted.
This needs create on pods/portforward in the operator's namespace. Nobody else can reach the port.";

pub(crate) const MAP_EXAMPLES: &str = "\
Examples:
  # Open the map in the browser
  kubectl delivery map --open";

pub(crate) const TOPICS: &str = "\
Show the topics, their partitions, and the lag of the consumer groups.

  LEADERS  the brokers that lead the partitions; \"none\" for a partition without a leader
  IN-SYNC  whether all replicas are in sync
  OFFSETS  from the oldest offset to the end; a compacted topic has fewer records
  LAG      records that a consumer group has not read yet. The gateway's streams and the simulators read without a group

The topics of purchases, invoices and notifications are shown if Kafka has any of them.";

pub(crate) const LETTERS_EXAMPLES: &str = "\
Examples:
  # The dead letters of the last hour, with the reasons
  kubectl delivery dead-letters --since 1h

  # With the values of the records
  kubectl delivery dead-letters -o json

  # And new ones as they arrive
  kubectl delivery dead-letters --follow";

pub(crate) const ERASE: &str = "\
Erase a person's deliveries everywhere, permanently.

Finds them in Kubernetes, Kafka, MongoDB and Elasticsearch, shows them, and asks for confirmation. Then it adds their ids to the
list of erased ids, the topic delivery.erased, and waits: the operator deletes the objects (which ends deliveries that are under
way) and removes plans and states from Kafka, the gateway removes them from its memory and from MongoDB, the sink removes them
from Elasticsearch. Services that read Kafka again from the beginning skip the ids on the list.

With --customer, a customer is also forgotten in purchases, invoices and notifications, whose services read that from the topic
customer.erased, and skip what was bought before if they read it again. Invoices keep what the law demands of fiscal documents:
number, access key, items, amounts; name and address are taken out.

The output shows which records Kafka still holds, and until when. The exit code is 1 if anything is left or could not be checked.
Deliveries that are started afterwards are not erased. Backups and logs are not covered; see docs/erasing.md.";

pub(crate) const ERASE_EXAMPLES: &str = "\
Examples:
  # Look first: what data of a courier exists, and how long Kafka would keep it
  kubectl delivery erase --courier moto-7 --dry-run

  # Forget a customer: purchases, invoices, notifications, and the deliveries of the purchases
  kubectl delivery erase --customer customer7@example.com

  # Erase what a client has requested, in a script
  kubectl delivery erase --client vX3kqQmT0rWbAAAB --yes -o json";

pub(crate) const GRAPH: &str = "\
Show who talks to whom in the service mesh, and how: what Kiali's graph would draw, from the same queries to Prometheus.

  REQUESTS/S  requests over HTTP or gRPC. A WebSocket is one, counted when it ends
  SENT/S      bytes over TCP from the one that has connected; a message to Kafka is sent
  RECEIVED/S  bytes over TCP back to it
  SUCCESS     the part of the requests that succeeded. 4xx, 5xx, a gRPC status other than OK and no response are failures
  P50 …       how long requests took: median, 95th and 99th percentile
  MTLS        the part of the traffic under mutual TLS; \"-\" if the other end does not report, as a server outside of the mesh
  HEALTH      by Kiali's default tolerances

Each workload is a node, and so is each Delivery. With --collapse all workloads of a service are one, such as all simulators. A server
outside of the mesh is its Service. -o svg draws a picture, with a padlock on what is under mutual TLS; -o dot is for Graphviz.

The namespaces are those of the installation, or the one that -n names. Where the proxy is not Istio's own, the metrics come from access
logs, under the same names.

The exit code is 1 if there is no mesh, or was no traffic, and 2 if Prometheus cannot be asked.";

pub(crate) const GRAPH_EXAMPLES: &str = "\
Examples:
  # All simulators as one node, over the last ten minutes
  kubectl delivery graph --collapse --window 10m

  # As a picture
  kubectl delivery graph -o svg

  # Refreshed every five seconds; stop with ctrl-C
  kubectl delivery graph --watch";

pub(crate) const CHECK: &str = "\
Check everything that must be right, line by line, with the way out of what is not.

  ✓  right
  !  a warning: worth knowing, everything works
  ✗  wrong
  -  skipped: switched off in this installation, or you may not read it

Checks the API server (version, clock), the CRDs, what you may do, the Deployments and their versions, the operator's leader, what the
services say at /readyz, the gateway through the API server's proxy, Kafka's brokers, MongoDB and Elasticsearch as the gateways report
them, Kafka's topics, KafkaConnectors and their tasks (which keep the index templates in place), the objects for Prometheus, the canary,
and deliveries that are stuck.
In a mesh also: whether each pod has a proxy that is ready and in sync with istiod, mutual TLS (the policy, and what Prometheus has seen),
the authorization policies, and whether routes and gateways of the Gateway API are accepted.

Kafka is asked from here if its brokers can be reached. Otherwise its topics are skipped, unless --from-cluster or
--bootstrap-servers is given; the operator's lines show what it says of Kafka and the topics in any case.

The exit code is 0 if nothing is wrong, 1 if something is, and 2 if the check could not be run.";

pub(crate) const CHECK_EXAMPLES: &str = "\
Examples:
  # Check the installation that runs the deliveries of the namespace
  kubectl delivery check

  # After an installation: wait until everything is right
  kubectl delivery check --wait 5m

  # Also check the topics, through a Job in the cluster, for a script
  kubectl delivery check --from-cluster -o json";

pub(crate) const TOP: &str = "\
Show deliveries, positions per second, their ages, lag and clients: in a terminal refreshed every few seconds, otherwise once. The
numbers come from the metrics of the services, through the API server; rates and ages are those of the last interval.

  DELIVERIES    the objects by phase, counted by the leading operator
  POSITIONS     positions read from Kafka. Every gateway reads all of them, so this is the rate of the fastest
  AGE           from when a position was due until it was written to a client: median and 99th percentile
  LAG           positions in Kafka that have not been read yet, by the gateway that lags most
  CLIENTS       open WebSocket connections
  SENT          positions written to clients
  CONFLATED     positions that slow clients were spared, because newer ones replaced them
  DEAD LETTERS  start requests and commands that were rejected, since the operators started
  BAD RECORDS   records that could not be used, since the gateways started

Below are the gateways one by one, and the consumer groups, those of invoices and notifications among them: LAG is the number of
records after the offset that a group has committed.

Pods that cannot be scraped are named below the numbers, which are then without them. The exit code is 2 if none can be.";

pub(crate) const TOP_EXAMPLES: &str = "\
Examples:
  # Refreshed every two seconds; stop with ctrl-C
  kubectl delivery top

  # Once, measured over ten seconds
  kubectl delivery top --once --interval 10s

  # For a script
  kubectl delivery top -o json";

pub(crate) const TRACE: &str = "\
Show what was done for a delivery, from the request to the screen, as a waterfall: a line per span, with its beginning and its duration.

  start request    (gateway) a client asked for it, until Kafka had the request
  serve request    (operator) from then until the Delivery and its plan existed
  accept           (operator) its first plan was published; for a Delivery that was applied, since its creation
  create pod       (operator) with the number of the attempt
  start, resume    (simulator) from the beginning of the process until Kafka had its first position
  drive            (simulator) the same, until the last position or the end of the process; recorded when it ends
  first broadcast  (gateway) from when the first position was due until it was published to all clients; one per gateway
  first document   (sink) from when Kafka had the first record until its document was in the index; one per connector

A delivery that was bought is part of the trace of its purchase, with what was done for its payment, its invoice and its e-mails.

A span that failed is marked ✗, and the line below says why; one with ! is what happened in the meantime.

The spans come from Jaeger, if the installation records traces (tracing.endpoint and tracing.query in the values of the chart).

The exit code is 1 if Jaeger has no trace of the delivery, and 2 if it cannot be asked.";

pub(crate) const TRACE_EXAMPLES: &str = "\
Examples:
  # What took how long
  kubectl delivery trace primeiro

  # Redrawn while it is under way; stop with ctrl-C
  kubectl delivery trace primeiro --watch

  # With the pods, from a Jaeger that the installation does not name
  kubectl delivery trace primeiro -o wide --jaeger http://10.85.0.1:29686

  # For a script
  kubectl delivery trace primeiro -o json";

pub(crate) const COMPLETION: &str = "\
Print the completion script for a shell, for the program's own name, kubectl-delivery.

To complete kubectl delivery, kubectl runs a program named kubectl_complete-delivery from the PATH. Link that name to this program:

  ln -s \"$(command -v kubectl-delivery)\" /usr/local/bin/kubectl_complete-delivery

This needs kubectl's own completion (see kubectl completion --help), and also completes the names of routes and deliveries.

  # bash
  kubectl delivery completion bash > /etc/bash_completion.d/kubectl-delivery
  # zsh
  kubectl delivery completion zsh > \"${fpath[1]}/_kubectl-delivery\"
  # fish
  kubectl delivery completion fish > ~/.config/fish/completions/kubectl-delivery.fish";

pub(crate) const HISTORY: &str = "\
Show past deliveries, or deliveries that passed near a point. The data comes from Elasticsearch, through the gateway.

Without --near, the deliveries that were ordered in the period, newest first:
  STARTED   how long ago it started
  TOOK      the time from its start to its end
  LATE      how much later it arrived than planned, because it waited for its start or was suspended

With --near, the deliveries with a position inside the circle:
  PASSED     how long ago it was last inside
  FOR        the time from its first to its last position inside
  POSITIONS  the number of positions inside
  NEAREST    the distance of the nearest position";

pub(crate) const HISTORY_EXAMPLES: &str = "\
Examples:
  # What passed within 100 m of a point since yesterday, longitude first
  kubectl delivery history --near -47.92923,-15.82594

  # Within a kilometre, in one hour of a certain day, of one courier
  kubectl delivery history --near -47.92923,-15.82594 --radius 1000 --since 2026-11-22T10:00:00Z --until 2026-11-22T11:00:00Z --courier moto-7

  # The deliveries of the last week, for a script
  kubectl delivery history -A --since 168h -o json";

pub(crate) const PURCHASE: &str = "\
Buy, and follow what becomes of each purchase: in a terminal a live table, otherwise a line per change.

  PAID      whether the payment was approved; then the purchase is written to the topic compra
  INVOICE   the number of the invoice, which another service issues when it has read the purchase there
  E-MAIL    whether the invoice was mailed: pending, sending, sent, bounced or failed
  DELIVERY  with --route: the Delivery that the purchase has asked for, and its phase
  NOTIFIED  what the customer was told since the purchase

A purchase is through when it has all of that; what the installation has switched off is not waited for. A service that is away delays
what it does, and nothing else: buy while it is scaled to zero, and watch it catch up afterwards.

The exit code is 1 if a payment is refused, an e-mail or a delivery fails, or something is missing after --timeout.";

pub(crate) const PURCHASE_EXAMPLES: &str = "\
Examples:
  # Buy a coffee, and follow it
  kubectl delivery purchase

  # A hundred purchases by a hundred customers
  kubectl delivery purchase --count 100

  # Two teas for one customer, in English, delivered along the route with the id 2
  kubectl delivery purchase --customer ana@example.com --language en --product tea --quantity 2 --route 2 --until-finished

  # Through the address that leads to the services, for a script
  kubectl delivery purchase --count 10 --entrance http://127.0.0.1:30080 -o json";

pub(crate) const VERIFY: &str = "\
Prove from the log that no position of any delivery is lost, out of order or wrong.

Reads the topics delivery.plan, delivery.state, route.catalogue and route.new-position up to their ends at the start of the
command, and recomputes every position from the plan and the route. It relies on nothing else.

  POSITIONS  distinct positions in the log
  GAPS       positions that must be in the log and are missing
  REPEATS    records that repeat an earlier one, byte for byte; harmless, readers drop them
  REORDERED  positions that first appear after a later one
  WRONG      records that differ from what the plan and the route yield, including repeats that are not byte-identical
  LATE-MAX   the longest delay from when a position was due until the broker appended it; after an outage, its length
  FINISHED   how often, not counting repeats, the log says that the vehicle has arrived

Verdicts: complete; running, suspended, cancelled or failed (not at its end, no fault so far); truncated (retention has
removed the first positions, no fault in the rest); unverifiable (the plan or the route is gone, or belongs to another
release); broken. The exit code is 1 if a delivery is broken, 2 if nothing could be verified, otherwise 0. With --strict it is
1 for every verdict other than complete.

With --sink, each position is also compared with the index in Elasticsearch, through the gateway:

  INDEXED    positions in the index
  MISSING    positions of the log that the index lacks, although it keeps their day or an older one
  DOUBLED    positions that the index has more than once
  DIFFERENT  positions with other coordinates, another time or another course than in the log
  EXTRA      positions that the log lacks, although nothing was removed from it there
  EXPIRED    (-o wide) positions of the log from days that the index no longer keeps

Verdicts: same (each of the log's positions once, and nothing else; positions that the log no longer keeps are not compared);
expired (same, except for days that the index no longer keeps); erased (nothing is left of an erased delivery); behind (the last
positions are still missing after --sink-wait); broken. The exit code is 1 for behind and broken.

With --purchases, the purchases are verified instead: what the services of purchases and invoices have is compared with the topics
compra and invoice.issued and, with --mail-server, with the mails that have arrived:

  EVENTS    purchases that are in compra, with the same content
  REPEATS   events that repeat an earlier one; harmless, readers drop them
  INVOICES  invoices; one per approved purchase, the numbers from 1 without gaps and without repeats, with valid access keys
  SENT      invoices whose e-mail a mail server has taken
  BOUNCED   invoices whose e-mail was refused for good, with the reason

Verdicts: complete; behind (something has not come after --purchases-wait); broken. The first offender is named in a sentence, -o wide
names more. What is bought meanwhile must be right, but is not waited for. The exit code is 1 for behind and broken.";

pub(crate) const VERIFY_EXAMPLES: &str = "\
Examples:
  # Verify all deliveries of the namespace
  kubectl delivery verify

  # Verify deliveries that were under way in the last hour, in all namespaces
  kubectl delivery verify -A --since 1h

  # In a script: fail unless this delivery is complete
  kubectl delivery verify --delivery primeiro --strict -o json

  # Also compare the index with the log
  kubectl delivery verify -A --sink

  # Read Kafka directly, without the cluster's API server
  kubectl delivery verify -A --bootstrap-servers 127.0.0.1:30092

  # Every purchase one event, one invoice, one e-mail; compare with the mails that arrived
  kubectl delivery verify --purchases --mail-server http://127.0.0.1:30080/mail";
