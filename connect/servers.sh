#!/usr/bin/env bash
# servers.sh: prints the folder with the programs that tests and benchmarks start: Kafka, Connect, Elasticsearch and OpenSearch. Their jars
# come from Maven, like every dependency. The folder is cached until one of the files that define its content changes.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT/cluster"
mkdir -p "$CACHE/built"
servers=$CACHE/built/connect-servers-$(hash_of elasticsearch/home.sh elasticsearch/*.xml elasticsearch/log4j2.properties connect/pom.xml kafka/pom.xml kafka/log4j2.properties)
if absent "$servers"; then
  for product in elasticsearch opensearch; do
    bash elasticsearch/home.sh "$product" "$WORK/$product" "$servers/$product"
  done >&2
  for program in kafka connect; do
    mvn -q -B -f "$program/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$WORK/$program"
  done >&2
  cp kafka/log4j2.properties "$WORK/"
  keep "$servers"
fi
echo "$servers"
