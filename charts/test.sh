#!/usr/bin/env bash
# test.sh [readme]: what must hold of the charts. helm's own lint, the objects that they render against the API's real schemas, the tests in tests/.
# With `readme` it writes code-delivery/README.md anew instead of comparing it.
# The tools that it needs it fetches once, into the cache.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"

KUBECONFORM=v0.8.0
HELM_DOCS=v1.14.2
GATEWAY_API=sigs.k8s.io/gateway-api@v1.5.1
PROMETHEUS_OPERATOR=github.com/prometheus-operator/prometheus-operator@v0.85.0

command -v helm >/dev/null || bash cluster/build.sh tools

# Where a Go module's files are, fetched when they are not there.
module() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

# The tools kubeconform and helm-docs.
TOOLS=$CACHE/built/chart-tools-$(key "$KUBECONFORM" "$HELM_DOCS" "$(go env GOVERSION)")
if absent "$TOOLS"; then
  GOBIN=$WORK CGO_ENABLED=0 go install "github.com/yannh/kubeconform/cmd/kubeconform@$KUBECONFORM"
  GOBIN=$WORK CGO_ENABLED=0 go install "github.com/norwoodj/helm-docs/cmd/helm-docs@$HELM_DOCS"
  keep "$TOOLS"
fi

# The schemas: of the Kubernetes that the demo runs, of our kinds and of those that the chart makes for others.
strimzi=$(bash cluster/strimzi/crds.sh)
kubernetes=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' cluster/node/go.mod)
SCHEMAS=$CACHE/built/chart-schemas-$(key "$kubernetes" "$GATEWAY_API" "$PROMETHEUS_OPERATOR" "$(hash_of charts/src crds/*.yaml "$strimzi")")
if absent "$SCHEMAS"; then
  cargo run --quiet --locked -p delivery-charts --bin chart-schemas -- "$WORK" \
    "$(module "k8s.io/kubernetes@$kubernetes")/api/openapi-spec/swagger.json" crds/*.yaml \
    "$(module "$GATEWAY_API")"/config/crd/standard/gateway.networking.k8s.io_{gateways,httproutes}.yaml \
    "$(module "$PROMETHEUS_OPERATOR")/example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml" "$strimzi"/*.yaml
  keep "$SCHEMAS"
fi

# quietly COMMAND…: what it says on standard error is shown only when it fails.
quietly() {
  local said
  said=$(mktemp)
  if ! "$@" 2>"$said"; then
    cat "$said" >&2
    rm "$said"
    return 1
  fi
  rm "$said"
}

# objects: standard input, checked against the schemas; what is not valid is shown.
objects() {
  "$TOOLS/kubeconform" -strict -verbose -schema-location "$SCHEMAS/{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json" | sed -n '/ is valid$/!p'
}

checked=0
for values in charts/*/ci/*-values.yaml; do
  chart=$(dirname "$(dirname "$values")")
  quietly helm lint --strict --quiet "$chart" --values "$values"
  quietly helm template code-delivery "$chart" --namespace code-delivery --values "$values" | objects || die "What $chart renders with $values is not what the API takes; see above."
  checked=$((checked + 1))
done
echo "$checked sets of values: linted, and checked against the API's schemas"
objects <charts/examples/kafka-connect.yaml || die "charts/examples/kafka-connect.yaml is not what the API takes; see above."

# The chart's README is made from the comments in values.yaml.
readme() {
  "$TOOLS/helm-docs" --chart-search-root charts/code-delivery --sort-values-order file --dry-run --log-level warning
}
if [[ ${1:-} == readme ]]; then
  readme >"$TOOLS.readme"
  test -s "$TOOLS.readme" && mv "$TOOLS.readme" charts/code-delivery/README.md
elif ! readme | diff -u charts/code-delivery/README.md -; then
  die "charts/code-delivery/README.md is not what values.yaml says; run charts/test.sh readme."
fi

