#!/usr/bin/env bash
# Builds the sink, checks its form, and tests it: units, then a real Kafka, Connect, Elasticsearch and OpenSearch, which the tests start
# on free ports of the loopback interface and end again. The last lines count the tests.
#   connect/test.sh [unit|CLASS]    only the units; or also the servers' tests of one class, such as OpenSearchIT or OpenSearchIT#aServer*
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT/connect"

servers=$(bash servers.sh)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
goals=(verify)
case ${1:-} in
  '') ;;
  unit) goals=(package) ;;
  *) goals=(verify "-Dit.test=$1" -Dfailsafe.failIfNoSpecifiedTests=false) ;;
esac
# Every test runs even when an earlier one failed; the count below tells.
status=0
mvn -B -Dstyle.color=never -Dmaven.test.failure.ignore -Dservers="$servers" "${goals[@]}" 2>&1 | tee "$log" || status=$?

# sum FIELD: of the runners' closing lines, one for the units and one for the servers.
sum() {
  awk -v field="$1:" '/Tests run: .*Skipped: [0-9]+$/ { for (i = 1; i < NF; i++) if ($i == field) total += $(i + 1) } END { print total + 0 }' "$log"
}
bad=$(($(sum Failures) + $(sum Errors)))
pass=$(($(sum run) - bad))
if ((status != 0 && bad == 0)); then bad=1; fi
printf '\n# pass %d\n# fail %d\n' "$pass" "$bad"
((bad == 0))
