#!/usr/bin/env bash
# Removes the caches: everything that the next `make demo` rebuilds.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
alone bash "${BASH_SOURCE[0]}"

[[ ! -e $STATE/.code-delivery ]] || die "The cluster is still running from these caches; run make demo-down first."
for folder in bin buildah built cargo-tools images log mesh previous target web; do rm -rf "${CACHE:?}/$folder"; done
rmdir "$CACHE" 2>/dev/null || say "$CACHE contains other files, which are kept."
