#!/usr/bin/env bash
# Tests when the demo is in a mesh, and what its files become then.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

# In place of install.sh's, which names an image that has been built.
image() { echo "image-of-$1"; }
export -f image

kept() { if in_shell mesh.sh in_mesh; then echo in; else echo out; fi; }
same "$(kept)" out "A demo is in no mesh"
same "$(MESH=1 kept)" in "MESH=1 takes it in"
echo 1 >"$scratch/state/mesh"
same "$(kept)" in "A later run without MESH stays in the mesh"
same "$(MESH=0 kept)" out "MESH=0 takes it out"
if MESH=yes run in_shell mesh.sh in_mesh; then fail "MESH=yes was taken"; fi
says 'MESH is yes, but only 1.*are supported' "It does not say what is right"
ok "A wrong MESH is refused with the right ones"

found=$(in_shell mesh.sh mesh_collector)
[[ $found == *"image: image-of-collector"* && $found != *otlp_http* && $found != *": CHECKSUM"* ]] || fail "Without traces the collector is $found"
ok "Without traces the collector passes no spans on"
found=$(TRACES=1 in_shell mesh.sh mesh_collector)
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
  MESH=$mesh in_shell mesh.sh mesh_follow || fail "With MESH=$mesh and no pod left it goes on"
  same "$(grep -c "simulator,sidecar.istio.io/$others " "$scratch/cache/asked")" 2 "MESH=$mesh replaces deliveries' pods with $others"
  same "$(grep -c '^delete pods .*status.phase!=Succeeded.* --wait=false$' "$scratch/cache/asked")" 1 "MESH=$mesh keeps the pods of those that have ended"
done
rm "$scratch/cache/pods"
if in_shell mesh.sh mesh_follow 2>/dev/null; then fail "A list that cannot be read is taken for an empty one"; fi
ok "A list of pods that cannot be read is not taken for an empty one"
echo pod/primeiro-1 >"$scratch/cache/pods"
if in_shell mesh.sh mesh_follow; then fail "An old pod is taken for a new one"; fi
ok "The end of an old pod is waited for"

install -m 755 /bin/true "$scratch/cache/istio-cni"
ln -s "$scratch/cache/istio-cni" "$scratch/cache/bin/istio-cni"
chain() { python3 -c 'import json, sys; print(*[plugin["type"] for plugin in json.load(open(sys.argv[1]))["plugins"]])' "$scratch/state/config/cni/10-code-delivery.conflist"; }
bash "$here/config.sh" pause:1
same "$(chain)" "bridge istio-cni" "In a mesh, the network plugin follows the bridge"
[[ -x $scratch/state/config/plugins/istio-cni && -e $scratch/state/config/plugins/bridge ]] || fail "The plugins are not in one folder"
MESH=0 bash "$here/config.sh" pause:1
same "$(chain)" bridge "Outside of a mesh there is the bridge alone"
