# shellcheck shell=bash
# The JMX exporter, as an agent of Kafka's and Kafka Connect's JVM. Sourced, never run.

JMX_EXPORTER=1.0.1

# metrics_agent FOLDER: puts the agent there, as agent.jar. Its rules are in the chart laptop.
metrics_agent() {
  mvn -q -B dependency:copy -Dartifact="io.prometheus.jmx:jmx_prometheus_javaagent:$JMX_EXPORTER" -DoutputDirectory="$1" -Dmdep.stripVersion=true
  mv "$1/jmx_prometheus_javaagent.jar" "$1/agent.jar"
}
