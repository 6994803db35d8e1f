#!/usr/bin/env bash
# Everything that CI runs: linters, unit tests, then the whole product on a real cluster. Every stage runs, even after one that
# failed. The last line counts the tests; the exit code is 0 only if all stages passed.
#   e2e/run.sh [STAGE…]    runs these stages of stages.sh; all of them if none is named
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
  FOR="test" bash cluster/preflight.sh
  set -- format clippy dependencies scripts page_lint charts unit page_unit page_browser sink demo connectors node e2e history proxy page current chaos verify ${CI:+down}
fi

failed=()
for stage in "$@"; do
  began=$SECONDS
  printf '\n=== %s\n' "$stage"
  if bash e2e/stages.sh "$stage" 2>&1 | tee "$LOGS/$stage.log"; then
    printf '=== %s passed in %ds\n' "$stage" $((SECONDS - began))
  else
    printf '=== %s FAILED after %ds; for the full output see %s\n' "$stage" $((SECONDS - began)) "$LOGS/$stage.log"
    failed+=("$stage")
  fi
done

# count WORD: adds up the WORD counts (passed, failed) in the summary lines of cargo, Vitest, node and TAP output.
count() {
  cat "$LOGS"/*.log | sed 's/\x1b\[[0-9;]*m//g' | awk -v word="$1" '
    /^test result: / { for (i = 2; i <= NF; i++) if ($i == word ";" ) sum += $(i - 1) }
    /^ *Tests  / { for (i = 2; i <= NF; i++) if ($i == word) sum += $(i - 1) }
    /^(#|ℹ) / { if ($2 == substr(word, 1, 4)) sum += $3 }
    END { print sum + 0 }'
}
echo
if ((${#failed[@]} > 0)); then echo "Failed stages: ${failed[*]}"; fi
echo "$(count passed) passed, $(($(count failed) > ${#failed[@]} ? $(count failed) : ${#failed[@]})) failed"
((${#failed[@]} == 0))
