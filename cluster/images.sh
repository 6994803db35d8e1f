#!/usr/bin/env bash
# images.sh build | import | prune | push REGISTRY [NAME…]: images from the contexts in $CACHE/images (made by build.sh), without a daemon.
#   build   builds an archive beside each context with buildah (docker and podman can use the same Containerfile and context)
#   import  imports missing images into the node's containerd
#   prune   removes images from containerd that are neither current nor in use
#   push    pushes to a registry; if it requires a password, run buildah login first
# images.sh all [REGISTRY]: builds the product's images from source, and pushes them if a registry is given.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alone bash "${BASH_SOURCE[0]}" "$@"

buildah() { command buildah --root "$CACHE/buildah/storage" --runroot "$CACHE/buildah/run" --storage-driver vfs "$@"; }
ctr() { command ctr --address "$SOCKET" --namespace k8s.io "$@"; }

# contexts [NAME…]: prints the folders of these images, or of all images.
contexts() {
  local name others=()
  if (($#)); then
    printf "$CACHE/images/%s\n" "$@"
    return
  fi
  # What an earlier demo in a mesh has left in the cache.
  if ! in_mesh; then for name in "${MESH_IMAGES[@]}"; do others+=(! -name "$name"); done; fi
  find "$CACHE/images" -mindepth 1 -maxdepth 1 -type l ! -name '*.new' "${others[@]}" | sort
}

build() { once "$CACHE/images/.lock" pack "$@"; }

# pack [NAME…]: builds the archives that do not exist yet.
pack() {
  local context reference archive made=0 all=0
  for context in $(contexts "$@"); do
    all=$((all + 1))
    reference=$(cat "$context/reference")
    archive=$(readlink -f "$context")/image.tar
    if [[ -f $archive ]]; then continue; fi
    rm -f "$archive.new"
    buildah build --isolation chroot --layers=false --file "$context/Containerfile" --tag "$reference" "$context"
    # Compressed fast: an archive goes no further than the disk, and a registry gets compressed layers of its own.
    buildah push --quiet --compression-level 1 "$reference" "oci-archive:$archive.new:$reference"
    buildah rmi --force "$reference"
    mv "$archive.new" "$archive"
    made=$((made + 1))
  done
  say "$all images, $made of them new"
}

import() {
  local context reference known new=()
  known=$(ctr images list --quiet)
  for context in $(contexts); do
    reference=$(cat "$context/reference")
    if grep -qxF "$reference" <<<"$known"; then continue; fi
    new+=("$context/image.tar")
  done
  # One processor unpacks one image.
  if ((${#new[@]})); then printf '%s\0' "${new[@]}" | xargs -0 -n 1 -P "$(nproc)" ctr --address "$SOCKET" --namespace k8s.io images import; fi
  say "${#new[@]} images imported"
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
      die "Pushing ${reference##*/} to $registry failed; check REGISTRY, and run buildah login $registry if it requires a password."
    buildah rmi --force "$reference"
  done
  say "pushed to $registry"
}

all() {
  CLUSTER=images bash "$ROOT/cluster/preflight.sh"
  bash "$ROOT/cluster/build.sh" web services
  build "${PRODUCT[@]}"
  if [[ -n ${1:-} ]]; then push "$1" "${PRODUCT[@]}"; fi
  cd "$CACHE/images" && cat "${PRODUCT[@]/%//reference}"
}

"$@"
