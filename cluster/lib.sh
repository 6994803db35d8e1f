# shellcheck shell=bash disable=SC2034
# Shared by the scripts in this folder: paths, addresses, progress, messages, the content-addressed cache. Sourced, never run.
set -euo pipefail
shopt -s inherit_errexit
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${CODE_DELIVERY_CACHE:-/var/cache/code-delivery} # build results; kept by `make demo-down`
STATE=${CODE_DELIVERY_STATE:-/var/lib/code-delivery}   # the node and its data; removed by `make demo-down`
export CARGO_TARGET_DIR=$CACHE/target

# The cluster's networks. They cannot be reached from outside this machine, and have no route to the outside.
POD_NETWORK=10.85.0.0/16
NODE_IP=10.85.0.1
SERVICE_NETWORK=10.96.0.0/16
API_SERVICE_IP=10.96.0.1
DNS_SERVICE_IP=10.96.0.10
BRIDGE=codedelivery0
NODE=code-delivery
NAMESPACE=code-delivery
DATA_NAMESPACE=code-delivery-data
MESH_NAMESPACE=istio-system # only with MESH=1, as the two images of Istio and the two beside it
MESH_IMAGES=(istiod proxy collector probe)
MAP_PORT=30080     # the entrance, which leads to the map and to all services
GATEWAY_PORT=30081 # the gateway alone, for tests of it
KAFKA_PORT=30092
GRAFANA_PORT=30300 # only with GRAFANA=1
PROMETHEUS_PORT=29090 # outside the NodePorts: the API server never gives it to a Service
ALERTMANAGER_PORT=29093 # likewise
JAEGER_PORT=29686 # likewise, as the next two; only with TRACES=1
JAEGER_GRPC_PORT=29685
OTLP_PORT=29318
NOBODY=65532 # the user of every container

# What the demo needs, in GiB: disk space for the first build, for later ones and for the node with its data; free memory. README.md says so too.
FIRST_BUILD_SPACE=17
BUILD_SPACE=3
STATE_SPACE=4
FREE_MEMORY=4

# The product's images. Each is built from the crate delivery-<name>, and its Containerfile is in that crate's folder.
PRODUCT=(operator simulator gateway canary connector-operator purchases invoices notifications)

BIN=$CACHE/bin # links to kubectl, helm and the node's program of this checkout
SOCKET=$STATE/run/containerd.sock
IMAGE_PREFIX=localhost/code-delivery

# say SENTENCE: prints one line; inside a step, the last such line is also shown next to the step's duration.
say() {
  printf '%s\n' "$*"
  if [[ -n ${STEP_NOTE:-} ]]; then printf '%s\n' "$*" >"$STEP_NOTE"; fi
}

# die SENTENCE: prints what is wrong and how to fix it, and exits with 1.
die() {
  printf 'error: %s\n' "$*" >&2
  if [[ -n ${STEP_NOTE:-} ]]; then printf '%s\n' "$*" >"$STEP_NOTE.error"; fi
  exit 1
}

# forecast demo | test: prints what a run will take and need, before it begins.
forecast() {
  local space=$BUILD_SPACE
  if [[ -e $BIN/kubernetes ]]; then
    echo "What has not changed since the last build is used again: if nothing has, the cluster runs in a minute or two."
  else
    echo "The first build compiles everything from source, which takes 17 to 20 minutes on two cores, and up to 40 on a slow machine. Later ones take only as long as what has changed."
    space=$FIRST_BUILD_SPACE
  fi
  if [[ $1 == demo ]] && in_mesh; then echo "With MESH=1 the first build also compiles Istio, which takes about a quarter of an hour, and every pod needs 60 MiB more."; fi
  if [[ $1 == test ]]; then echo "The tests then take about an hour on two cores."; fi
  echo "Needed: $FREE_MEMORY GiB of free memory, $space GiB of free disk space in $CACHE for the build, $STATE_SPACE GiB in $STATE for the cluster and its data."
}

# doing LOG: prints what a step is doing: the last line of its log that is not empty, without colours and control characters.
doing() {
  tail -c 4096 "$1" 2>/dev/null | tr '\r' '\n' | sed -e 's/\x1b\[[0-9;]*[A-Za-z]//g' -e 's/[[:cntrl:]]//g' -e 's/^ *//' | grep -v '^$' | tail -n 1 || true
}

# ticker TITLE LOG: shows the duration of a step and what it is doing, until it is killed: on a terminal in the step's line, every second; otherwise
# in a line of its own, every $PROGRESS_SECONDS.
ticker() {
  local began=$SECONDS every=1 due columns=0 room text
  if [[ -t 1 ]]; then { columns=$(stty size <&3 2>/dev/null | cut -d ' ' -f 2 || true); } 3>&1; else every=${PROGRESS_SECONDS:-60}; fi
  due=$((began + every))
  # A sleep that is left behind for a second must not keep a pipe open.
  while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    if ((SECONDS < due)); then continue; fi
    due=$((due + every))
    text=$(doing "$2")
    if [[ -t 1 ]]; then
      # The duration takes eight columns, and the last one stays empty, so that the line never wraps.
      room=$((${columns:-0} - ${#1} - 9))
      printf '\r%s%5ds  %s\e[K' "$1" $((SECONDS - began)) "${text:0:$((room > 0 ? room : 0))}"
    else
      printf '%5ds  … %s\n%s' $((SECONDS - began)) "${text:0:120}" "$1"
    fi
  done
}

# step NAME COMMAND…: runs one of $STEPS steps with its output in a log, and prints its name, its duration and its last message. Meanwhile it shows
# what the step is doing.
step() {
  local began=$SECONDS log slug title line
  STEP=$((${STEP:-0} + 1))
  slug=$(tr -cs 'a-zA-Z0-9' '-' <<<"${1,,}")
  log=$CACHE/log/$(printf '%02d' "$STEP")-${slug%-}.log
  printf -v title '[%2d/%d] %-36s' "$STEP" "${STEPS:?}" "$1"
  export STEP_NOTE=$CACHE/log/.note
  rm -f "$STEP_NOTE" "$STEP_NOTE.error"
  printf '%s' "$title"
  : >"$log"
  ticker "$title" "$log" &
  TICKER=$!
  # A process group of its own, so that an interruption ends all of its processes at once.
  set -m
  "${@:2}" >"$log" 2>&1 </dev/null &
  STEP_GROUP=$!
  set +m
  if wait "$STEP_GROUP"; then line=$(cat "$STEP_NOTE" 2>/dev/null || true); else line=failed; fi
  STEP_GROUP=
  kill "$TICKER" 2>/dev/null || true
  wait "$TICKER" 2>/dev/null || true
  if [[ -t 1 ]]; then printf '\r%s\e[K' "$title"; fi
  printf '%5ds  %s\n' $((SECONDS - began)) "$line"
  if [[ $line == failed ]]; then
    if [[ -s $STEP_NOTE.error ]]; then cat "$STEP_NOTE.error"; else tail -n 25 "$log"; fi >&2
    printf 'Full log: %s\nFix the problem and run the same command again; it resumes with this step.\n' "$log" >&2
    exit 1
  fi
  unset STEP_NOTE
}

# interrupted: the handler for INT, TERM and HUP: ends the running step with all its processes, then the script.
interrupted() {
  trap '' INT TERM
  if [[ -n ${TICKER:-} ]]; then kill "$TICKER" 2>/dev/null || true; fi
  if [[ -n ${STEP_GROUP:-} ]]; then
    kill -TERM -- "-$STEP_GROUP" 2>/dev/null || true
    wait "$STEP_GROUP" 2>/dev/null || true
  fi
  printf '\nInterrupted. Run the same command again to resume with this step.\n' >&2
  exit 130
}

# ahead COMMAND…: starts it beside the following steps, with its output in ahead.log.
ahead() {
  set -m
  IS_AHEAD=1 "$@" >"$CACHE/log/ahead.log" 2>&1 </dev/null &
  AHEAD=$!
  set +m
}

# end_ahead: the handler for EXIT: ends what was started ahead, with all its processes.
end_ahead() {
  if [[ -n ${AHEAD:-} ]]; then kill -TERM -- "-$AHEAD" 2>/dev/null || true; fi
}

# once LOCK COMMAND…: runs it when no other process is running a command with this LOCK, a file; until then a step shows what
# was begun ahead. The command and its processes do not hold the lock.
once() {
  local follower waiting=$BASHPID # in the background it would be the follower's own
  exec 9>"$1"
  if ! flock --nonblock 9; then
    echo "This was begun beside the earlier steps; see $CACHE/log/ahead.log."
    # What is ahead itself would follow its own output, without end.
    if [[ -z ${IS_AHEAD:-} ]]; then
      tail -n 1 -f --pid="$waiting" "$CACHE/log/ahead.log" 2>/dev/null 9>&- &
      follower=$!
    fi
    flock 9
    if [[ -n ${follower:-} ]]; then
      kill "$follower" 2>/dev/null || true
      wait "$follower" 2>/dev/null || true
    fi
  fi
  "${@:2}" 9>&-
  exec 9>&-
}

# brokers: prints the number of the demo's Kafka brokers: BROKERS for a new data directory, the previous number for an existing one.
brokers() {
  local kept=${BROKERS:-1}
  if [[ -s $STATE/data/kafka-brokers ]]; then
    kept=$(cat "$STATE/data/kafka-brokers")
  elif [[ -s $STATE/data/kafka-cluster-id ]]; then
    kept=1
  fi
  [[ $kept == [13] ]] || die "BROKERS is $kept, but only 1 and 3 are supported; choose one of them."
  [[ ${BROKERS:-$kept} == "$kept" ]] || die "This demo's Kafka was created with BROKERS=$kept. To change that, run make demo-down first, which deletes its data; otherwise omit BROKERS."
  printf '%s' "$kept"
}

# records_traces: true if the demo records traces: TRACES=1 or TRACES=0, otherwise as the last time.
records_traces() {
  local kept
  kept=${TRACES:-$(cat "$STATE/traces" 2>/dev/null || echo 0)}
  [[ $kept == [01] ]] || die "TRACES is $kept, but only 1 (record traces) and 0 are supported; choose one of them, or omit it."
  [[ $kept == 1 ]]
}

# shows_grafana: true if the demo has a Grafana, whose image the node pulls: GRAFANA=1 or GRAFANA=0, otherwise as the last time.
shows_grafana() {
  local kept
  kept=${GRAFANA:-$(cat "$STATE/grafana" 2>/dev/null || echo 0)}
  [[ $kept == [01] ]] || die "GRAFANA is $kept, but only 1 (run a Grafana) and 0 are supported; choose one of them, or omit it."
  [[ $kept == 1 ]]
}

# in_mesh: true if the demo runs in a mesh: MESH=1 or MESH=0, otherwise as the last time.
in_mesh() {
  local kept
  kept=${MESH:-$(cat "$STATE/mesh" 2>/dev/null || echo 0)}
  [[ $kept == [01] ]] || die "MESH is $kept, but only 1 (run in a mesh) and 0 are supported; choose one of them, or omit it."
  [[ $kept == 1 ]]
}

# key TEXT…: prints the first 12 hex digits of the hash of the texts.
key() { printf '%s\n' "$@" | sha256sum | cut -c1-12; }

# hash_of PATH…: prints the first 12 hex digits of the hash of the names and contents of these files and folders.
hash_of() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -c1-12; }

# absent FOLDER: true if FOLDER ($CACHE/built/<name>-<key>) does not exist yet. Then build into $WORK, and call `keep FOLDER` to move it
# there. So a folder appears complete or not at all: an interrupted build leaves nothing that looks finished.
absent() {
  if [[ -d $1 ]]; then
    touch "$1"
    return 1
  fi
  WORK=$(dirname "$1")/.$(basename "$1").new
  rm -rf "$WORK"
  mkdir -p "$WORK"
}

# keep FOLDER: moves the complete $WORK to FOLDER, and keeps only the two newest folders of each name.
keep() {
  local folder
  mv "$WORK" "$1"
  touch "$1"
  find "$(dirname "$1")" -maxdepth 1 -name "$(basename "${1%-*}")-????????????" -printf '%T@ %p\n' | sort -rn | tail -n +3 | cut -d' ' -f2- |
    while read -r folder; do rm -rf "$folder"; done
  find "$(dirname "$1")" -maxdepth 1 -name '.*.new' -mtime +0 -exec rm -rf {} + # leftovers of killed runs
}

# by_content CHECKOUT: call it before cargo runs there, because all checkouts share one target directory.
by_content() { python3 "$ROOT/cluster/times.py" "$1" "$CARGO_TARGET_DIR/seen.json"; }

# foreign DIRECTORY: true if it holds files that we did not create, so that we must not delete it later.
foreign() { [[ -d $1 && ! -e $1/.code-delivery && -n $(ls -A "$1") ]]; }

# own DIRECTORY: creates it and marks it as ours.
own() {
  if foreign "$1"; then die "$1 contains files that were not created by Code Delivery; empty it, or choose another folder with CODE_DELIVERY_STATE."; fi
  mkdir -p "$1"
  touch "$1/.code-delivery"
}

# alone COMMAND…: replaces this process with the command under a lock that only one run per machine can hold. The lock is released
# when the command ends, for whatever reason.
alone() {
  local lock=/run/lock/code-delivery.lock
  if [[ -n ${CODE_DELIVERY_LOCKED:-} ]]; then return; fi
  touch "$lock" 2>/dev/null || die "This command needs root; run it again with sudo -E."
  flock --nonblock "$lock" true ||
    die "Another command is using this machine's cluster (process $(cat "$lock")); wait for it to finish, or stop it with kill $(cat "$lock")."
  # shellcheck disable=SC2016 # expanded by the inner shell
  CODE_DELIVERY_LOCKED=1 exec flock --close "$lock" bash -c 'echo $$ >"$0"; exec "$@"' "$lock" "$@"
}

if [[ $CACHE != /?* || $STATE != /?* || $CACHE$STATE == *[[:space:]]* ]]; then
  die "CODE_DELIVERY_CACHE ($CACHE) and CODE_DELIVERY_STATE ($STATE) must be absolute paths without spaces."
fi
export PATH=$BIN:$PATH
