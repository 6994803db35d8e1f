#!/usr/bin/env bash
# render.sh [FOLDER]: writes the objects of this folder, which are those that the chart creates with mesh.enabled, into FOLDER (default: this
# one). The kustomizations and namespace.yaml are written by hand. charts/test.sh compares the result with what is committed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:-$root/istio}
chart=$root/charts/code-delivery
command -v helm >/dev/null || { echo "error: There is no helm. Install it, or set up the demo's with eval \"\$(make -s env)\"." >&2; exit 1; }

# written FILE TEMPLATE FLAG…: renders a template of the mesh, without the labels that say that Helm manages the objects.
written() {
  local file=$out/$1 template=templates/mesh/$2.yaml
  shift 2
  mkdir -p "$(dirname "$file")"
  {
    echo "# Rendered by istio/render.sh from charts/code-delivery/$template; change that."
    helm template code-delivery "$chart" --namespace code-delivery --values "$chart/ci/mesh-values.yaml" --show-only "$template" "$@" |
      grep -v -e '^# Source: ' -e '^ *helm.sh/chart: ' -e '^ *app.kubernetes.io/managed-by: Helm$' |
      awk '/^---$/ { held = 1; next } NF { if (held && begun) print "---"; held = 0; begun = 1; print }'
  } >"$file"
}

written base/peer-authentication.yaml peer-authentication
written base/default-deny.yaml default-deny
written base/telemetry.yaml telemetry
written gateway-api/gateway.yaml gateway
written gateway-api/httproute.yaml httproute
written sidecars/sidecars.yaml sidecars
written sidecars/destination-rules.yaml destination-rules
written overlays/sidecar/authorization-policies.yaml authorization-policies
written overlays/ambient/authorization-policies.yaml authorization-policies --set mesh.mode=ambient
classic=(--set mesh.gateway.api=istio --set 'mesh.gateway.principals={cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account}')
written overlays/classic/gateway.yaml classic "${classic[@]}"
written overlays/classic/authorization-policies.yaml authorization-policies "${classic[@]}"
# An example of servers that are no Services of the cluster.
written outside/service-entries.yaml service-entries \
  --set 'kafka.bootstrapServers=kafka-0.example.com:9094\,kafka-1.example.com:9094' --set mesh.servers.kafka=null \
  --set 'mesh.servers.mongodb={mongodb.example.com:27017}' --set elasticsearch.url=https://search.example.com
