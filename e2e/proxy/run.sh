#!/usr/bin/env bash
# Tests the map through a real proxy: Envoy with TLS, on loopback, in front of the demo's gateway. The tests are in proxy.test.mjs.
source "$(dirname "${BASH_SOURCE[0]}")/../../cluster/lib.sh"
HERE=$ROOT/e2e/proxy

ENVOY=$(bash "$ROOT/cluster/envoy/program.sh")

scratch=$(mktemp -d)
cd "$scratch"
proxy=
trap 'if [[ -n $proxy ]]; then kill "$proxy" 2>/dev/null; fi; rm -rf "$scratch"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -keyout tls.key -out tls.crt \
  -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
"$ENVOY" --config-path "$HERE/envoy.yaml" --concurrency 1 --disable-hot-restart --log-level warning 2>envoy.log &
proxy=$!
for ((tries = 0; ; tries++)); do
  if (exec 3<>/dev/tcp/127.0.0.1/18443) 2>/dev/null; then break; fi
  if ! kill -0 "$proxy" 2>/dev/null || ((tries >= 600)); then
    cat envoy.log >&2
    die "Envoy is not listening on 127.0.0.1:18443; its log is above."
  fi
  sleep 0.1
done
NODE_EXTRA_CA_CERTS=$scratch/tls.crt node --experimental-websocket --disable-warning=ExperimentalWarning --test "$HERE/proxy.test.mjs"
