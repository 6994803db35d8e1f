#!/usr/bin/env bash
# Tests how install.sh mends a Kafka Connect whose Kafka came back empty, with kubectl and curl that only pretend.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CODE_DELIVERY_CACHE=$scratch CODE_DELIVERY_STATE=$scratch/state CODE_DELIVERY_LOCKED=1 SCRATCH=$scratch
mkdir "$scratch/bin"
passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }
fail() {
  echo "FAILED: $1" >&2
  cat "$scratch/output" "$scratch/calls" >&2
  exit 1
}

# $SCRATCH/answers: Connect answers. $SCRATCH/topics: the topics in Kafka. $SCRATCH/after: what a restart copies to $SCRATCH.
cat >"$scratch/bin/kubectl" <<'K'
#!/usr/bin/env bash
echo "kubectl $*" >>"$SCRATCH/calls"
case "$1 $2" in
  "get service") echo 10.96.7.7 ;;
  "exec "*) cat "$SCRATCH/topics" ;;
  "rollout restart") cp "$SCRATCH/after/"* "$SCRATCH/" ;;
esac
K
cat >"$scratch/bin/curl" <<'K'
#!/usr/bin/env bash
echo "curl $*" >>"$SCRATCH/calls"
[[ "$*" == *" http://10.96.7.7:8083/connectors" && -e $SCRATCH/answers ]]
K
chmod +x "$scratch"/bin/*

# connect ANSWERS TOPIC…: how Connect and Kafka are at first; a restart of Connect makes both right.
connect() {
  rm -rf "$scratch"/{answers,topics,after,calls}
  mkdir "$scratch/after"
  touch "$scratch/after/answers"
  printf 'connect-configs\nconnect-offsets\nconnect-status\nroute.new-position\n' >"$scratch/after/topics"
  if [[ $1 == yes ]]; then touch "$scratch/answers"; fi
  printf '%s\n' "${@:2}" >"$scratch/topics"
}
mend() { PATIENCE=1 bash "$here/install.sh" mend_connect >"$scratch/output" 2>&1; }

connect yes connect-configs connect-offsets connect-status route.new-position
mend || fail "It failed."
if grep -q 'rollout' "$scratch/calls"; then fail "It restarted Connect."; fi
ok "A Connect that works is left alone"

connect no connect-configs connect-offsets connect-status
mend || fail "It failed."
[[ $(grep -c 'rollout restart --namespace code-delivery-data deployment/connect' "$scratch/calls") == 1 ]] || fail "It did not restart Connect once."
ok "A Connect that does not answer is restarted"

connect yes route.new-position __consumer_offsets
mend || fail "It failed."
[[ $(grep -c 'rollout restart' "$scratch/calls") == 1 ]] || fail "It did not restart Connect once."
ok "A Connect whose topics are gone is restarted"

connect no
rm "$scratch/after/answers"
sed -i 's/"rollout restart")/"rollout status") exit 1 ;;\n  &/' "$scratch/bin/kubectl"
if mend; then fail "It did not fail."; fi
grep -q 'error: Kafka Connect does not answer, even after a restart' "$scratch/output" || fail "It does not say what is wrong."
ok "If that does not help, it says so"
echo "# pass $passed"
