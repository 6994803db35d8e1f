#!/usr/bin/env bash
# Everything that CI runs: linters, unit tests, then the whole product on a real cluster. Every stage runs, even after one that
# failed. The last line counts the tests; the exit code is 0 only if all stages passed.
#   e2e/run.sh [STAGE…]    runs these stages of stages.sh; all of them if none is named
# TIME_LIMIT=SECONDS ends the run after that time: the stage that runs then fails, and those after it are not begun.
# The cluster is kept for inspection; if CI is set, a last stage removes it.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"
# No other command may start or stop the cluster in the meantime.
alone bash "${BASH_SOURCE[0]}" "$@"
LOGS=$CACHE/log/test
rm -rf "$LOGS"
mkdir -p "$LOGS"
by_content "$ROOT"
if (($# == 0)); then
  forecast test
  FOR="test" bash cluster/preflight.sh
  set -- format clippy dependencies scripts page_lint charts unit page_unit page_browser sink demo fuzz connectors node e2e examples history traces proxy ipv6 page current chaos mesh verify ${CI:+down}
fi

STAGE_LIMIT=3000 # seconds; no stage takes as long, even without a cache on two cores
# The stages after this one mostly wait for servers. So it runs beside them, at the lowest priority, and its outcome is taken at the end.
BESIDE=fuzz
failed=()
durations=()
running=()
trap 'kill -TERM "${running[@]}" 2>/dev/null; exit 130' INT TERM HUP

# limit: prints the seconds that a stage may take from now on.
limit() {
  local left=$((${TIME_LIMIT:-$((SECONDS + STAGE_LIMIT))} - SECONDS))
  echo $((left < STAGE_LIMIT ? left : STAGE_LIMIT))
}
# ended STAGE CODE BEGAN LIMIT: prints and keeps the outcome of a stage.
ended() {
  local took=$((SECONDS - $3))
  if (($2 == 124 || $2 == 137)); then echo "Stopped after $4 s." | tee -a "$LOGS/$1.log"; fi
  if (($2 == 0)); then
    printf '=== %s passed in %ds\n' "$1" "$took"
  else
    printf '=== %s FAILED after %ds; for the full output see %s\n' "$1" "$took" "$LOGS/$1.log"
    failed+=("$1")
  fi
  durations+=("$1 $took s,")
}
# run STAGE LIMIT: runs a stage. timeout gives it a process group of its own, so that it ends with all its processes.
run() {
  local output writer began=$SECONDS code=0
  exec {output}> >(tee "$LOGS/$1.log")
  writer=$!
  # What the stage leaves running, such as the node, must not hold the descriptor open.
  timeout --kill-after=60 "$2" bash e2e/stages.sh "$1" >&"$output" 2>&1 {output}>&- &
  running[0]=$!
  wait "${running[0]}" || code=$?
  exec {output}>&-
  wait "$writer"
  ended "$1" "$code" "$began" "$2"
}
# begin STAGE LIMIT: runs a stage beside the following ones. Without the session of its own, it would share the priority of theirs.
begin() {
  beside_began=$SECONDS
  beside_limit=$2
  # shellcheck disable=SC2016 # expanded by the inner shell
  nice -n 19 setsid bash -c 'echo 19 2>/dev/null >/proc/self/autogroup; exec timeout --kill-after=60 "$2" bash e2e/stages.sh "$1"' \
    bash "$1" "$2" >"$LOGS/$1.log" 2>&1 &
  running[1]=$!
  echo "Begun, beside the following stages."
}
# finish STAGE: waits for the stage that runs beside the others.
finish() {
  local code=0
  if [[ -z ${running[1]:-} ]]; then return; fi
  printf '\n=== %s, beside the others\n' "$1"
  wait "${running[1]}" || code=$?
  cat "$LOGS/$1.log"
  ended "$1" "$code" "$beside_began" "$beside_limit"
  unset 'running[1]'
}

for stage in "$@"; do
  if [[ $stage == down ]]; then finish "$BESIDE"; fi
  printf '\n=== %s\n' "$stage"
  if (($(limit) <= 0)); then
    echo "Not begun: the run's $TIME_LIMIT s are over." | tee "$LOGS/$stage.log"
    failed+=("$stage")
  elif [[ $stage == "$BESIDE" && $stage != "${!#}" ]]; then
    begin "$stage" "$(limit)"
  else
    run "$stage" "$(limit)"
  fi
done
finish "$BESIDE"

# count WORD: adds up the WORD counts (passed, failed) in the summary lines of cargo, nextest, Vitest, node and TAP output.
count() {
  cat "$LOGS"/*.log | sed 's/\x1b\[[0-9;]*m//g' | awk -v word="$1" '
    /^test result: / { for (i = 2; i <= NF; i++) if ($i == word ";" ) sum += $(i - 1) }
    /^ *Summary \[/ { for (i = 2; i <= NF; i++) if (index($i, word) == 1 || (word == "failed" && $i == "timed")) sum += $(i - 1) }
    /^ *Tests  / { for (i = 2; i <= NF; i++) if ($i == word) sum += $(i - 1) }
    /^(#|ℹ) / { if ($2 == substr(word, 1, 4)) sum += $3 }
    END { print sum + 0 }'
}
# failures STAGE: prints the tests that failed in it, each with the first lines of its message; the end of the output if it names none.
failures() {
  sed 's/\x1b\[[0-9;]*m//g' "$LOGS/$1.log" | awk '
    /^test .* \.\.\. FAILED$/ || /^ *not ok / || /^ *(✖|×) / || /^ *(FAIL|TIMEOUT|SIG[A-Z]+) / { if (!seen[$0]++) print; next }
    /panicked at / { lines = 4 }
    lines > 0 { lines--; print "    " substr($0, 1, 400) }' | head -n 150 >"$LOGS/$1.failures"
  if [[ ! -s $LOGS/$1.failures ]]; then tail -n 25 "$LOGS/$1.log" >"$LOGS/$1.failures"; fi
  printf '\n--- failed in %s\n' "$1"
  cat "$LOGS/$1.failures"
}
for stage in "${failed[@]}"; do failures "$stage"; done
# Their names once more, last, where a log that is cut still has them.
for stage in "${failed[@]}"; do
  printf '%s: %s\n' "$stage" "$(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1;/p; s/^ *not ok [0-9]* - \(.*\)/\1;/p; s/^ *\(FAIL\|TIMEOUT\|SIG[A-Z]*\) \[[^]]*\] *\(([^)]*)\)\{0,1\} *\(.*\)/\3;/p' "$LOGS/$stage.failures" | sort -u | tr '\n' ' ' | cut -c1-1000)"
done
# Tests that passed only when they were repeated.
sed -n 's/\x1b\[[0-9;]*m//g; s/^ *\(FLAKY .*\)/\1/p' "$LOGS"/*.log | sort -u
printf '\n%s in all %d s.\n' "${durations[*]}" "$SECONDS"
if ((${#failed[@]} > 0)); then echo "Failed stages: ${failed[*]}"; fi
echo "$(count passed) passed, $(($(count failed) > ${#failed[@]} ? $(count failed) : ${#failed[@]})) failed"
((${#failed[@]} == 0))
