#!/usr/bin/env bash
# Tests down.sh on machines of its own, as root: namespaces with a network, processes and mounts of their own, in which the folders
# outside the checkout are empty. Each machine has what a demo leaves, and then something that others made.
scratch=${1:-} # inside, the folder of the test outside
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
ID=$(printf '%064d' 1) OTHER_ID=$(printf '%064d' 2)
POD=11111111-1111-4111-8111-111111111111 OTHER_POD=22222222-2222-4222-8222-222222222222
STATE=/var/lib/code-delivery
BOOT=$(cat /proc/sys/kernel/random/boot_id)

# ---- Inside: a machine, and what is done to it.

prepare() {
  local mount
  # Mounts of this machine, such as those of a demo that is running: out of sight, but only in this namespace, whose mounts are its own.
  mount --make-rprivate /
  awk '$5 ~ "^(/run|/var/lib|/var/log|/sys/fs/cgroup)/" { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount -l "$mount" 2>/dev/null || true
  done
  mount -t tmpfs scratch "$scratch"
  mkdir "$scratch"/{upper,work}
  mount -t overlay overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" /etc
  for folder in /run /var/lib /var/log /sys/fs/cgroup; do mount -t tmpfs machine "$folder"; done
  rm -rf /etc/kubernetes /etc/rancher /etc/cni
  mkdir -p /run/lock
  ip link set lo up
  export CODE_DELIVERY_CACHE=$scratch/cache CODE_DELIVERY_STATE=$STATE CODE_DELIVERY_LOCKED=1
  demo
}

# put FILE…: creates files with their folders.
put() {
  local file
  for file in "$@"; do mkdir -p "$(dirname "$file")" && echo content >"$file"; done
}

# demo: what a demo that was killed leaves.
demo() {
  mkdir -p "$STATE"/{data/kafka,pid,run}
  touch "$STATE/.code-delivery"
  put "$STATE/data/kafka/log" "$STATE/kubelet/pods/$POD/etc-hosts" "$STATE/log/pods/data_kafka-0_$POD/kafka/0.log"
  sysctl -qw net.ipv4.ip_forward=0 net.netfilter.nf_conntrack_tcp_timeout_established=432000
  # Only settings that each network namespace has of its own.
  # shellcheck disable=SC2016 # expanded by the inner shell
  bash -c 'source "$1/lib.sh"; source "$1/network.sh"; source "$1/traces.sh"
    SETTINGS=(net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_tcp_timeout_established=86400)
    remember_folders; network_up' bash "$here"
  sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=86400
  iptables-restore --noflush <<R
*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-AAAA - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-AAAA
COMMIT
R
  mkdir -p "$STATE/kubelet/pods/$POD/volumes/data"
  mount --bind "$STATE/data/kafka" "$STATE/kubelet/pods/$POD/volumes/data"
  put /var/lib/kubelet/device-plugins/{kubelet.sock,kubelet_internal_checkpoint} /var/lib/cni/results/{code-delivery-"$ID"-eth0,cni-loopback-"$ID"-lo}
  mkdir -p /var/log/containers /etc/cni/net.d "/run/containerd/runc/k8s.io/$ID" "$STATE/run/containerd/io.containerd.runtime.v2.task/k8s.io/$ID"
  ln -s "$STATE/log/pods/data_kafka-0_$POD/kafka/0.log" /var/log/containers/kafka.log
  put "/run/containerd/s/ours"
  printf 'unix:///run/containerd/s/ours' >"$STATE/run/containerd/io.containerd.runtime.v2.task/k8s.io/$ID/address"
  mkdir -p "/sys/fs/cgroup/memory/kubepods/burstable/pod$POD/$ID" "/sys/fs/cgroup/kubepods/pod$POD"
}

# others: what another cluster has put into the same places.
others() {
  put "/var/lib/kubelet/pods/$OTHER_POD/volumes/data/precious" /var/lib/cni/results/{cbr0-"$OTHER_ID"-eth0,cni-loopback-"$OTHER_ID"-lo} /run/containerd/s/theirs /run/containerd/containerd.sock
  mkdir -p /var/lib/kubelet/plugins "/run/containerd/runc/k8s.io/$OTHER_ID" /var/lib/cni/networks
  ln -sf /var/log/pods/theirs /var/log/containers/theirs.log
  mkdir -p "/sys/fs/cgroup/memory/kubepods/burstable/pod$OTHER_POD" /sys/fs/cgroup/kubepods/besteffort
  iptables -t nat -N CODE-DELIVERY-TOO
  iptables -t nat -A KUBE-SERVICES -d 10.43.0.1/32 -j ACCEPT
  iptables -A INPUT -p tcp --dport 81 -m comment --comment code-delivery-too -j ACCEPT
  iptables -A INPUT -p tcp --dport 82 -m comment --comment "not KUBE-SERVICES" -j ACCEPT
}

# program NAME: starts a program of that name, which sleeps.
program() {
  cp "$(command -v sleep)" "$scratch/$1"
  "$scratch/$1" 60 &
  until [[ $(cat "/proc/$!/comm") == "$1" ]]; do sleep 0.01; done
}

down() { run bash "$here/down.sh" || fail "down.sh failed."; }
gone() { for file in "$@"; do if [[ -e $file || -L $file ]]; then fail "$file is left."; fi; done; }
there() { for file in "$@"; do if [[ ! -e $file && ! -L $file ]]; then fail "$file was removed."; fi; done; }
rules() { iptables-save "$@" | grep -v '^#'; }

ours_are_gone() {
  gone "$STATE" /var/lib/cni/results/{code-delivery-"$ID"-eth0,cni-loopback-"$ID"-lo} /var/log/containers/kafka.log "/run/containerd/runc/k8s.io/$ID" /run/containerd/s/ours \
    "/sys/fs/cgroup/memory/kubepods/burstable/pod$POD" "/sys/fs/cgroup/kubepods/pod$POD"
  if { rules; ip rule; ip link; } | grep -E 'CODE-DELIVERY( |$)|comment code-delivery( |$)|codedelivery0' >>"$scratch/output"; then fail "Part of our network is left."; fi
}
theirs_are_there() {
  there "/var/lib/kubelet/pods/$OTHER_POD/volumes/data/precious" /var/lib/cni/results/{cbr0-"$OTHER_ID"-eth0,cni-loopback-"$OTHER_ID"-lo} /run/containerd/s/theirs /run/containerd/containerd.sock \
    /var/log/containers/theirs.log
  rules | grep -q 'CODE-DELIVERY-TOO' || fail "A chain with a similar name was removed."
  rules | grep -q 'code-delivery-too' || fail "A rule with a similar comment was removed."
  rules | grep -q 'not KUBE-SERVICES' || fail "A rule that only mentions a chain was removed."
}
chains_are() {
  case $1 in
    gone) if rules | grep -qE '^:KUBE-| -j KUBE-'; then fail "Chains of Kubernetes are left."; fi ;;
    kept) rules -t nat | grep -q 'KUBE-SERVICES -d 10.43.0.1' || fail "Chains of another Kubernetes were removed." ;;
  esac
}
forwarding_is() { [[ $(sysctl -n net.ipv4.ip_forward) == "$1" ]] || fail "ip_forward is not $1."; }

alone_on_the_machine() {
  down
  ours_are_gone
  chains_are gone
  forwarding_is 0
  [[ $(sysctl -n net.netfilter.nf_conntrack_tcp_timeout_established) == 432000 ]] || fail "A setting was not restored."
  gone /var/lib/kubelet /var/lib/cni /var/log/containers /run/containerd /etc/cni /sys/fs/cgroup/kubepods /sys/fs/cgroup/memory/kubepods
  down
  says 'Nothing to remove' "A second run finds something."
}

folders_that_were_there_before_stay() {
  printf '/var/lib/cni\n' >"$STATE/strangers"
  rm -r /var/lib/kubelet/device-plugins
  down
  ours_are_gone
  there /var/lib/kubelet /etc/cni/net.d /run/containerd/s /var/log/containers
  gone /var/lib/cni
}

another_kubelet_runs() {
  others
  program kubelet
  down
  ours_are_gone
  theirs_are_there
  chains_are kept
  forwarding_is 1
  there /var/lib/kubelet/plugins /var/lib/kubelet/device-plugins/kubelet.sock /var/lib/cni/networks "/run/containerd/runc/k8s.io/$OTHER_ID" \
    "/sys/fs/cgroup/memory/kubepods/burstable/pod$OTHER_POD" /sys/fs/cgroup/kubepods/besteffort
  says 'containers (kubelet), so the iptables chains KUBE-\* and the kernel settings are left' "It does not say what it left."
}

another_kubernetes_is_installed() {
  others
  mkdir /etc/kubernetes
  down
  ours_are_gone
  theirs_are_there
  chains_are kept
  forwarding_is 1
  there /var/lib/kubelet/plugins
}

# After a restart everything in the kernel is others', even if those are not running at this moment.
the_machine_was_restarted_since() {
  others
  echo 00000000-0000-4000-8000-000000000000 >"$STATE/boot"
  down
  ours_are_gone
  theirs_are_there
  chains_are kept
  forwarding_is 1
}

# An earlier version started the demo: the boot is only in the pid files.
an_earlier_version_started_it() {
  rm "$STATE/boot"
  printf '4194000 1-%s hash\n' "$BOOT" >"$STATE/pid/etcd"
  down
  ours_are_gone
  chains_are gone
  forwarding_is 0
}
an_earlier_version_started_it_before_a_restart() {
  others
  rm "$STATE/boot"
  printf '4194000 1-00000000-0000-4000-8000-000000000000 hash\n' >"$STATE/pid/etcd"
  down
  ours_are_gone
  chains_are kept
  forwarding_is 1
}

# Docker forwards packets, but has no chains called KUBE-. In a network of its own (kind), a kubelet does not count.
docker_runs() {
  program dockerd
  put /run/containerd/containerd.sock
  mkdir /run/containerd/io.containerd.runtime.v2.task
  cp "$(command -v sleep)" "$scratch/kubelet"
  unshare --net "$scratch/kubelet" 60 &
  until [[ $(cat "/proc/$!/comm") == kubelet ]]; do sleep 0.01; done
  down
  ours_are_gone
  chains_are gone
  forwarding_is 1
  there /run/containerd/containerd.sock /run/containerd/io.containerd.runtime.v2.task
  gone /var/lib/kubelet
}

settings_were_changed_since() {
  sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=7200
  down
  [[ $(sysctl -n net.netfilter.nf_conntrack_tcp_timeout_established) == 7200 ]] || fail "A setting that something else has changed was overwritten."
  forwarding_is 0
}

# Nothing else is installed any more, but its files, and volumes on the same file system, are still there.
files_and_mounts_of_others() {
  mkdir -p /var/lib/data/empty "/var/lib/kubelet/pods/$OTHER_POD/volumes/data" "$STATE/kubelet/pods/$POD/volumes/host"
  put /var/lib/data/precious "/var/lib/kubelet/pods/$OTHER_POD/volumes/note"
  mount --bind /var/lib/data "/var/lib/kubelet/pods/$OTHER_POD/volumes/data"
  mount --bind /var/lib/data "$STATE/kubelet/pods/$POD/volumes/host"
  down
  ours_are_gone
  there /var/lib/data/precious /var/lib/data/empty "/var/lib/kubelet/pods/$OTHER_POD/volumes/note" "/var/lib/kubelet/pods/$OTHER_POD/volumes/data/empty"
}

a_mount_that_cannot_be_removed() {
  mkdir -p /var/lib/data "$STATE/kubelet/pods/$POD/volumes/host" "$scratch/bin"
  put /var/lib/data/precious
  mount --bind /var/lib/data "$STATE/kubelet/pods/$POD/volumes/host"
  printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/umount"
  chmod +x "$scratch/bin/umount"
  if PATH=$scratch/bin:$PATH run bash "$here/down.sh"; then fail "It went on although something was mounted."; fi
  there /var/lib/data/precious "$STATE/data/kafka/log"
  says 'still mounted under' "It does not say what is mounted."
  down
  ours_are_gone
  there /var/lib/data/precious
}

the_state_is_a_link_to_a_disk() {
  umount "$STATE/kubelet/pods/$POD/volumes/data"
  mkdir -p /var/lib/disk /var/lib/data/empty
  mount -t tmpfs disk /var/lib/disk
  cp -a "$STATE/." /var/lib/disk/
  rm -r "$STATE"
  ln -s /var/lib/disk "$STATE"
  put /var/lib/data/precious
  mkdir -p "/var/lib/disk/kubelet/pods/$POD/volumes/host"
  mount --bind /var/lib/data "/var/lib/disk/kubelet/pods/$POD/volumes/host"
  down
  there /var/lib/data/precious /var/lib/data/empty "$STATE"
  [[ -z $(ls -A /var/lib/disk) ]] || fail "The disk is not empty."
}

if (($# > 0)); then
  [[ $(readlink /proc/self/ns/mnt) != "$3" ]] || { echo "error: This is the namespace of the whole machine, not one of its own." >&2; exit 1; }
  prepare
  "$2"
  exit
fi

# ---- Outside.

modprobe -q nf_conntrack 2>/dev/null || true
machine() {
  unshare --mount --net --pid --fork --mount-proc --kill-child bash "${BASH_SOURCE[0]}" "$scratch" "$2" "$(readlink /proc/self/ns/mnt)"
  ok "$1"
}
machine "Nothing is left on a machine of our own, and a second run has nothing to do" alone_on_the_machine
machine "Folders that were there before us stay" folders_that_were_there_before_stay
machine "With another kubelet, only what is known to be ours goes" another_kubelet_runs
machine "With another Kubernetes that is only installed, too" another_kubernetes_is_installed
machine "After a restart of the machine, chains and settings are others'" the_machine_was_restarted_since
machine "A demo of an earlier version is removed completely" an_earlier_version_started_it
machine "After a restart of the machine, too, without what is others'" an_earlier_version_started_it_before_a_restart
machine "Docker keeps its settings and folders; chains of Kubernetes go" docker_runs
machine "Settings that something else has changed stay" settings_were_changed_since
machine "Files of others stay, and nothing is removed through a mount" files_and_mounts_of_others
machine "It stops at a mount that it cannot remove" a_mount_that_cannot_be_removed
machine "A state folder on another disk is emptied, and stays" the_state_is_a_link_to_a_disk
