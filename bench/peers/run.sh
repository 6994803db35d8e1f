#!/usr/bin/env bash
# run.sh [ARGUMENT…]: builds the peers and the product's programs, starts a Kafka on loopback, measures the fan-out and stops Kafka.
# With arguments: runs `code-delivery-bench fanout` once with them; without: runs everything that bench/README.md reports.
# Downloads everything with npm, go and cargo, in the versions pinned by the lock files, and caches it.
source "$(dirname "${BASH_SOURCE[0]}")/../../cluster/lib.sh"
source "$ROOT/cluster/java.sh"
cd "$ROOT"
sources=(bench/peers/{package.json,package-lock.json,relay.mjs,go.mod,go.sum,nats.conf} bench/peers/centrifuge)
PEERS=$CACHE/built/bench-peers-$(key "$(hash_of "${sources[@]}")" "$(go env GOVERSION)" "$(node --version)")
KAFKA=$CACHE/images/kafka/root/opt

peers() {
  if absent "$PEERS"; then
    cp bench/peers/{package.json,package-lock.json,relay.mjs,nats.conf} "$WORK"
    npm ci --prefix "$WORK" --omit=dev --no-audit --no-fund
    export CGO_ENABLED=0
    go -C bench/peers build -mod=readonly -trimpath -ldflags '-s -w' -o "$WORK/centrifuge" ./centrifuge
    go -C bench/peers build -mod=readonly -trimpath -ldflags '-s -w' -o "$WORK/nats-server" github.com/nats-io/nats-server/v2
    keep "$PEERS"
  fi
}

# start_kafka: starts a broker at $ADDRESS, with its files in $WORKING and its pid in $BROKER.
start_kafka() {
  local controller java=("$KAFKA/java/bin/java" @java.args -Xmx384m "-Dlog4j2.configurationFile=$ROOT/cluster/kafka/log4j2.properties")
  ADDRESS=127.0.0.1:$(free_port)
  controller=127.0.0.1:$(free_port)
  cat >"$WORKING/server.properties" <<E
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$controller
listeners=PLAINTEXT://$ADDRESS,CONTROLLER://$controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$WORKING/log
log.message.timestamp.type=LogAppendTime
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
E
  cd "$KAFKA/kafka"
  "${java[@]}" kafka.tools.StorageTool format -t QmVuY2hPZkNvZGVEZWxpdg -c "$WORKING/server.properties" >/dev/null
  "${java[@]}" kafka.Kafka "$WORKING/server.properties" >"$WORKING/broker.log" 2>&1 &
  BROKER=$!
  cd "$ROOT"
  for ((i = 0; i < 300; i++)); do
    if grep -q 'Kafka Server started' "$WORKING/broker.log"; then return; fi
    kill -0 "$BROKER" 2>/dev/null || break
    sleep 0.2
  done
  die "Kafka did not start; its log ends with: $(tail -n 5 "$WORKING/broker.log")"
}

# shellcheck disable=SC2317 # called by the trap
stop() {
  if [[ -n $BROKER ]]; then
    kill -TERM "$BROKER" 2>/dev/null || true
    wait "$BROKER" || true
  fi
  rm -rf "$WORKING"
}

bench() {
  printf '\n== fanout %s\n' "$*"
  "$CARGO_TARGET_DIR/release/code-delivery-bench" fanout --kafka "$ADDRESS" --peers "$PEERS" \
    --gateway "${GATEWAY:-$CARGO_TARGET_DIR/release/code-delivery-gateway}" "$@"
}

peers
if [[ ! -x $KAFKA/java/bin/java ]]; then bash cluster/build.sh kafka; fi
if [[ -z ${GATEWAY:-} ]]; then cargo build --release --locked -p delivery-bench -p delivery-gateway; fi
BROKER='' WORKING=$(mktemp -d)
trap stop EXIT
start_kafka
if (($# > 0)); then
  bench "$@"
  exit
fi
plain=gateway,relay,centrifuge,nats
batched=gateway-batch,gateway-binary,relay-batch,centrifuge-batch
status=0
bench --servers $plain,$batched --clients 200 --rate 400 --seconds 6 || status=1
bench --servers $plain --clients 1000 --rate 20 --deliveries 10 || status=1
bench --servers $plain,$batched --rounds 2 --clients 1000 --rate 100 --deliveries 50 --seconds 6 || status=1
bench --servers $plain,gateway-batch,relay-batch --rounds 2 --clients 200 --rate 400 --together 20 --seconds 6 || status=1
bench --servers gateway,gateway-latest --rounds 2 --clients 50 --rate 1000 || status=1
bench --servers gateway,gateway-latest --rounds 2 --clients 50 --rate 1000 --stalled 50 || status=1
bench --reconnects 10 || status=1
exit $status
