//! The long texts of the help.

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

pub(crate) const TOPICS: &str = "\
Show the topics, their partitions, and the lag of the consumer groups.

  LEADERS  the brokers that lead the partitions; \"none\" for a partition without a leader
  IN-SYNC  whether all replicas are in sync
  OFFSETS  from the oldest offset to the end; a compacted topic has fewer records
  LAG      records that a consumer group has not read yet. The gateway's streams and the simulators read without a group";

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

The output shows which records Kafka still holds, and until when. The exit code is 1 if anything is left or could not be checked.
Deliveries that are started afterwards are not erased. Backups and logs are not covered; see docs/erasing.md.";

pub(crate) const ERASE_EXAMPLES: &str = "\
Examples:
  # Look first: what data of a courier exists, and how long Kafka would keep it
  kubectl delivery erase --courier moto-7 --dry-run

  # Erase what a client has requested, in a script
  kubectl delivery erase --client vX3kqQmT0rWbAAAB --yes -o json";

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
  kubectl delivery history --near -47.93,-15.83

  # Within a kilometre, in one hour of a certain day, of one courier
  kubectl delivery history --near -47.93,-15.83 --radius 1000 --since 2026-11-22T10:00:00Z --until 2026-11-22T11:00:00Z --courier moto-7

  # The deliveries of the last week, for a script
  kubectl delivery history -A --since 168h -o json";

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
positions are still missing after --sink-wait); broken. The exit code is 1 for behind and broken.";

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
  kubectl delivery verify -A --bootstrap-servers 127.0.0.1:30092";
