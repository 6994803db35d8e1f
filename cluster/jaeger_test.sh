#!/usr/bin/env bash
# Tests when the demo has a Jaeger, where it listens then, and that preflight.sh looks at its ports, as at all that the node takes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CODE_DELIVERY_CACHE=$scratch/cache CODE_DELIVERY_STATE=$scratch/state CODE_DELIVERY_LOCKED=1
unset TRACES
mkdir -p "$scratch/state" "$scratch/config"
passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }
fail() {
  echo "FAILED: $1" >&2
  exit 1
}
# same FOUND EXPECTED WHAT
same() { if [[ $1 == "$2" ]]; then ok "$3"; else fail "$3: $1 instead of $2"; fi; }

# in_shell COMMAND…: runs it as up.sh would.
in_shell() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  CONFIG=$scratch/config bash -c 'source "$1/lib.sh"; source "$1/jaeger.sh"; shift; "$@"' bash "$here" "$@"
}
kept() { if in_shell records_traces; then echo on; else echo off; fi; }

same "$(kept)" off "A demo records no traces"
same "$(TRACES=1 kept)" on "TRACES=1 records them"
echo 1 >"$scratch/state/traces"
same "$(kept)" on "A later run without TRACES goes on"
same "$(TRACES=0 kept)" off "TRACES=0 ends it"

in_shell jaeger_config
same "$(grep -oE '[0-9.]+:[0-9]+' "$scratch/config/jaeger.yaml" | sort | paste -sd ' ')" "10.85.0.1:29318 10.85.0.1:29686 127.0.0.1:29685" \
  "Jaeger listens where the pods reach it, and on loopback"
grep -q '^    enable_tracing: false$' "$scratch/config/jaeger.yaml" || fail "Jaeger sends traces of its own to port 4317"
ok "Jaeger sends no traces of its own"

while read -r port; do
  grep -q "free_port \"\$$port\"" "$here/preflight.sh" || fail "preflight.sh does not look whether $port of lib.sh is free"
done < <(sed -n 's/^\([A-Z_]*_PORT\)=.*/\1/p' "$here/lib.sh")
ok "Whether each port is free is known before anything is built"
echo "# pass $passed"
