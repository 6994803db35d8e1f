#!/usr/bin/env bash
# Tests how install.sh mends a Kafka Connect whose Kafka came back empty, and replaces pods that cannot start, with kubectl and curl that only
# pretend.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
export SCRATCH=$scratch
evidence() { cat "$scratch/output" "$scratch/calls"; }

# $SCRATCH/answers: Connect answers. $SCRATCH/topics: the topics in Kafka. $SCRATCH/after: what a restart copies to $SCRATCH.
cat >"$scratch/cache/bin/kubectl" <<'K'
#!/usr/bin/env bash
echo "kubectl $*" >>"$SCRATCH/calls"
case "$1 $2" in
  "get service") echo 10.96.7.7 ;;
  "exec "*) cat "$SCRATCH/topics" ;;
  "rollout restart") cp "$SCRATCH/after/"* "$SCRATCH/" ;;
esac
K
cat >"$scratch/cache/bin/curl" <<'K'
#!/usr/bin/env bash
echo "curl $*" >>"$SCRATCH/calls"
[[ "$*" == *" http://10.96.7.7:8083/connectors" && -e $SCRATCH/answers ]]
K
chmod +x "$scratch"/cache/bin/*

# connect ANSWERS TOPIC…: how Connect and Kafka are at first; a restart of Connect makes both right.
connect() {
  rm -rf "$scratch"/{answers,topics,after,calls}
  mkdir "$scratch/after"
  touch "$scratch/after/answers"
  printf 'connect-configs\nconnect-offsets\nconnect-status\nroute.new-position\n' >"$scratch/after/topics"
  if [[ $1 == yes ]]; then touch "$scratch/answers"; fi
  printf '%s\n' "${@:2}" >"$scratch/topics"
}
mend() { PATIENCE=1 run bash "$here/install.sh" mend_connect; }

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
sed -i 's/"rollout restart")/"rollout status") exit 1 ;;\n  &/' "$scratch/cache/bin/kubectl"
if mend; then fail "It did not fail."; fi
says 'error: Kafka Connect does not answer, even after a restart' "It does not say what is wrong."
ok "If that does not help, it says so"

cat >"$scratch/cache/bin/kubectl" <<'K'
#!/usr/bin/env bash
echo "kubectl $*" >>"$SCRATCH/calls"
case "$1 $2" in
  "get statefulsets") printf 'kafka-6c7 mongodb-7d8' ;;
  "get pods")
    cat <<'P'
kafka-0         1/1   Running            0               4m   kafka-5b6
mongodb-0       0/1   CrashLoopBackOff   3 (14s ago)     67s  mongodb-5b6
mongodb-1       0/1   CrashLoopBackOff   3 (14s ago)     67s  mongodb-7d8
mailpit-0       0/1   ImagePullBackOff   0               67s  mailpit-5b6
sales-0         0/1   Pending            0               67s  sales-5b6
P
    ;;
esac
K
rm "$scratch/calls"
run bash "$here/install.sh" replace_broken || fail "It failed."
[[ $(grep -c 'kubectl delete' "$scratch/calls") == 1 ]] || fail "It did not delete once."
grep -qx 'kubectl delete pods --namespace code-delivery-data mongodb-0 mailpit-0' "$scratch/calls" || fail "It deleted others."
ok "Only a server's pod that cannot start, and is of an earlier version, is replaced"
