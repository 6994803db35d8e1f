# shellcheck shell=bash disable=SC2034
# What the scripts beside this one share: paths, addresses, progress, messages, things kept by their content. Sourced, never run.
set -euo pipefail
shopt -s inherit_errexit
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${CODE_DELIVERY_CACHE:-/var/cache/code-delivery} # what is expensive to make; survives `make demo-down`
STATE=${CODE_DELIVERY_STATE:-/var/lib/code-delivery}   # the node and its data; `make demo-down` takes it away
export CARGO_TARGET_DIR=$CACHE/target

# The cluster's own networks. Nobody outside this machine can reach them, and they reach nobody.
POD_NETWORK=10.85.0.0/16
NODE_IP=10.85.0.1
SERVICE_NETWORK=10.96.0.0/16
API_SERVICE_IP=10.96.0.1
DNS_SERVICE_IP=10.96.0.10
BRIDGE=codedelivery0
NODE=code-delivery
NAMESPACE=code-delivery
DATA_NAMESPACE=code-delivery-data
MAP_PORT=30080
KAFKA_PORT=30092
NOBODY=65532 # the user of every container

BIN=$CACHE/bin # links to kubectl, helm and the node's program of this checkout
SOCKET=$STATE/run/containerd.sock
IMAGE_PREFIX=localhost/code-delivery

# say SENTENCE: one line for the log, and, inside a step, for the person (the last one stands beside the step's time).
say() {
  printf '%s\n' "$*"
  if [[ -n ${STEP_NOTE:-} ]]; then printf '%s\n' "$*" >"$STEP_NOTE"; fi
}

# die SENTENCE: what is wrong and the way out, then the end.
die() {
  printf 'error: %s\n' "$*" >&2
  if [[ -n ${STEP_NOTE:-} ]]; then printf '%s\n' "$*" >"$STEP_NOTE.error"; fi
  exit 1
}

# step NAME COMMAND…: one of $STEPS steps. Runs it with its output in a log, and prints the name, the seconds and what it had to say.
step() {
  local began=$SECONDS log slug title ticker='' line
  STEP=$((${STEP:-0} + 1))
  slug=$(tr -cs 'a-zA-Z0-9' '-' <<<"${1,,}")
  log=$CACHE/log/$(printf '%02d' "$STEP")-${slug%-}.log
  printf -v title '[%2d/%d] %-36s' "$STEP" "${STEPS:?}" "$1"
  export STEP_NOTE=$CACHE/log/.note
  rm -f "$STEP_NOTE" "$STEP_NOTE.error"
  printf '%s' "$title"
  if [[ -t 1 ]]; then
    while sleep 1 && kill -0 $$ 2>/dev/null; do printf '\r%s%5ds' "$title" $((SECONDS - began)); done &
    ticker=$!
  fi
  # In a process group of its own, so that whoever interrupts ends all of it, and at once.
  set -m
  "${@:2}" >"$log" 2>&1 </dev/null &
  STEP_GROUP=$!
  set +m
  if wait "$STEP_GROUP"; then line=$(cat "$STEP_NOTE" 2>/dev/null || true); else line=failed; fi
  STEP_GROUP=
  if [[ -n $ticker ]]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r%s' "$title"
  fi
  printf '%5ds  %s\n' $((SECONDS - began)) "$line"
  if [[ $line == failed ]]; then
    if [[ -s $STEP_NOTE.error ]]; then cat "$STEP_NOTE.error"; else tail -n 25 "$log"; fi >&2
    printf 'The whole log: %s\nWhen it is put right, run the same command again: it goes on from here.\n' "$log" >&2
    exit 1
  fi
  unset STEP_NOTE
}

# interrupted: for a trap of INT, TERM and HUP: ends the step at work with all that it started, and then the script.
interrupted() {
  trap '' INT TERM
  if [[ -n ${STEP_GROUP:-} ]]; then
    kill -TERM -- "-$STEP_GROUP" 2>/dev/null || true
    wait "$STEP_GROUP" 2>/dev/null || true
  fi
  printf '\nInterrupted. Run the same command again: it goes on from here.\n' >&2
  exit 130
}

# brokers: how many brokers the demo's Kafka has: as BROKERS says for a new data directory, and as before for one that there is.
brokers() {
  local kept=${BROKERS:-1}
  if [[ -s $STATE/data/kafka-brokers ]]; then
    kept=$(cat "$STATE/data/kafka-brokers")
  elif [[ -s $STATE/data/kafka-cluster-id ]]; then
    kept=1
  fi
  [[ $kept == [13] ]] || die "BROKERS is $kept; Kafka can have 1 broker here, or 3."
  [[ ${BROKERS:-$kept} == "$kept" ]] || die "This demo's Kafka has BROKERS=$kept and keeps its data; run make demo-down first, which deletes them, or leave BROKERS out."
  printf '%s' "$kept"
}

# key TEXT…: the first 12 hex digits of the texts' hash.
key() { printf '%s\n' "$@" | sha256sum | cut -c1-12; }

# hash_of PATH…: the first 12 hex digits of the hash of these files' and folders' names and contents.
hash_of() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -c1-12; }

# absent FOLDER: true when what belongs there, under $CACHE/built/<name>-<key>, is still to be made; then $WORK is a folder to make
# it in, and `keep FOLDER` puts it there. So a folder appears whole or not at all: an interrupted build leaves nothing that looks done.
absent() {
  if [[ -d $1 ]]; then
    touch "$1"
    return 1
  fi
  WORK=$(dirname "$1")/.$(basename "$1").new
  rm -rf "$WORK"
  mkdir -p "$WORK"
}

# keep FOLDER: what $WORK holds is complete. Of each name the two newest folders stay.
keep() {
  local folder
  mv "$WORK" "$1"
  touch "$1"
  find "$(dirname "$1")" -maxdepth 1 -name "$(basename "${1%-*}")-????????????" -printf '%T@ %p\n' | sort -rn | tail -n +3 | cut -d' ' -f2- |
    while read -r folder; do rm -rf "$folder"; done
  find "$(dirname "$1")" -maxdepth 1 -name '.*.new' -mtime +0 -exec rm -rf {} + # of runs that were killed
}

# by_content CHECKOUT: before cargo runs there, for all checkouts share what it builds.
by_content() { python3 "$ROOT/cluster/times.py" "$1" "$CARGO_TARGET_DIR/seen.json"; }

# foreign DIRECTORY: somebody else uses it. A removal later must not hit it.
foreign() { [[ -d $1 && ! -e $1/.code-delivery && -n $(ls -A "$1") ]]; }

# own DIRECTORY: makes it and marks it as ours.
own() {
  if foreign "$1"; then die "$1 holds files that Code Delivery did not put there; empty it, or name another folder with CODE_DELIVERY_STATE."; fi
  mkdir -p "$1"
  touch "$1/.code-delivery"
}

# alone COMMAND…: becomes the command, the only such run on this machine; the lock goes with it, however it ends.
alone() {
  local lock=/run/lock/code-delivery.lock
  if [[ -n ${CODE_DELIVERY_LOCKED:-} ]]; then return; fi
  touch "$lock" 2>/dev/null || die "This needs root; run the same with sudo -E."
  flock --nonblock "$lock" true ||
    die "Another run is at work on this machine's cluster (process $(cat "$lock")); wait for it, or end it with kill $(cat "$lock")."
  # shellcheck disable=SC2016 # expanded by the inner shell
  CODE_DELIVERY_LOCKED=1 exec flock --close "$lock" bash -c 'echo $$ >"$0"; exec "$@"' "$lock" "$@"
}

if [[ $CACHE != /?* || $STATE != /?* || $CACHE$STATE == *[[:space:]]* ]]; then
  die "CODE_DELIVERY_CACHE ($CACHE) and CODE_DELIVERY_STATE ($STATE) must be absolute paths without spaces."
fi
export PATH=$BIN:$PATH
