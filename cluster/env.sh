#!/usr/bin/env bash
# Prints the environment variables for using the cluster: eval "$(make -s env)"
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck disable=SC2016 # the reader's shell expands $PATH
printf 'export KUBECONFIG=%q PATH=%q:$PATH CARGO_TARGET_DIR=%q\n' "$STATE/kubeconfig" "$BIN" "$CARGO_TARGET_DIR"
