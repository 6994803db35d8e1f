#!/usr/bin/env bash
# Tests when the demo is in a mesh, and what its files become then.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CODE_DELIVERY_CACHE=$scratch/cache CODE_DELIVERY_STATE=$scratch/state CODE_DELIVERY_LOCKED=1
unset MESH TRACES
mkdir -p "$scratch/state" "$scratch/cache/bin"
passed=0
ok() { passed=$((passed + 1)); echo "ok $passed - $1"; }
fail() {
  echo "FAILED: $1" >&2
  exit 1
}
# same FOUND EXPECTED WHAT
same() { if [[ $1 == "$2" ]]; then ok "$3"; else fail "$3: $1 instead of $2"; fi; }

# in_shell COMMAND…: runs it as install.sh would.
in_shell() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  bash -c 'source "$1/lib.sh"; source "$1/mesh.sh"; image() { echo "image-of-$1"; }; cd "$ROOT"; shift; "$@"' bash "$here" "$@"
}

kept() { if in_shell in_mesh; then echo in; else echo out; fi; }
same "$(kept)" out "A demo is in no mesh"
same "$(MESH=1 kept)" in "MESH=1 takes it in"
echo 1 >"$scratch/state/mesh"
same "$(kept)" in "A later run without MESH stays in the mesh"
same "$(MESH=0 kept)" out "MESH=0 takes it out"
if output=$(MESH=yes in_shell in_mesh 2>&1); then fail "MESH=yes was taken"; fi
[[ $output == *"MESH is yes, but only 1"*"are supported"* ]] || fail "It said $output"
ok "A wrong MESH is refused with the right ones"

found=$(in_shell mesh_collector)
[[ $found == *"image: image-of-collector"* && $found != *otlp_http* && $found != *": CHECKSUM"* ]] || fail "Without traces the collector is $found"
ok "Without traces the collector passes no spans on"
found=$(TRACES=1 in_shell mesh_collector)
[[ $found == *'otlp_http: {endpoint: "http://10.85.0.1:29318"}'* && $found == *"traces: {receivers: [otlp]"* ]] || fail "With traces the collector is $found"
ok "With traces it passes them on to Jaeger"

# A kubectl that notes what it is asked, and lists what is in the file pods.
cat >"$scratch/cache/bin/kubectl" <<'E'
#!/bin/sh
echo "$*" >>"${0%/*}/../asked"
if [ "$1" = get ]; then cat "${0%/*}/../pods"; fi
E
chmod 755 "$scratch/cache/bin/kubectl"
: >"$scratch/cache/pods"
for mesh in 1 0; do
  if ((mesh)); then others='inject!=true'; else others='inject=true'; fi
  rm -f "$scratch/cache/asked"
  MESH=$mesh in_shell mesh_follow || fail "With MESH=$mesh and no pod left it goes on"
  same "$(grep -c "simulator,sidecar.istio.io/$others " "$scratch/cache/asked")" 2 "MESH=$mesh replaces deliveries' pods with $others"
  same "$(grep -c '^delete pods .*status.phase!=Succeeded.* --wait=false$' "$scratch/cache/asked")" 1 "MESH=$mesh keeps the pods of those that have ended"
done
rm "$scratch/cache/pods"
if in_shell mesh_follow 2>/dev/null; then fail "A list that cannot be read is taken for an empty one"; fi
ok "A list of pods that cannot be read is not taken for an empty one"
echo pod/primeiro-1 >"$scratch/cache/pods"
if in_shell mesh_follow; then fail "An old pod is taken for a new one"; fi
ok "The end of an old pod is waited for"

install -m 755 /bin/true "$scratch/cache/istio-cni"
ln -s "$scratch/cache/istio-cni" "$scratch/cache/bin/istio-cni"
chain() { python3 -c 'import json, sys; print(*[plugin["type"] for plugin in json.load(open(sys.argv[1]))["plugins"]])' "$scratch/state/config/cni/10-code-delivery.conflist"; }
bash "$here/config.sh" pause:1
same "$(chain)" "bridge istio-cni" "In a mesh, the network plugin follows the bridge"
[[ -x $scratch/state/config/plugins/istio-cni && -e $scratch/state/config/plugins/bridge ]] || fail "The plugins are not in one folder"
MESH=0 bash "$here/config.sh" pause:1
same "$(chain)" bridge "Outside of a mesh there is the bridge alone"

echo "# pass $passed"
