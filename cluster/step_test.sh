#!/usr/bin/env bash
# What `step` of lib.sh promises: the note of a step that went well, the end of the log of one that failed, and that an interruption ends
# a step with all that it started, and at once.
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

# steps COMMANDS: a script with these steps.
steps() { printf 'source %q\nSTEPS=2\ntrap interrupted INT TERM HUP\n%s\n' "$here/lib.sh" "$1" >"$scratch/script.sh"; }

steps 'note() { say "as said"; }
step "One" note
step "Another" bash -c "echo the reason; exit 3"'
if bash "$scratch/script.sh" >"$scratch/output" 2>&1; then fail "A step that failed went on."; fi
grep -q '^\[ 1/2\] One  *[0-9]*s  as said$' "$scratch/output" || fail "The note is missing."
grep -q '^the reason$' "$scratch/output" || fail "The reason is missing."
ok "A step shows its note, and one that fails the end of its log"

for signal in TERM INT HUP; do
  rm -f "$scratch/pid" "$scratch/ended"
  # What it starts does not hear of it by itself; what it has to put away, it does.
  steps "step 'Long' bash -c 'trap \"touch $scratch/ended\" EXIT; sleep 60 & echo \$! >$scratch/pid; wait'"
  began=$SECONDS
  # A command in the background ignores INT, and what is ignored from the start a script cannot take up again.
  env --default-signal=INT,TERM,HUP bash "$scratch/script.sh" >"$scratch/output" 2>&1 &
  script=$!
  until [[ -s $scratch/pid ]]; do sleep 0.05; done
  kill -"$signal" "$script"
  status=0
  wait "$script" || status=$?
  ((status == 130 && SECONDS - began < 10)) || fail "$signal: it ended with $status after $((SECONDS - began)) s."
  grep -q 'Interrupted. Run the same command again' "$scratch/output" || fail "$signal: it does not say what to do."
  [[ -e $scratch/ended ]] || fail "$signal: the step did not put away what it had."
  if kill -0 "$(cat "$scratch/pid")" 2>/dev/null; then fail "$signal: what the step started lives on."; fi
  ok "$signal ends a step with all that it started"
done
echo "# pass $passed"
