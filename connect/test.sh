#!/usr/bin/env bash
# Builds the sink, checks its formatting, and runs its tests: unit tests, then tests with a real Kafka, Connect, Elasticsearch and OpenSearch,
# which the tests start on free loopback ports and stop at the end. The last lines count the tests.
#   connect/test.sh [unit|fuzz|CLASS]    only the unit tests; only the fuzz tests; or also one class of tests with servers, such as OpenSearchIT or OpenSearchIT#killing*
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT/connect"

servers=$(bash servers.sh)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
goals=(verify)
case ${1:-} in
  '') ;;
  unit) goals=(package) ;;
  fuzz) goals=(test -Dtest=FuzzTest) ;;
  *) goals=(verify "-Dit.test=$1" -Dfailsafe.failIfNoSpecifiedTests=false) ;;
esac
# All tests run even when one fails; the count below decides.
status=0
mvn -B -Dstyle.color=never -Dmaven.test.failure.ignore -Dservers="$servers" "${goals[@]}" 2>&1 | tee "$log" || status=$?

# sum FIELD: over the summary lines of the two runners (unit tests, tests with servers).
sum() {
  awk -v field="$1:" '/Tests run: .*Skipped: [0-9]+$/ { for (i = 1; i < NF; i++) if ($i == field) total += $(i + 1) } END { print total + 0 }' "$log"
}
bad=$(($(sum Failures) + $(sum Errors)))
pass=$(($(sum run) - bad))
if ((status != 0 && bad == 0)); then bad=1; fi
printf '\n# pass %d\n# fail %d\n' "$pass" "$bad"
((bad == 0))
