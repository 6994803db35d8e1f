#!/usr/bin/env bash
# root.sh ROOT KAFKA JAR: installs Kafka Connect with the sink (JAR, built by `mvn -f connect/pom.xml package`) in ROOT,
# which has the Java runtime in /opt/java: /opt/connect (the jars, the plugin, the agent that shows the metrics, the JVM's arguments). Then it starts a worker once, on
# loopback, against a broker from KAFKA (the root/ of Kafka's image), and archives the classes that it loaded (AppCDS).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../java.sh"
source "$here/../kafka/agent.sh"
root=$(cd "$1" && pwd)
kafka=$(cd "$2" && pwd)
work=$(mktemp -d)
broker='' worker=''
clean() {
  if [[ -n $worker ]]; then kill -TERM "$worker" 2>/dev/null || true; fi
  if [[ -n $broker ]]; then kill -TERM "$broker" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap clean EXIT

mkdir -p "$root/opt/connect/plugins/code-delivery"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$root/opt/connect/libs"
cp "$here/log4j2.properties" "$root/opt/connect/"
metrics_agent "$root/opt/connect"
cp "$3" "$root/opt/connect/plugins/code-delivery/"
whole_seconds "$root/opt"

# The archive is valid only for exactly this class path, so the path is fixed: relative to /opt/connect, and sorted.
# Half of the heap is the young generation: a record lives until its bulk request is answered, and should not be promoted before that.
cd "$root/opt/connect"
cat >java.args <<E
-XX:+UseSerialGC -XX:NewRatio=1 -XX:SurvivorRatio=3 -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError
-Xshare:auto -XX:SharedArchiveFile=connect.jsa
-Dlog4j2.configurationFile=/opt/connect/log4j2.properties -Dlog4j2.disable.jmx=true -Djava.awt.headless=true
-cp $(printf '%s\n' libs/*.jar | LC_ALL=C sort | paste -sd:)
E

client=$(free_port) controller=$(free_port) rest=$(free_port) away=$(free_port)
cat >"$work/server.properties" <<E
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$client,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$work/log
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
E
# broker_java ARGUMENT…: runs a program from Kafka's image. The time limit ends it even if this script is killed.
broker_java() {
  cd "$kafka/opt/kafka"
  exec timeout 300 "$kafka/opt/java/bin/java" @java.args -Xmx256m -Dlog4j2.configurationFile="$kafka/opt/kafka/log4j2.properties" "$@"
}
(broker_java kafka.tools.StorageTool format -t QXJjaGl2ZU9mQ2xhc3Nlcw -c "$work/server.properties")
(broker_java kafka.Kafka "$work/server.properties") >"$work/broker.log" 2>&1 &
broker=$!
for ((i = 0; i < 300; i++)); do
  if grep -q 'Kafka Server started' "$work/broker.log"; then break; fi
  kill -0 "$broker" 2>/dev/null || break
  sleep 0.2
done
grep -q 'Kafka Server started' "$work/broker.log" || { cat "$work/broker.log" >&2; exit 1; }
echo '{"deliveryId":"d","seq":1,"at":1795348800000}' |
  (broker_java -Dkafka.log.level=warn org.apache.kafka.tools.ConsoleProducer --bootstrap-server "127.0.0.1:$client" --topic archive)

sed "s/{{BOOTSTRAP}}/127.0.0.1:$client/; s/{{LISTENER}}/127.0.0.1:$rest/; s#/opt/connect/plugins#$root/opt/connect/plugins#" "$here/worker.properties" >"$work/worker.properties"
grep -v connect.jsa java.args >"$work/java.args"
timeout 300 "$root/opt/java/bin/java" @"$work/java.args" -Xmx128m -Dlog4j2.configurationFile="$here/log4j2.properties" -XX:ArchiveClassesAtExit=connect.jsa \
  org.apache.kafka.connect.cli.ConnectDistributed "$work/worker.properties" >"$work/worker.log" 2>&1 &
worker=$!
ask() { curl -sf --max-time 10 -o "$work/answer" -H 'Content-Type: application/json' "$@"; }
for ((i = 0; i < 300; i++)); do
  if ask "http://127.0.0.1:$rest/connectors"; then break; fi
  kill -0 "$worker" 2>/dev/null || break
  sleep 0.2
done
# Run a connector (its server is unreachable), so that the archive includes the classes on that path.
options="{\"connector.class\":\"dev.codedelivery.connect.ElasticsearchSinkConnector\",\"topics\":\"archive\",\"connection.url\":\"http://127.0.0.1:$away\",\"index\":\"archive\",\"index.mapping\":\"positions\",\"index.time.field\":\"at\",\"document.id.fields\":\"deliveryId,seq\"}"
ask -X PUT "http://127.0.0.1:$rest/connectors/archive/config" -d "$options" || { cat "$work/worker.log" >&2; exit 1; }
for ((i = 0; i < 50; i++)); do
  if ask "http://127.0.0.1:$rest/connectors/archive/status" && grep -q '"tasks":\[{"id":0,"state":"RUNNING"' "$work/answer"; then break; fi
  sleep 0.2
done
kill -TERM "$worker"
wait "$worker" || true
worker=
[[ -s connect.jsa ]] || { cat "$work/worker.log" >&2; echo "error: The JVM did not write the class data archive connect.jsa; see the worker's log above." >&2; exit 1; }
