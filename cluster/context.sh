# shellcheck shell=bash
# The context of an image: a Containerfile and root/, the image's files and nothing else. Sourced by build.sh, never run.

# link TARGET NAME: points NAME there, in one step.
link() { ln -sfn "$1" "$2.new" && mv -T "$2.new" "$2"; }

# context NAME CONTAINERFILE INPUT…: true when the context for these inputs, and for the function that calls this as it is now, is
# still to be made: fill $WORK/root, then context_done.
context() {
  CONTEXT_NAME=$1 CONTEXT_FILE=$2
  CONTEXT=$CACHE/built/image-$1-$(key "$(declare -f "${FUNCNAME[1]}" context_done basics libraries closure)" "$(hash_of "$2")" "${@:3}")
  if absent "$CONTEXT"; then
    mkdir "$WORK/root"
    return
  fi
  link "$CONTEXT" "$CACHE/images/$1"
  say "$(cat "$CONTEXT/reference")"
  return 1
}

# context_done: the context is complete; its image's tag is the hash of all of it.
context_done() {
  local tag
  cp "$CONTEXT_FILE" "$WORK/Containerfile"
  printf '*\n!root\n' >"$WORK/.dockerignore"
  tag=$(tar -C "$WORK" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c Containerfile root | sha256sum | cut -c1-12)
  printf '%s/%s:%s\n' "$IMAGE_PREFIX" "$CONTEXT_NAME" "$tag" >"$WORK/reference"
  keep "$CONTEXT"
  link "$CONTEXT" "$CACHE/images/$CONTEXT_NAME"
  say "$(cat "$CONTEXT/reference")"
}

# basics ROOT: the files that every program may look for: users, name resolution, certificate authorities.
basics() {
  mkdir -p "$1/etc/ssl/certs" "$1/tmp"
  printf 'root:x:0:0::/:/sbin/nologin\nnobody:x:%d:%d::/:/sbin/nologin\n' "$NOBODY" "$NOBODY" >"$1/etc/passwd"
  printf 'root:x:0:\nnobody:x:%d:\n' "$NOBODY" >"$1/etc/group"
  printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
  cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
}

# libraries PROGRAM…: the shared libraries that they need, the loader with them.
libraries() { ldd "$@" 2>/dev/null | grep -oE '/[^ )]+\.so[^ )]*' | sort -u; }

# closure ROOT PROGRAM…: copies those libraries to where the programs look for them. A library that is in ROOT already stays as it is.
closure() {
  local library
  for library in $(libraries "${@:2}"); do
    if [[ $library != "$1"/* ]]; then install -D -m 755 "$library" "$1$library"; fi
  done
}
