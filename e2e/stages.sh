#!/usr/bin/env bash
# stages.sh STAGE: one stage of the test command; each can be run alone. Which there are: the functions below.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"

# cargo_tool NAME VERSION ARGUMENTS…: a tool from the crates' registry, installed once per version.
cargo_tool() {
  local tools=$CACHE/cargo-tools/$1-$2
  if [[ ! -x $tools/bin/$1 ]]; then
    CARGO_TARGET_DIR=$CACHE/cargo-tools/target cargo install --quiet --locked --root "$tools" "$1@$2"
  fi
  "$tools/bin/$1" "${@:3}"
}

page_modules() {
  if [[ ! web/node_modules/.package-lock.json -nt web/package-lock.json ]]; then
    npm ci --prefix web --no-audit --no-fund
    touch web/node_modules/.package-lock.json
  fi
}

format() { cargo fmt --all --check; }
clippy() { cargo clippy --locked --workspace --all-targets -- -D warnings; }
dependencies() {
  cargo_tool cargo-machete 0.9.2
  cargo_tool cargo-deny 0.20.2 --log-level error check bans licenses sources
}
scripts() {
  local files
  mapfile -t files < <(git ls-files '*.sh' .ci/run)
  shellcheck -x -P SCRIPTDIR "${files[@]}"
}
page_lint() {
  page_modules
  npm run --prefix web lint
}
page_browser() {
  page_modules
  npm run --prefix web build
  npm run --prefix web test:page
}
charts() { bash charts/test.sh; }
unit() { cargo test --locked --workspace --exclude delivery-e2e; }
page_unit() {
  page_modules
  npm test --prefix web
}
demo() { make -s demo; }
e2e() { KUBECONFIG=$STATE/kubeconfig cargo test --locked -p delivery-e2e --no-fail-fast; }
# The gateway's own tests of its history, against the cluster's server.
history() {
  local address
  address=$(kubectl --kubeconfig "$STATE/kubeconfig" get service mongodb --namespace "$DATA_NAMESPACE" -o 'jsonpath={.spec.clusterIP}')
  MONGODB_URI=mongodb://$address:27017/ cargo test --locked -p delivery-gateway -- --ignored
}
proxy() { bash e2e/proxy/run.sh; }
page() {
  page_modules
  BASE_URL=http://127.0.0.1:$MAP_PORT SCREENSHOT=$CACHE/log/map.png npm run --prefix web e2e
}
# What all the tests before left in the log: read from here, and by a reader in the cluster as from a laptop.
verify() {
  export KUBECONFIG=$STATE/kubeconfig
  kubectl delivery verify -A --bootstrap-servers "127.0.0.1:$KAFKA_PORT"
  kubectl delivery verify -A
}

"$1"
