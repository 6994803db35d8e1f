# shellcheck shell=bash disable=SC2034
# Shared by the tests of the scripts in this folder (*_test.sh): a folder for the test and its demo, assertions, and their count, which
# e2e/run.sh adds up. Sourced, never run. A test that passes prints an `ok` line for each of its sentences, and at the end their number; one
# that fails ends at once, and says why.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0

# ended: the handler for EXIT: ends what the test left in the background, removes its folder, and prints the count if it passed.
ended() {
  local status=$?
  # shellcheck disable=SC2046 # pids
  kill $(jobs -p) 2>/dev/null || true
  rm -rf "$scratch"
  if ((status == 0)); then echo "# pass $passed"; fi
}

# A test that runs itself again in namespaces of its own sets $scratch there: the folder and the count are those of the test outside.
if [[ -z ${scratch:-} ]]; then
  scratch=$(mktemp -d)
  trap ended EXIT
  mkdir -p "$scratch"/{state,cache/bin}
fi
export CODE_DELIVERY_CACHE=$scratch/cache CODE_DELIVERY_STATE=$scratch/state CODE_DELIVERY_LOCKED=1
# What the caller has chosen for a demo is not what is tested.
unset BROKERS GRAFANA MESH TRACES

# ok SENTENCE: counts what was just found to be so.
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }

# fail SENTENCE: ends the test. What `evidence` prints is shown too; a test may define another.
fail() {
  { echo "FAILED: $1"; evidence; } >&2
  exit 1
}
evidence() { if [[ -e $scratch/output ]]; then cat "$scratch/output"; fi; }

# same FOUND EXPECTED SENTENCE
same() { if [[ $1 == "$2" ]]; then ok "$3"; else fail "$3: $1 instead of $2"; fi; }

# run COMMAND…: with its output in $scratch/output.
run() { "$@" >"$scratch/output" 2>&1; }

# says PATTERN SENTENCE: fails with the sentence unless a line of that output matches.
says() { grep -q -- "$1" "$scratch/output" || fail "$2"; }

# in_shell SCRIPT COMMAND…: runs the command in the checkout, in a shell that has sourced lib.sh and the script, as those that use it do.
in_shell() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  bash -c 'source "$1/lib.sh"; source "$1/$2"; cd "$ROOT"; shift 2; "$@"' bash "$here" "$@"
}
