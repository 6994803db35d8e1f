#!/usr/bin/env bash
# Everything that CI runs: linters, unit tests, then the whole product on a real cluster. Every stage runs even when an earlier one
# failed. The last line counts the tests; the exit code is 0 only when all stages passed.
#   e2e/run.sh [STAGE…]    the stages of stages.sh to run; all of them when none is named
# The cluster stays, to be looked at; with CI set it is taken away by a last stage.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"
# Nobody else starts or stops the cluster meanwhile.
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
    printf '=== %s FAILED after %ds; its output: %s\n' "$stage" $((SECONDS - began)) "$LOGS/$stage.log"
    failed+=("$stage")
  fi
done

# count WORD: the sum of what the runners' closing lines say of it: cargo's, Vitest's and node's.
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
