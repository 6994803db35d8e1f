#!/usr/bin/env bash
# Checks the prerequisites and says what is missing and how to get it; on Debian and its derivatives it installs missing packages.
# FOR=test: also what the tests need.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
cd "$ROOT"

# at_least NEEDED FOUND
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1) == "$1" ]]; }

# toolchain NAME NEEDED FOUND WAY: checks a toolchain that the distribution may not have in this version.
toolchain() {
  [[ -n $3 ]] || die "$1 $2 or newer is required but not installed; $4."
  at_least "$2" "$3" || die "$1 $2 or newer is required, but version $3 is installed; $4."
}

system() {
  [[ $(uname -s) == Linux && $(uname -m) == x86_64 ]] || die "The demo requires Linux on x86-64, but this is $(uname -sm); use a virtual machine, or an existing cluster with CLUSTER=current."
  ((EUID == 0)) || die "The demo starts a Kubernetes node, which needs root; run sudo -E make demo, or use an existing cluster with CLUSTER=current."
}

# package COMMAND-OR-FILE PACKAGE: adds the package to $missing if the command or file does not exist.
package() {
  if [[ $1 == /* ]]; then [[ -e $1 ]] || missing+=("$2"); else command -v "$1" >/dev/null || missing+=("$2"); fi
}

packages() {
  local missing=()
  package buildah buildah
  package openssl openssl
  package curl curl
  package python3 python3
  package gcc build-essential
  package pkg-config pkg-config
  package /usr/include/openssl/ssl.h libssl-dev
  package /usr/include/zlib.h zlib1g-dev
  package /etc/ssl/certs/ca-certificates.crt ca-certificates
  package javac default-jdk-headless
  package mvn maven
  package setpriv util-linux
  python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  if [[ ${CLUSTER:-own} == own ]]; then
    package containerd containerd
    package runc runc
    package /usr/lib/cni/bridge containernetworking-plugins
    package iptables iptables
    package conntrack conntrack
    package ip iproute2
    package sysctl procps
  fi
  if [[ ${FOR:-} == test ]]; then
    package shellcheck shellcheck
    package "${CHROMIUM:-/usr/bin/chromium}" chromium
  fi
  if ((${#missing[@]} == 0)); then return; fi
  command -v apt-get >/dev/null || die "These packages are missing: ${missing[*]} (Debian's names). Install them with your package manager; make demo can install them only on Debian and its derivatives."
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; }; then
    die "apt-get could not install ${missing[*]}; see the log for the reason, or install them yourself."
  fi
}

toolchains() {
  toolchain Rust 1.95 "$(rustc --version 2>/dev/null | cut -d' ' -f2)" "install it with rustup (https://rustup.rs)"
  toolchain Go 1.24 "$(go version 2>/dev/null | grep -oE 'go[0-9.]+' | head -1 | tr -d go)" "install it from https://go.dev/dl"
  toolchain Node.js 20.19 "$(node --version 2>/dev/null | tr -d v)" "install it from https://nodejs.org"
  toolchain "A JDK" 17 "$(javac -version 2>&1 | grep -oE '[0-9.]+' | head -1)" "install the package default-jdk-headless"
  [[ -d $(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")/jmods ]] ||
    die "The JDK of $(command -v javac) has no jmods folder, which is needed to build the runtimes of the Java servers; install the package default-jdk-headless and put it first in PATH."
}

# room FOLDER GIB VARIABLE: checks the free space on the disk of FOLDER, which may not exist yet; VARIABLE chooses another folder.
room() {
  local folder=$1 free
  until [[ -d $folder ]]; do folder=$(dirname "$folder"); done
  free=$(df --output=avail -BG "$folder" | tail -1 | tr -dc 0-9)
  ((free >= $2)) || die "$1 needs $2 GiB of free disk space but has $free GiB; free up space, or choose another folder with $3."
}

resources() {
  local memory
  if foreign "$STATE"; then die "$STATE contains files that were not created by Code Delivery; empty it, or choose another folder with CODE_DELIVERY_STATE."; fi
  if [[ -e $BIN/kubernetes ]]; then room "$CACHE" "$BUILD_SPACE" CODE_DELIVERY_CACHE; else room "$CACHE" "$FIRST_BUILD_SPACE" CODE_DELIVERY_CACHE; fi
  room "$STATE" "$STATE_SPACE" CODE_DELIVERY_STATE
  memory=$(awk '$1 == "MemAvailable:" { print int($2 / 1048576) }' /proc/meminfo)
  pid_of kube-apiserver >/dev/null || ((memory >= FREE_MEMORY)) || die "The demo needs $FREE_MEMORY GiB of free memory, but only $memory GiB are available; stop other programs, or use a larger machine."
}

# free_port PORT [PROCESS]: checks that no program listens there, except the node's own PROCESS.
free_port() {
  local taken
  if [[ -n ${2:-} ]] && pid_of "$2" >/dev/null; then return; fi
  taken=$(ss -Hltnp "sport = :$1" | head -1)
  [[ -z $taken ]] || die "Port $1 is in use${taken:+ by $(grep -oP 'users:\(\("\K[^"]+' <<<"$taken" || echo 'another program')}; stop it, or use an existing cluster with CLUSTER=current."
}

ports() {
  free_port 2379 etcd
  free_port 2380 etcd
  free_port 6443 kube-apiserver
  free_port 10250 kubelet
  free_port 10248 kubelet
  free_port 10249 kube-proxy
  free_port 10256 kube-proxy
  free_port 10257 kube-controller-manager
  free_port 10259 kube-scheduler
  free_port "$PROMETHEUS_PORT" prometheus
  free_port "$ALERTMANAGER_PORT" alertmanager
  if records_traces; then
    free_port "$JAEGER_PORT" jaeger
    free_port "$JAEGER_GRPC_PORT" jaeger
    free_port "$OTLP_PORT" jaeger
  fi
  if shows_grafana; then free_port "$GRAFANA_PORT"; fi
  free_port "$MAP_PORT"
  free_port "$GATEWAY_PORT"
  free_port "$KAFKA_PORT"
  if [[ $(brokers) == 3 ]]; then
    free_port $((KAFKA_PORT + 1))
    free_port $((KAFKA_PORT + 2))
  fi
}

networks() {
  local prefix other
  for prefix in 10.85 10.96; do
    other=$(ip -4 route show | grep -v "dev $BRIDGE" | grep -m1 "^$prefix\." || true)
    [[ -z $other ]] || die "This machine already has a route to $prefix.0.0/16 ($other), which the cluster needs; remove the route, or use an existing cluster with CLUSTER=current."
  done
}

kernel() {
  modprobe -q overlay 2>/dev/null || true
  modprobe -q br_netfilter 2>/dev/null || true
  grep -qw overlay /proc/filesystems || die "The kernel does not support overlay file systems, which containers need; use a kernel with CONFIG_OVERLAY_FS."
  [[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || die "The kernel does not support br_netfilter, which Services need; use a kernel with CONFIG_BRIDGE_NETFILTER."
}

current() {
  local name
  for name in REGISTRY KAFKA; do
    [[ -n ${!name:-} ]] || die "CLUSTER=current requires REGISTRY (where to push the images, host/path) and KAFKA (the brokers' addresses as seen from the cluster, host:port); $name is not set."
  done
}

if [[ ${CLUSTER:-own} != own ]]; then
  if [[ $CLUSTER == current ]]; then current; fi
  ((EUID == 0)) || die "Building images needs root; run the same command with sudo -E."
  packages
  toolchains
else
  system
  packages
  toolchains
  resources
  ports
  networks
  kernel
fi
say "all met"
