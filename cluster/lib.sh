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
MAP_PORT=30080
KAFKA_PORT=30092
NOBODY=65532 # the user of every container

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

# step NAME COMMAND…: runs one of $STEPS steps with its output in a log, and prints its name, its duration and its last message.
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
  # A process group of its own, so that an interruption ends all of its processes at once.
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
    printf 'Full log: %s\nFix the problem and run the same command again; it resumes with this step.\n' "$log" >&2
    exit 1
  fi
  unset STEP_NOTE
}

# interrupted: the handler for INT, TERM and HUP: ends the running step with all its processes, then the script.
interrupted() {
  trap '' INT TERM
  if [[ -n ${STEP_GROUP:-} ]]; then
    kill -TERM -- "-$STEP_GROUP" 2>/dev/null || true
    wait "$STEP_GROUP" 2>/dev/null || true
  fi
  printf '\nInterrupted. Run the same command again to resume with this step.\n' >&2
  exit 130
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
