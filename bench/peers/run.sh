#!/usr/bin/env bash
# run.sh [ARGUMENT…]: builds the peers and the product's programs, starts a Kafka on loopback, measures the fan-out and stops Kafka.
# With `grid` and further arguments: runs `code-delivery-bench grid` with them, which resumes. With `simulator` and further arguments: measures one
# simulator process beside the benchmark of Kafka's client library. With `overhead` and further arguments: measures what its metrics cost our gateway;
# with `scrape`: how long they take to be read. With other arguments: `code-delivery-bench fanout` once. Without: everything else that bench/README.md
# reports.
# Downloads everything with npm, go and cargo, in the versions pinned by the lock files, and caches it.
source "$(dirname "${BASH_SOURCE[0]}")/../../cluster/lib.sh"
source "$ROOT/cluster/java.sh"
cd "$ROOT"
sources=(bench/peers/{package.json,package-lock.json,relay.mjs,go.mod,go.sum,nats.conf} bench/peers/centrifuge)
PEERS=$CACHE/built/bench-peers-$(key "$(hash_of "${sources[@]}")" "$(go env GOVERSION)" "$(node --version)")
CENTRIFUGO=$CACHE/built/bench-centrifugo-$(key "$(hash_of bench/peers/centrifugo)" "$(go env GOVERSION)")
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

# centrifugo: builds Centrifugo, of the version and content pinned in go.mod and go.sum, with the dependencies that its own go.sum pins.
centrifugo() {
  local source
  if absent "$CENTRIFUGO"; then
    source=$(cd bench/peers/centrifugo && go mod download -json github.com/centrifugal/centrifugo/v6 | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    CGO_ENABLED=0 go -C "$source" build -mod=readonly -trimpath -ldflags '-s -w' -o "$WORK/centrifugo" .
    keep "$CENTRIFUGO"
  fi
}

# library: builds rdkafka_performance from the sources of Kafka's client library that the product is built from. Without TLS, of which it uses nothing.
library() {
  local source
  source=$(cargo metadata --locked --filter-platform "$(rustc -vV | sed -n 's/^host: //p')" --format-version 1 |
    python3 -c 'import json, sys; print(*(of["manifest_path"] for of in json.load(sys.stdin)["packages"] if of["name"] == "rdkafka-sys"))')
  source=${source%/Cargo.toml}/librdkafka
  LIBRARY=$CACHE/built/bench-library-$(key "$(hash_of "$source/src" "$source/examples/rdkafka_performance.c")")
  if absent "$LIBRARY"; then
    cp -r "$source" "$WORK/source"
    chmod -R u+w "$WORK/source"
    (cd "$WORK/source" && ./configure --disable-ssl --disable-gssapi --disable-zstd --disable-curl --disable-lz4-ext)
    make -C "$WORK/source/src" -j "$(nproc)" librdkafka.a
    make -C "$WORK/source/examples" rdkafka_performance
    mv "$WORK/source/examples/rdkafka_performance" "$WORK/"
    rm -rf "$WORK/source"
    keep "$LIBRARY"
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
  "$CARGO_TARGET_DIR/release/code-delivery-bench" fanout --kafka "$ADDRESS" --peers "$WORKING/peers" --gateway "$GATEWAY" "$@"
}

# grid ARGUMENT…: goes on with the grid of this commit, or of $RESULTS.
grid() {
  local results=${RESULTS:-$CACHE/bench/grid-$(git rev-parse --short HEAD).jsonl}
  mkdir -p "$(dirname "$results")"
  "$CARGO_TARGET_DIR/release/code-delivery-bench" grid --results "$results" --kafka "$ADDRESS" --peers "$WORKING/peers" --gateway "$GATEWAY" "$@"
}

# simulator ARGUMENT…: one simulator process without pacing.
simulator() {
  library
  cargo build --release --locked -p delivery-bench -p delivery-simulator
  start_kafka
  "$CARGO_TARGET_DIR/release/code-delivery-bench" simulator --simulator "$CARGO_TARGET_DIR/release/code-delivery-simulator" \
    --peer "$LIBRARY/rdkafka_performance" --kafka "$ADDRESS" "$@"
}

# ours MEASUREMENT ARGUMENT…: measures our gateway, without peers.
ours() {
  cargo build --release --locked -p delivery-bench -p delivery-gateway
  start_kafka
  "$CARGO_TARGET_DIR/release/code-delivery-bench" "$1" --kafka "$ADDRESS" --gateway "$CARGO_TARGET_DIR/release/code-delivery-gateway" "${@:2}"
}

# overhead ARGUMENT…: our gateway beside one that counts nothing of every position.
overhead() {
  cargo build --release --locked -p delivery-bench -p delivery-gateway --features delivery-gateway/unmeasured
  cp "$CARGO_TARGET_DIR/release/code-delivery-gateway" "$WORKING/unmeasured"
  ours overhead --without "$WORKING/unmeasured" "$@"
}

floor() {
  printf '\n== floor %s\n' "$*"
  "$CARGO_TARGET_DIR/release/code-delivery-bench" floor "$@"
}

if [[ ! -x $KAFKA/java/bin/java ]]; then bash cluster/build.sh kafka; fi
# Ten thousand clients in one process, and as many connections in another.
ulimit -Sn "$(ulimit -Hn)"
BROKER='' WORKING=$(mktemp -d)
trap stop EXIT
if [[ ${1:-} == simulator ]]; then
  simulator "${@:2}"
  exit
fi
if [[ ${1:-} == overhead ]]; then
  overhead "${@:2}"
  exit
fi
if [[ ${1:-} == scrape ]]; then
  ours "$@"
  exit
fi
peers
# The defaults include Centrifugo.
if [[ $* == *centrifugo* || ${1:-grid} == grid && $* != *--servers* ]]; then centrifugo; fi
if [[ -z ${GATEWAY:-} ]]; then cargo build --release --locked -p delivery-bench -p delivery-gateway; fi
GATEWAY=${GATEWAY:-$CARGO_TARGET_DIR/release/code-delivery-gateway}
mkdir "$WORKING/peers"
ln -s "$PEERS"/* "$WORKING/peers/"
if [[ -d $CENTRIFUGO ]]; then ln -s "$CENTRIFUGO/centrifugo" "$WORKING/peers/"; fi
start_kafka
if [[ ${1:-} == grid ]]; then
  grid "${@:2}"
  exit
fi
if (($# > 0)); then
  bench "$@"
  exit
fi
plain=gateway,relay,centrifuge,centrifugo,nats
batched=gateway-batch,gateway-binary,relay-batch,centrifuge-batch
status=0
bench --servers $plain,$batched --clients 200 --rate 400 --seconds 6 || status=1
bench --servers $plain --clients 1000 --rate 20 --deliveries 10 || status=1
floor --clients 1000 --rate 20 || status=1
bench --servers $plain,$batched --rounds 2 --clients 1000 --rate 100 --deliveries 50 --seconds 6 || status=1
bench --servers $plain,gateway-batch,relay-batch --rounds 2 --clients 200 --rate 400 --together 20 --seconds 6 || status=1
bench --servers gateway,gateway-latest --rounds 2 --clients 50 --rate 1000 || status=1
bench --servers gateway,gateway-latest --rounds 2 --clients 50 --rate 1000 --stalled 50 || status=1
bench --reconnects 10 || status=1
exit $status
