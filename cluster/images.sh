#!/usr/bin/env bash
# images.sh build | import | prune | push REGISTRY [NAME…]: images from the contexts in $CACHE/images (build.sh makes those), no daemon.
#   build   an archive beside each context, by buildah (the same Containerfile and context serve docker and podman)
#   import  into the node's containerd what it lacks
#   prune   from containerd what is neither current nor in use
#   push    to a registry; when it asks for a password: buildah login first
# images.sh all [REGISTRY]: builds the product's images from the sources, and pushes them when there is a registry.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alone bash "${BASH_SOURCE[0]}" "$@"

PRODUCT=(operator simulator gateway connector-operator)
buildah() { command buildah --root "$CACHE/buildah/storage" --runroot "$CACHE/buildah/run" --storage-driver vfs "$@"; }
ctr() { command ctr --address "$SOCKET" --namespace k8s.io "$@"; }

# contexts [NAME…]: the folders of these images, or of all that there are.
contexts() {
  if (($#)); then printf "$CACHE/images/%s\n" "$@"; else find "$CACHE/images" -mindepth 1 -maxdepth 1 -type l ! -name '*.new' | sort; fi
}

build() {
  local context reference archive made=0 all=0
  for context in $(contexts "$@"); do
    all=$((all + 1))
    reference=$(cat "$context/reference")
    archive=$(readlink -f "$context")/image.tar
    if [[ -f $archive ]]; then continue; fi
    rm -f "$archive.new"
    buildah build --isolation chroot --layers=false --file "$context/Containerfile" --tag "$reference" "$context"
    buildah push --quiet "$reference" "oci-archive:$archive.new:$reference"
    buildah rmi --force "$reference"
    mv "$archive.new" "$archive"
    made=$((made + 1))
  done
  say "$all, $made of them new"
}

import() {
  local context reference known new=0
  known=$(ctr images list --quiet)
  for context in $(contexts); do
    reference=$(cat "$context/reference")
    if grep -qxF "$reference" <<<"$known"; then continue; fi
    ctr images import "$context/image.tar"
    new=$((new + 1))
  done
  say "$new new"
}

prune() {
  local reference keep
  keep=$(
    for context in $(contexts); do cat "$context/reference"; done
    ctr containers list | awk 'NR > 1 { print $2 }'
  )
  for reference in $(ctr images list --quiet | grep "^$IMAGE_PREFIX/" || true); do
    grep -qxF "$reference" <<<"$keep" || ctr images remove "$reference"
  done
}

push() {
  local registry=$1 context reference plain=()
  case $registry in localhost[:/]* | 127.*) plain=(--tls-verify=false) ;; esac # as docker has it
  for context in $(contexts "${@:2}"); do
    reference=$(cat "$context/reference")
    buildah pull --quiet "oci-archive:$(readlink -f "$context")/image.tar"
    buildah push "${plain[@]}" "$reference" "docker://$registry/${reference#"$IMAGE_PREFIX/"}" ||
      die "$registry did not take ${reference##*/}; is it right, and has buildah login been run for it?"
    buildah rmi --force "$reference"
  done
  say "to $registry"
}

all() {
  CLUSTER=images bash "$ROOT/cluster/preflight.sh"
  bash "$ROOT/cluster/build.sh" web services
  build "${PRODUCT[@]}"
  if [[ -n ${1:-} ]]; then push "$1" "${PRODUCT[@]}"; fi
  cd "$CACHE/images" && cat "${PRODUCT[@]/%//reference}"
}

"$@"
