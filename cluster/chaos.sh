#!/usr/bin/env bash
# chaos.sh run [ARGUMENT…]: starts the demo, then kills everything in it in turn under load and verifies that nothing was lost
# (the program in chaos/; docs/chaos.md). The long form starts with the previous version, and upgrades to this one in the middle; that with
# --purchases does not.
# chaos.sh kill-kubelet | freeze-api-server | thaw-api-server: called by that program.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
cd "$ROOT"

# The product's sources.
SOURCES=(Cargo.lock canary connect connector-operator controller crds gateway http-client http-server invoices kafka mail messages motion notifications observability operator purchases
  simulator web charts/code-delivery)

# version_before: prints the newest commit whose product differs from this checkout's; nothing if there is none.
version_before() {
  local commit
  for commit in $(git rev-list --first-parent --max-count 50 HEAD 2>/dev/null || true); do
    if ! git diff --quiet "$commit" -- "${SOURCES[@]}"; then
      echo "$commit"
      return
    fi
  done
}

# build_before COMMIT: builds its images, in a separate checkout and cache that share the expensive parts with ours. $BEFORE is its folder.
build_before() {
  BEFORE=$CACHE/previous/$1
  if [[ ! -e $BEFORE/complete ]]; then
    rm -rf "$CACHE/previous"
    mkdir -p "$BEFORE/checkout" "$BEFORE"/cache/{bin,log} "$CACHE/target" "$CACHE/built"
    git archive "$1" | tar -C "$BEFORE/checkout" -x
    ln -s "$CACHE/target" "$CACHE/built" "$BEFORE/cache/"
    ln -s "$BIN/kubectl" "$BIN/helm" "$BEFORE/cache/bin/"
  fi
  # Before the entrance had the map's port, the gateway had it.
  if grep -q '^ENTRANCE_PORT=' "$BEFORE/checkout/cluster/lib.sh"; then
    sed -i -e "s/^MAP_PORT=.*/MAP_PORT=$GATEWAY_PORT/" -e "s/^ENTRANCE_PORT=.*/ENTRANCE_PORT=$MAP_PORT/" "$BEFORE/checkout/cluster/lib.sh"
  fi
  by_content "$BEFORE/checkout"
  before cluster/images.sh all
  # Restore this checkout's programs in the shared folder.
  bash cluster/build.sh services
  touch "$BEFORE/complete"
}

# before SCRIPT ARGUMENT…: runs a script of the previous version, with its own cache.
before() { CODE_DELIVERY_CACHE=$BEFORE/cache bash "$BEFORE/checkout/$1" "${@:2}"; }

# leave: however the run ends, lets the API server go on, and leaves this version installed.
leave() {
  thaw-api-server
  if [[ -n ${PREVIOUS_INSTALLED:-} ]]; then
    bash cluster/images.sh import >/dev/null
    bash cluster/install.sh product
  fi
}

run() {
  local commit='' profile=release arguments=("$@") hooks=() kafka=127.0.0.1:$KAFKA_PORT
  bash cluster/demo.sh
  trap leave EXIT
  if [[ " $* " == *" --short "* || " $* " == *" --purchases "* ]]; then
    profile=dev
  else
    commit=$(version_before)
    if [[ -z $commit ]]; then
      echo "The Git history has no previous version of the product, so the upgrade is skipped."
    else
      echo "Building the previous version (${commit:0:12}) to start with …"
      build_before "$commit" >"$CACHE/log/before.log" 2>&1 || die "Building the previous version (${commit:0:12}) failed; see $CACHE/log/before.log, or run make chaos ARGS=--short, which does not need it."
      before cluster/images.sh import >>"$CACHE/log/before.log"
      PREVIOUS_INSTALLED=yes
      before cluster/install.sh product
      hooks+=(--upgrade "cd $ROOT && bash cluster/images.sh import && bash cluster/install.sh product")
    fi
  fi
  hooks+=(--kill-kubelet "bash $ROOT/cluster/chaos.sh kill-kubelet" --mend-node "bash $ROOT/cluster/up.sh")
  hooks+=(--freeze-api-server "bash $ROOT/cluster/chaos.sh freeze-api-server")
  hooks+=(--thaw-api-server "bash $ROOT/cluster/chaos.sh thaw-api-server")
  if [[ $(brokers) == 3 ]]; then kafka+=,127.0.0.1:$((KAFKA_PORT + 1)),127.0.0.1:$((KAFKA_PORT + 2)); fi
  cargo build --quiet --locked --profile "$profile" --workspace --bin code-delivery-chaos
  export KUBECONFIG=$STATE/kubeconfig GATEWAY=127.0.0.1:$GATEWAY_PORT ENTRANCE=127.0.0.1:$MAP_PORT KAFKA=$kafka
  "$CARGO_TARGET_DIR/${profile/dev/debug}/code-delivery-chaos" "${hooks[@]}" "${arguments[@]}"
}

kill-kubelet() {
  local pid
  pid=$(pid_of kubelet) || die "The kubelet is not running; start it with make demo."
  kill -KILL "$pid"
}

freeze-api-server() {
  local pid
  pid=$(pid_of kube-apiserver) || die "The API server is not running; start it with make demo."
  kill -STOP "$pid"
  # A thread that is running stops only when it is interrupted.
  wait_for 30 is_stopped "$pid" || die "The API server did not stop."
}
is_stopped() { ! awk '{ sub(/.*\) /, ""); print $1 }' /proc/"$1"/task/*/stat | grep -qv '^T$'; }

thaw-api-server() {
  local pid
  if pid=$(pid_of kube-apiserver); then kill -CONT "$pid"; fi
}

"$@"
