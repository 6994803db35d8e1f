#!/usr/bin/env bash
# run.sh [DOCUMENTS [ROUNDS [OUTAGE]]]: how fast the sink is beside a plain client of _bulk, and how soon it has caught up after OUTAGE
# seconds (default 60; 0 leaves that out) without the server. Starts a Kafka, a Connect and an Elasticsearch of its own on the loopback
# interface and ends them. Nothing else should run on the machine.
set -euo pipefail
cd "$(dirname "$0")/../../connect"
servers=$(bash servers.sh)
mvn -q -B -DskipTests package
exec java -Xmx512m -Dservers="$servers" -cp "target/test-classes:target/classes:$servers/connect/*" \
  dev.codedelivery.connect.it.SinkBenchmark "${1:-200000}" "${2:-3}" "${3:-60}"
