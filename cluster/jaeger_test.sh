#!/usr/bin/env bash
# Tests when the demo has a Jaeger, where it listens then, and that preflight.sh looks at its ports, as at all that the node takes.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

kept() { if in_shell jaeger.sh records_traces; then echo on; else echo off; fi; }

same "$(kept)" off "A demo records no traces"
same "$(TRACES=1 kept)" on "TRACES=1 records them"
echo 1 >"$scratch/state/traces"
same "$(kept)" on "A later run without TRACES goes on"
same "$(TRACES=0 kept)" off "TRACES=0 ends it"

mkdir "$scratch/config"
CONFIG=$scratch/config in_shell jaeger.sh jaeger_config
same "$(grep -oE '[0-9.]+:[0-9]+' "$scratch/config/jaeger.yaml" | sort | paste -sd ' ')" "10.85.0.1:29318 10.85.0.1:29686 127.0.0.1:29685" \
  "Jaeger listens where the pods reach it, and on loopback"
grep -q '^    enable_tracing: false$' "$scratch/config/jaeger.yaml" || fail "Jaeger sends traces of its own to port 4317"
ok "Jaeger sends no traces of its own"

while read -r port; do
  grep -q "free_port \"\$$port\"" "$here/preflight.sh" || fail "preflight.sh does not look whether $port of lib.sh is free"
done < <(sed -n 's/^\([A-Z_]*_PORT\)=.*/\1/p' "$here/lib.sh")
ok "Whether each port is free is known before anything is built"
