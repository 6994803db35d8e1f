#!/usr/bin/env bash
# Stops the node's processes and pods, and removes what they leave behind: mounts, the bridge, iptables chains, cgroups, folders, the data.
# Removes only what up.sh and the node created, whatever has happened since: a restart of the machine, another cluster. The caches stay.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
source "$ROOT/cluster/network.sh"
source "$ROOT/cluster/others.sh"
source "$ROOT/cluster/traces.sh"
alone bash "${BASH_SOURCE[0]}"

if [[ ! -e $STATE/.code-delivery ]]; then
  say "Nothing to remove: $STATE does not exist."
  exit 0
fi
((EUID == 0)) || die "Removing the cluster needs root; run sudo make demo-down."

# The processes that hold our containers: those connected to our containerd.
shims() {
  local process
  for process in /proc/[0-9]*; do
    if grep -zqxF -- "$SOCKET" "$process/cmdline" 2>/dev/null; then echo "${process#/proc/}"; fi
  done
}

# Killing a container's first process kills the others in its PID namespace.
end_containers() {
  local shim
  for shim in $(shims); do
    if [[ $(cat "/proc/$shim/comm" 2>/dev/null) == containerd-shim* ]]; then
      # shellcheck disable=SC2046 # pids
      kill -KILL $(cat "/proc/$shim/task/$shim/children" 2>/dev/null) 2>/dev/null || true
      kill -KILL "$shim" 2>/dev/null || true
    fi
  done
}

unmount() {
  local mount
  mounts_in "$STATE" | while read -r mount; do
    if [[ $mount == "$FOLDER" ]]; then continue; fi # a disk of the user's
    umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null || true
  done
}

# remove_state: removes our folder, whose mark goes last. It stays, empty, if it is a link or a mount point that somebody made for us.
remove_state() {
  local left
  left=$(mounts_in "$STATE" | grep -vxF "$FOLDER" || true)
  if [[ -n $left ]]; then
    die "Something is still mounted under $STATE: $(head -n 1 <<<"$left"). Unmount it and run make demo-down again."
  fi
  find "$FOLDER" -mindepth 1 -maxdepth 1 ! -name .code-delivery -exec rm -rf --one-file-system {} +
  rm -f "$FOLDER/.code-delivery"
  if [[ ! -L $STATE ]]; then rmdir "$STATE" 2>/dev/null || true; fi
}

# Can be interrupted and repeated: the state that this script needs is removed last.
FOLDER=$(readlink -f "$STATE")
if this_boot; then remember_boot; fi # before the pid files go
for name in jaeger prometheus alertmanager kubelet kube-proxy kube-scheduler kube-controller-manager; do stop "$name"; done
end_containers
for name in kube-apiserver etcd containerd; do stop "$name"; done
end_containers
unmount
network_down

# What the node shares with any other cluster stays as it is if there is one; it needs these chains and settings, or replaces them.
kubernetes=$(other_kubernetes || true)
containers=${kubernetes:-$(other_containers || true)}
runtime=${kubernetes:-$(other_runtime || true)}
kept=()
if this_boot; then
  if [[ -z $kubernetes ]]; then kubernetes_chains_down; else kept+=("the iptables chains KUBE-*"); fi
  if [[ -z $containers ]]; then restore_settings; else kept+=("the kernel settings"); fi
fi
remove_cgroups "$kubernetes"
remove_files "$kubernetes" "$runtime"
remove_state
say "The cluster and its data have been removed; the caches in $CACHE are kept (make demo-clean removes them)."
if ((${#kept[@]})); then
  printf -v list '%s and ' "${kept[@]}"
  say "Another program uses this machine for containers ($containers), so ${list% and } are left as they are. A restart of the machine resets them."
fi
