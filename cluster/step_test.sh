#!/usr/bin/env bash
# Tests `step` in lib.sh: a step that passes shows its note, one that fails shows the end of its log, and an interruption ends a step with
# all of its processes at once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CODE_DELIVERY_CACHE=$scratch
mkdir "$scratch/log"
passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }
fail() {
  echo "FAILED: $1" >&2
  cat "$scratch/output" >&2
  exit 1
}

# steps COMMANDS: writes a script with these steps.
steps() { printf 'source %q\nSTEPS=2\ntrap interrupted INT TERM HUP\n%s\n' "$here/lib.sh" "$1" >"$scratch/script.sh"; }

steps 'note() { say "as said"; }
step "One" note
step "Another" bash -c "echo the reason; exit 3"'
if bash "$scratch/script.sh" >"$scratch/output" 2>&1; then fail "The script continued after a failed step."; fi
grep -q '^\[ 1/2\] One  *[0-9]*s  as said$' "$scratch/output" || fail "The note is missing."
grep -q '^the reason$' "$scratch/output" || fail "The reason is missing."
ok "A step shows its note, and a failed step the end of its log"

for signal in TERM INT HUP; do
  rm -f "$scratch/pid" "$scratch/ended"
  # The sleeping child does not get the signal by itself, and the step has an EXIT trap that must run.
  steps "step 'Long' bash -c 'trap \"touch $scratch/ended\" EXIT; sleep 60 & echo \$! >$scratch/pid; wait'"
  began=$SECONDS
  # A background command ignores INT, and a script cannot trap a signal that was ignored when it started.
  env --default-signal=INT,TERM,HUP bash "$scratch/script.sh" >"$scratch/output" 2>&1 &
  script=$!
  until [[ -s $scratch/pid ]]; do sleep 0.05; done
  kill -"$signal" "$script"
  status=0
  wait "$script" || status=$?
  ((status == 130 && SECONDS - began < 10)) || fail "$signal: it ended with $status after $((SECONDS - began)) s."
  grep -q 'Interrupted. Run the same command again' "$scratch/output" || fail "$signal: the message does not say what to do."
  [[ -e $scratch/ended ]] || fail "$signal: the step's EXIT trap did not run."
  if kill -0 "$(cat "$scratch/pid")" 2>/dev/null; then fail "$signal: a process of the step is still running."; fi
  ok "$signal ends a step with all of its processes"
done
echo "# pass $passed"
