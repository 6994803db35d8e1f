#!/usr/bin/env bash
# Stops the node's processes and pods, and removes what they leave behind: mounts, the bridge, iptables chains, cgroups, folders, the data.
# Removes only what up.sh and the node created; the caches stay.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/cluster/process.sh"
source "$ROOT/cluster/network.sh"
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
  awk -v under="$STATE/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount "$mount" 2>/dev/null || umount -l "$mount" 2>/dev/null || true
  done
}

# The pods' cgroups, in every hierarchy; they are empty by now.
remove_cgroups() {
  local groups
  for groups in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
    if [[ -d $groups ]]; then find "$groups" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
  done
}

# What the kubelet and containerd put outside our folder: removes folders that did not exist before, and our files in those that did.
remove_traces() {
  local folder
  rm -f /var/lib/cni/results/code-delivery-*
  find /var/log/containers -type l -lname "$STATE/*" -delete 2>/dev/null || true
  if [[ -f $STATE/strangers ]]; then
    while read -r folder; do rm -rf "$folder"; done <"$STATE/strangers"
  fi
}

# Can be interrupted and repeated: the state that this script needs is removed last.
for name in kubelet kube-proxy kube-scheduler kube-controller-manager; do stop "$name"; done
end_containers
for name in kube-apiserver etcd containerd; do stop "$name"; done
end_containers
unmount
network_down
remove_cgroups
remove_traces
if grep -qF " $STATE/" /proc/self/mountinfo; then
  die "Something is still mounted under $STATE (see: grep $STATE /proc/self/mountinfo); unmount it and run make demo-down again."
fi
find "$STATE" -mindepth 1 -maxdepth 1 ! -name .code-delivery -exec rm -rf {} +
rm -rf "$STATE"
say "The cluster and its data have been removed; the caches in $CACHE are kept (make demo-clean removes them)."
