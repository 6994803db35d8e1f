# shellcheck shell=bash
# Who else runs containers on this machine, and so may use what the node shares with them: iptables chains, kernel settings, cgroups and
# folders, none of which says whose it is. Sourced, never run.

# running NAME…: prints the first of these programs that runs in this network, apart from the node's own; fails if none does. A cluster
# in containers (kind, k3d) has a network of its own, and so neither our chains nor our settings.
running() {
  local process name
  for process in /proc/[0-9]*; do
    read -r name 2>/dev/null <"$process/comm" || continue
    if [[ " $* " == *" $name "* && $(readlink "$process/ns/net") == "$(readlink /proc/self/ns/net)" ]] &&
      ! grep -qsaF -- "$STATE/" "$process/cmdline"; then
      echo "$name"
      return
    fi
  done
  return 1
}

# other_kubernetes: prints what shows that another Kubernetes is running or installed here; fails if nothing does.
other_kubernetes() {
  local trace
  if running kubelet kube-proxy kube-router hyperkube kubelite k3s k3s-server k3s-agent k0s rke2; then return; fi
  for trace in /etc/kubernetes /etc/rancher /var/lib/rancher /var/lib/k0s /var/snap/microk8s /var/lib/kubelet/config.yaml; do
    if [[ -e $trace ]]; then
      echo "$trace"
      return
    fi
  done
  return 1
}

# other_containers: the same for programs that need packets to be forwarded. (A containerd without containers does not.)
other_containers() { running dockerd crio conmon containerd-shim libvirtd; }

# other_runtime: the same for programs that may use /run/containerd.
other_runtime() { running containerd dockerd containerd-shim; }
