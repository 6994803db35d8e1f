# shellcheck shell=bash
# Build contexts of images: a Containerfile and root/, which holds exactly the image's files. Sourced by build.sh, never run.

# link TARGET NAME: makes NAME a symbolic link to TARGET, atomically.
link() { ln -sfn "$1" "$2.new" && mv -T "$2.new" "$2"; }

# context NAME CONTAINERFILE INPUT…: true if there is no context yet for these inputs and the current text of the calling function. Then
# fill $WORK/root and call context_done.
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

# context_done: stores the complete context; the image's tag is the hash of its content.
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

# basics ROOT: adds the files that any program may need: users, name resolution, CA certificates.
basics() {
  mkdir -p "$1/etc/ssl/certs" "$1/tmp"
  printf 'root:x:0:0::/:/sbin/nologin\nnobody:x:%d:%d::/:/sbin/nologin\n' "$NOBODY" "$NOBODY" >"$1/etc/passwd"
  printf 'root:x:0:\nnobody:x:%d:\n' "$NOBODY" >"$1/etc/group"
  printf 'hosts: files dns\n' >"$1/etc/nsswitch.conf"
  cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
}

# libraries PROGRAM…: prints the shared libraries that they need, including the loader.
libraries() { ldd "$@" 2>/dev/null | grep -oE '/[^ )]+\.so[^ )]*' | sort -u; }

# closure ROOT PROGRAM…: copies those libraries to where the programs look for them, except those that are in ROOT already.
closure() {
  local library
  for library in $(libraries "${@:2}"); do
    if [[ $library != "$1"/* ]]; then install -D -m 755 "$library" "$1$library"; fi
  done
}
