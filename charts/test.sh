#!/usr/bin/env bash
# test.sh [readme|istio]: checks the charts with helm lint, validates the rendered objects against the API's real schemas, tests the
# Prometheus rules, and compares the generated files (dashboards, code-delivery/README.md, the objects in istio/) with their sources. With `readme` or
# `istio` it regenerates those instead.
# Downloads the tools that it needs into the cache, once.
source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"
cd "$ROOT"

KUBECONFORM=v0.8.0
HELM_DOCS=v1.14.2
GATEWAY_API=sigs.k8s.io/gateway-api@v1.5.1
ISTIO_API=istio.io/api@v1.31.1
PROMETHEUS_OPERATOR=github.com/prometheus-operator/prometheus-operator@v0.85.0

command -v helm >/dev/null || bash cluster/build.sh tools

# module NAME@VERSION: prints the folder of a Go module, and downloads it if necessary.
module() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

# The tools kubeconform, helm-docs and, of the demo's version, promtool.
TOOLS=$CACHE/built/chart-tools-$(key "$KUBECONFORM" "$HELM_DOCS" "$(hash_of cluster/prometheus)" "$(go env GOVERSION)")
if absent "$TOOLS"; then
  GOBIN=$WORK CGO_ENABLED=0 go install "github.com/yannh/kubeconform/cmd/kubeconform@$KUBECONFORM"
  GOBIN=$WORK CGO_ENABLED=0 go install "github.com/norwoodj/helm-docs/cmd/helm-docs@$HELM_DOCS"
  (cd cluster/prometheus && CGO_ENABLED=0 go build -mod=readonly -trimpath -tags remove_all_sd -o "$WORK/" github.com/prometheus/prometheus/cmd/promtool)
  keep "$TOOLS"
fi

# The schemas of the demo's Kubernetes version, of our CRDs, and of the third-party kinds that the chart uses.
strimzi=$(bash cluster/strimzi/crds.sh)
kubernetes=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' cluster/node/go.mod)
SCHEMAS=$CACHE/built/chart-schemas-$(key "$kubernetes" "$GATEWAY_API" "$ISTIO_API" "$PROMETHEUS_OPERATOR" "$(hash_of charts/src charts/code-delivery/files/crds "$strimzi")")
if absent "$SCHEMAS"; then
  cargo run --quiet --locked -p delivery-charts --bin chart-schemas -- "$WORK" \
    "$(module "k8s.io/kubernetes@$kubernetes")/api/openapi-spec/swagger.json" crds/*.yaml \
    "$(module "$GATEWAY_API")"/config/crd/standard/gateway.networking.k8s.io_{gateways,httproutes}.yaml \
    "$(module "$ISTIO_API")/kubernetes/customresourcedefinitions.gen.yaml" \
    "$(module "$PROMETHEUS_OPERATOR")/example/prometheus-operator-crd"/monitoring.coreos.com_{podmonitors,prometheusrules}.yaml "$strimzi"/*.yaml
  keep "$SCHEMAS"
fi

# quietly COMMAND…: shows the command's standard error only if it fails.
quietly() {
  local errors
  errors=$(mktemp)
  if ! "$@" 2>"$errors"; then
    cat "$errors" >&2
    rm "$errors"
    return 1
  fi
  rm "$errors"
}

# objects: validates standard input against the schemas, and prints the objects that are not valid.
objects() {
  "$TOOLS/kubeconform" -strict -verbose -schema-location "$SCHEMAS/{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json" | sed -n '/ is valid$/!p'
}

checked=0
for values in charts/*/ci/*-values.yaml; do
  chart=$(dirname "$(dirname "$values")")
  quietly helm lint --strict --quiet "$chart" --values "$values"
  quietly helm template code-delivery "$chart" --namespace code-delivery --values "$values" | objects || die "$chart renders invalid objects with $values; see above."
  checked=$((checked + 1))
done
echo "$checked sets of values: linted, and validated against the API's schemas"
objects <charts/examples/kafka-connect.yaml || die "charts/examples/kafka-connect.yaml is not a valid object; see above."

# istio/ is rendered from the chart.
istio=$(mktemp -d)
quietly bash istio/render.sh "$istio"
while read -r file; do
  objects <"$istio/$file" || die "istio/$file is not valid; see above."
  if [[ ${1:-} == istio ]]; then
    cp "$istio/$file" "istio/$file"
  else
    diff -u "istio/$file" "$istio/$file" || die "istio/$file does not match the chart; run bash charts/test.sh istio and commit the result."
  fi
done < <(cd "$istio" && find . -name '*.yaml' -printf '%P\n')
rm -r "$istio"

# The Prometheus rules: their syntax, and that each alert fires when it should and only then.
"$TOOLS/promtool" check rules charts/code-delivery/files/rules/*.yaml || die "charts/code-delivery/files/rules is not valid; see above."
"$TOOLS/promtool" test rules charts/tests/rules/*.yaml || die "The alerts do not fire as charts/tests/rules expects; see above."

# The dashboards are generated. The compiler's cache makes this cheap.
dashboards=$(mktemp -d)
(cd grafana && go run -mod=readonly . "$dashboards")
diff -ru grafana/dashboards "$dashboards" || die "grafana/dashboards does not match the Go files; run (cd grafana && go run . dashboards) and commit the result."
rm -r "$dashboards"

# editors VALUES: prints the role that users get who may edit a namespace.
editors() {
  quietly helm template code-delivery charts/code-delivery --values "charts/code-delivery/ci/$1-values.yaml" --show-only templates/aggregate-roles.yaml |
    awk -v RS='---' '/aggregate-to-edit/'
}
role=$(editors history)
[[ $role == *deliveryroutes* && $role != *kafkaconnectors* ]] || die "Users who may edit a namespace may edit its KafkaConnectors although rbac.aggregateConnectors is not set: $role"
role=$(editors connectors)
[[ $role == *kafkaconnectors* ]] || die "Users who may edit a namespace may not edit its KafkaConnectors although rbac.aggregateConnectors is set: $role"

# The chart's README is generated from the comments in values.yaml.
readme() {
  "$TOOLS/helm-docs" --chart-search-root charts/code-delivery --sort-values-order file --dry-run --log-level warning
}
if [[ ${1:-} == readme ]]; then
  readme >"$TOOLS.readme"
  test -s "$TOOLS.readme" && mv "$TOOLS.readme" charts/code-delivery/README.md
elif ! readme | diff -u charts/code-delivery/README.md -; then
  die "charts/code-delivery/README.md does not match values.yaml; run bash charts/test.sh readme and commit the result."
fi

