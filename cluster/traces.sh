# shellcheck shell=bash
# What the kubelet, containerd and the CNI plugins put outside $STATE. Others may have put files in the same folders since, so only what is
# known to be ours is removed: files by the ids of our pods and containers, and folders only if they are empty. Sourced, never run.

# Folders that those programs create.
FOLDERS=(/var/lib/kubelet /var/lib/cni /var/log/containers /run/containerd /etc/cni)

# remember_folders: writes down which of them do not exist yet; once.
remember_folders() {
  local folder
  if [[ -e $STATE/strangers ]]; then return; fi
  for folder in "${FOLDERS[@]}"; do
    if [[ ! -e $folder ]]; then echo "$folder"; fi
  done >"$STATE/strangers.new"
  mv "$STATE/strangers.new" "$STATE/strangers"
}

# mounts_in FOLDER: prints what is mounted there or below, deepest first. Device numbers would not show bind mounts.
mounts_in() {
  awk -v folder="$(readlink -f "$1")" '$5 == folder || index($5, folder "/") == 1 { print $5 }' /proc/self/mountinfo | sort -r
}

# pods: prints the uids of our pods.
pods() {
  {
    find "$STATE/kubelet/pods" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null || true
    find "$STATE/log/pods" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sed 's/.*_//' || true
  } | grep -xE '[0-9a-f-]{32,36}' | sort -u || true
}

# containers: prints the ids of our containers and sandboxes.
containers() {
  { find "$STATE"/run/containerd/io.containerd.runtime.v2.task/k8s.io "$STATE"/containerd/io.containerd.grpc.v1.cri/{containers,sandboxes} \
    -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null || true; } | grep -xE '[0-9a-f]{64}' | sort -u || true
}

# empty_folders FOLDER: removes it and the folders below, as far as they are empty. Leaves it alone if anything is mounted there.
empty_folders() {
  if [[ -d $1 && -z $(mounts_in "$1") ]]; then find "$1" -depth -type d -empty -delete 2>/dev/null || true; fi
}

# remove_cgroups OTHER: removes the pods' cgroups, in every hierarchy; they hold no processes by now. OTHER: another Kubernetes, or empty.
remove_cgroups() {
  local groups pod
  for groups in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
    if [[ ! -d $groups ]]; then continue; fi
    for pod in $(pods); do
      find "$groups" -depth -type d -path "*/pod$pod*" -exec rmdir {} + 2>/dev/null || true
    done
    if [[ -z $1 ]]; then find "$groups" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
  done
}

# remove_files KUBERNETES RUNTIME: removes our files, and the folders that did not exist before and are empty now, unless another
# Kubernetes or another runtime is on this machine.
remove_files() {
  local id address folder
  for id in $(containers); do
    rm -f /var/lib/cni/results/cni-loopback-"$id"-lo # every containerd calls its loopback network so
    rm -rf --one-file-system /run/containerd/runc/k8s.io/"$id"
    address=$(cat "$STATE/run/containerd/io.containerd.runtime.v2.task/k8s.io/$id/address" 2>/dev/null || true)
    if [[ $address == unix:///run/containerd/s/* ]]; then rm -f "${address#unix://}"; fi
  done
  # The network's name is ours.
  find /var/lib/cni/results -maxdepth 1 -type f -regextype egrep -regex '.*/code-delivery-[0-9a-f]{64}-[a-z0-9]+' -delete 2>/dev/null || true
  find /var/log/containers -maxdepth 1 -type l -lname "$STATE/*" -delete 2>/dev/null || true
  while read -r folder; do
    case $folder in
      /run/containerd) if [[ -n $2 ]]; then continue; fi ;;
      *) if [[ -n $1 ]]; then continue; fi ;;
    esac
    if [[ $folder == /var/lib/kubelet ]]; then rm -f "$folder"/device-plugins/{kubelet.sock,kubelet_internal_checkpoint,DEPRECATION}; fi
    empty_folders "$folder"
  done < <(cat "$STATE/strangers" 2>/dev/null)
}
