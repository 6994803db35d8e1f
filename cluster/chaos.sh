#!/usr/bin/env bash
# chaos.sh run [ARGUMENT…]: brings up the demo, then kills everything in it in turn under load and proves that nothing was lost
# (the program in chaos/; docs/chaos.md). The long form begins with the version before, and upgrades to this one in the middle.
# chaos.sh kill-kubelet: what that program calls to do so.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
cd "$ROOT"

# What the product is made of.
SOURCES=(Cargo.lock connect connector-operator controller crds gateway http-client kafka messages motion observability operator simulator web charts/code-delivery)

# version_before: the newest commit whose product is another than this checkout's; nothing when there is none.
version_before() {
  local commit
  for commit in $(git rev-list --first-parent --max-count 50 HEAD 2>/dev/null || true); do
    if ! git diff --quiet "$commit" -- "${SOURCES[@]}"; then
      echo "$commit"
      return
    fi
  done
}

# build_before COMMIT: its images, in a checkout and a cache of its own that share what is expensive with ours. $BEFORE is its folder.
build_before() {
  BEFORE=$CACHE/previous/$1
  if [[ ! -e $BEFORE/complete ]]; then
    rm -rf "$CACHE/previous"
    mkdir -p "$BEFORE/checkout" "$BEFORE"/cache/{bin,log} "$CACHE/target" "$CACHE/built"
    git archive "$1" | tar -C "$BEFORE/checkout" -x
    ln -s "$CACHE/target" "$CACHE/built" "$BEFORE/cache/"
    ln -s "$BIN/kubectl" "$BIN/helm" "$BEFORE/cache/bin/"
  fi
  by_content "$BEFORE/checkout"
  before cluster/images.sh all
  # The programs in the shared folder are this checkout's again.
  bash cluster/build.sh services
  touch "$BEFORE/complete"
}

# before SCRIPT ARGUMENT…: a script of the version before, with its own cache.
before() { CODE_DELIVERY_CACHE=$BEFORE/cache bash "$BEFORE/checkout/$1" "${@:2}"; }

run() {
  local commit='' profile=release arguments=("$@") hooks=() kafka=127.0.0.1:$KAFKA_PORT
  bash cluster/demo.sh
  if [[ " $* " == *" --short "* ]]; then
    profile=dev
  else
    commit=$(version_before)
    if [[ -z $commit ]]; then
      echo "There is no version before this one in the history, so nothing is upgraded on the way."
    else
      echo "Building the version before this one (${commit:0:12}), to begin with it …"
      build_before "$commit" >"$CACHE/log/before.log" 2>&1 || die "The version before (${commit:0:12}) cannot be built; $CACHE/log/before.log says why."
      before cluster/images.sh import >>"$CACHE/log/before.log"
      before cluster/install.sh product
      # Whatever comes, this version is what stays.
      trap 'bash cluster/images.sh import >/dev/null; bash cluster/install.sh product' EXIT
      hooks+=(--upgrade "cd $ROOT && bash cluster/images.sh import && bash cluster/install.sh product")
    fi
  fi
  hooks+=(--kill-kubelet "bash $ROOT/cluster/chaos.sh kill-kubelet" --mend-node "bash $ROOT/cluster/up.sh")
  if [[ $(brokers) == 3 ]]; then kafka+=,127.0.0.1:$((KAFKA_PORT + 1)),127.0.0.1:$((KAFKA_PORT + 2)); fi
  cargo build --quiet --locked --profile "$profile" --workspace --bin code-delivery-chaos
  export KUBECONFIG=$STATE/kubeconfig GATEWAY=127.0.0.1:$MAP_PORT KAFKA=$kafka
  "$CARGO_TARGET_DIR/${profile/dev/debug}/code-delivery-chaos" "${hooks[@]}" "${arguments[@]}"
}

kill-kubelet() {
  local pid
  pid=$(pid_of kubelet) || die "The kubelet does not run."
  kill -KILL "$pid"
}

"$@"
