#!/usr/bin/env bash
# run.sh [DOCUMENTS [ROUNDS [OUTAGE]]]: compares the sink's throughput with a plain _bulk client's, and measures how long it takes to catch up
# after OUTAGE seconds (default 60; 0 skips this) without the server. Starts a Kafka, a Connect and an Elasticsearch on the loopback
# interface and stops them. The machine should be otherwise idle.
set -euo pipefail
cd "$(dirname "$0")/../../connect"
servers=$(bash servers.sh)
mvn -q -B -DskipTests package
exec java -Xmx512m -Dservers="$servers" -cp "target/test-classes:target/classes:$servers/connect/*" \
  dev.codedelivery.connect.it.SinkBenchmark "${1:-200000}" "${2:-3}" "${3:-60}"
