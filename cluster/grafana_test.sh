#!/usr/bin/env bash
# Tests when the demo has a Grafana, and where Prometheus listens then.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CODE_DELIVERY_CACHE=$scratch/cache CODE_DELIVERY_STATE=$scratch/state CODE_DELIVERY_LOCKED=1
unset GRAFANA
mkdir -p "$scratch/state" "$scratch/cache/bin"
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
  bash -c 'source "$1/lib.sh"; source "$1/monitoring.sh"; shift; "$@"' bash "$here" "$@"
}
addresses() { in_shell prometheus_addresses | paste -sd ' '; }

same "$(addresses)" 127.0.0.1:29090 "Without a Grafana, Prometheus is on loopback alone"
same "$(GRAFANA=1 addresses)" "127.0.0.1:29090 10.85.0.1:29090" "GRAFANA=1: also where Grafana's pod reaches it"
same "$(bash "$here/install.sh" grafana_values)" "grafana.enabled=true,grafana.nodePort=30300,grafana.prometheus=http://10.85.0.1:29090" "Grafana asks it there"
GRAFANA=1 in_shell keep_grafana
same "$(addresses)" "127.0.0.1:29090 10.85.0.1:29090" "A later run without GRAFANA keeps it"
GRAFANA=0 in_shell keep_grafana
same "$(addresses)" 127.0.0.1:29090 "GRAFANA=0 ends it"
if output=$(GRAFANA=yes in_shell shows_grafana 2>&1); then fail "GRAFANA=yes was taken"; fi
[[ $output == *"GRAFANA is yes, but only 1"*"are supported"* ]] || fail "It said $output"
ok "A wrong GRAFANA is refused with the right ones"
echo "# pass $passed"
