#!/usr/bin/env bash
# root.sh ROOT: installs Kafka in ROOT, which has the Java runtime in /opt/java: /opt/kafka (the jars, the agent that shows the metrics, the JVM's arguments). Then it starts
# the broker once, on loopback, and archives the classes that it loaded (AppCDS): with the archive the broker is ready in two seconds
# instead of five and uses less memory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../java.sh"
source "$here/agent.sh"
root=$(cd "$1" && pwd)
work=$(mktemp -d)
broker=
trap 'if [[ -n $broker ]]; then kill -TERM "$broker" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

mkdir -p "$root/opt/kafka"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$root/opt/kafka/libs"
cp "$here/log4j2.properties" "$root/opt/kafka/"
metrics_agent "$root/opt/kafka"
whole_seconds "$root/opt"

# The archive is valid only for exactly this class path, so the path is fixed: relative to /opt/kafka, and sorted.
cd "$root/opt/kafka"
cat >java.args <<E
-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError
-Xshare:auto -XX:SharedArchiveFile=kafka.jsa
-Dlog4j2.configurationFile=/opt/kafka/log4j2.properties -Dlog4j2.disable.jmx=true -Djava.awt.headless=true
-cp $(printf '%s\n' libs/*.jar | LC_ALL=C sort | paste -sd:)
E
{ echo "-Xmx96m -Dkafka.log.level=warn"; cat java.args; } >tool.args

client=$(free_port) controller=$(free_port)
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
E
arguments=(-Xmx256m -Dlog4j2.configurationFile="$here/log4j2.properties")
grep -v kafka.jsa java.args >"$work/java.args"
"$root/opt/java/bin/java" @"$work/java.args" "${arguments[@]}" kafka.tools.StorageTool format -t QXJjaGl2ZU9mQ2xhc3Nlcw -c "$work/server.properties"
# The time limit ends the broker even if this script is killed.
timeout 300 "$root/opt/java/bin/java" @"$work/java.args" "${arguments[@]}" -XX:ArchiveClassesAtExit=kafka.jsa kafka.Kafka "$work/server.properties" >"$work/broker.log" 2>&1 &
broker=$!
for ((i = 0; i < 300; i++)); do
  if grep -q 'Kafka Server started' "$work/broker.log"; then break; fi
  kill -0 "$broker" 2>/dev/null || break
  sleep 0.2
done
grep -q 'Kafka Server started' "$work/broker.log" || { cat "$work/broker.log" >&2; exit 1; }
# Write and read a topic, so that the archive includes the classes on that path.
tool() { "$root/opt/java/bin/java" @"$work/java.args" "${arguments[@]}" -Dkafka.log.level=warn "$@"; }
tool org.apache.kafka.tools.TopicCommand --bootstrap-server "127.0.0.1:$client" --create --topic archive --partitions 2
echo "a record" | tool org.apache.kafka.tools.ConsoleProducer --bootstrap-server "127.0.0.1:$client" --topic archive
tool org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "127.0.0.1:$client" --topic archive --from-beginning --max-messages 1
kill -TERM "$broker"
wait "$broker" || true
broker=
[[ -s kafka.jsa ]] || { echo "error: The JVM did not write the class data archive kafka.jsa." >&2; exit 1; }
