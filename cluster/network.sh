# shellcheck shell=bash
# The cluster's network on this machine: a bridge, kernel settings, and rules in both directions. Pods and Services cannot be reached
# from outside, and pods cannot reach the outside. The last functions undo it. Sourced, never run.

# Settings that the kubelet, kube-proxy and this script change, and to what. Their previous values are saved, and restored as long as
# nothing else has changed them.
SETTINGS=(
  net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1 net.bridge.bridge-nf-call-iptables=1
  vm.overcommit_memory=1 vm.panic_on_oom=0 kernel.panic=10 kernel.panic_on_oops=1 kernel.keys.root_maxkeys=1000000
  kernel.keys.root_maxbytes=25000000
  net.netfilter.nf_conntrack_tcp_timeout_established=86400 net.netfilter.nf_conntrack_tcp_timeout_close_wait=3600
)
FENCE=CODE-DELIVERY
EGRESS_RULE=20085 # preference numbers of our two routing rules: this one and the next

# this_boot: true if network_up has run since this machine started. A restart undoes everything here: what is there then is others'.
this_boot() {
  local boot
  boot=$(cat /proc/sys/kernel/random/boot_id)
  if [[ -e $STATE/boot ]]; then
    [[ $(cat "$STATE/boot") == "$boot" ]]
  else
    grep -qs -- "-$boot " "$STATE"/pid/* # earlier versions wrote it only there
  fi
}

# remember_boot: writes down that something of ours is in place until the next restart.
remember_boot() { cp /proc/sys/kernel/random/boot_id "$STATE/boot.new" && mv "$STATE/boot.new" "$STATE/boot"; }

# rule TABLE -A|-I CHAIN RULE…: appends or inserts the rule unless it exists.
rule() { iptables -w -t "$1" -C "${@:3}" 2>/dev/null || iptables -w -t "$1" "${@:2}"; }

network_up() {
  local setting
  if ! this_boot || [[ ! -s $STATE/sysctl ]]; then
    modprobe -q br_netfilter 2>/dev/null || true
    for setting in "${SETTINGS[@]}"; do
      sysctl "${setting%=*}" 2>/dev/null || true
    done >"$STATE/sysctl.new"
    mv "$STATE/sysctl.new" "$STATE/sysctl"
  fi
  remember_boot
  if ! ip link show "$BRIDGE" >/dev/null 2>&1; then
    ip link add "$BRIDGE" type bridge
  fi
  ip addr replace "$NODE_IP/${POD_NETWORK#*/}" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1

  # Inbound: drop packets for our networks from any other interface, before any other rule sees them. Also keep pods and neighbours
  # from this machine's loopback: for NodePorts kube-proxy sets route_localnet, with which the kernel no longer drops such packets itself.
  # IPv6 needs no rule: for ::1 there is no such setting, and our networks are IPv4 only.
  iptables -w -t mangle -N "$FENCE" 2>/dev/null || true
  rule mangle -A "$FENCE" -i "$BRIDGE" -d 127.0.0.0/8 -j DROP
  rule mangle -A "$FENCE" -i "$BRIDGE" -j RETURN
  rule mangle -A "$FENCE" ! -i lo -d 127.0.0.0/8 -j DROP
  rule mangle -A "$FENCE" -i lo -j RETURN
  rule mangle -A "$FENCE" -d "$POD_NETWORK" -j DROP
  rule mangle -A "$FENCE" -d "$SERVICE_NETWORK" -j DROP
  rule mangle -A PREROUTING -j "$FENCE"
  # Outbound: a pod has routes only to pods and to this machine; anything else fails at once with "unreachable".
  ip rule show pref "$EGRESS_RULE" | grep -q "iif $BRIDGE" || ip rule add pref "$EGRESS_RULE" iif "$BRIDGE" to "$POD_NETWORK" lookup main
  ip rule show pref $((EGRESS_RULE + 1)) | grep -q "iif $BRIDGE" || ip rule add pref $((EGRESS_RULE + 1)) iif "$BRIDGE" unreachable
  # Let pods reach each other and the API server even if a firewall drops packets by default (ufw, Docker).
  rule filter -I FORWARD -i "$BRIDGE" -o "$BRIDGE" -m comment --comment code-delivery -j ACCEPT
  rule filter -I INPUT -i "$BRIDGE" -d "$NODE_IP" -m comment --comment code-delivery -j ACCEPT
}

# without IPTABLES TABLE RULES CHAINS: removes the rules of a table that match the first pattern, and then the chains whose names match the
# second one, in one transaction.
without() {
  local rules
  rules=$("$1-save" -t "$2" 2>/dev/null | awk -v rules="$3" -v chains="^:($4) " '
    $1 == "-A" && $0 ~ rules { sub(/^-A/, "-D"); print }
    $0 ~ chains { gone = gone "-X " substr($1, 2) "\n" }
    END { printf "%s", gone }')
  if [[ -n $rules ]]; then printf '*%s\n%s\nCOMMIT\n' "$2" "$rules" | "$1-restore" -w --noflush; fi
}

# network_down: removes what is ours by its name.
network_down() {
  local port table
  for port in $(ip -o link show type veth master "$BRIDGE" 2>/dev/null | awk -F': ' '{sub(/@.*/, "", $2); print $2}'); do
    ip link delete "$port" 2>/dev/null || true
  done
  ip link delete "$BRIDGE" 2>/dev/null || true
  ip rule del pref "$EGRESS_RULE" iif "$BRIDGE" 2>/dev/null || true
  ip rule del pref $((EGRESS_RULE + 1)) iif "$BRIDGE" 2>/dev/null || true
  for table in filter mangle; do
    without iptables "$table" " ($FENCE|-m comment --comment \"?code-delivery\"?)( |\$)" "$FENCE"
  done
}

# kubernetes_chains_down: removes the chains of the kubelet and of kube-proxy, which all begin with KUBE-. Nothing says whose they are.
kubernetes_chains_down() {
  local table program
  for program in iptables ip6tables; do
    for table in filter nat mangle; do
      without "$program" "$table" "^-A KUBE-| -[jg] KUBE-" "KUBE-[^ ]*"
    done
  done
}

# restore_settings: gives every setting its previous value, unless something else has changed it since.
restore_settings() {
  local setting name previous
  if [[ ! -s $STATE/sysctl ]]; then return; fi
  for setting in "${SETTINGS[@]}"; do
    name=${setting%=*}
    previous=$(awk -v name="$name" '$1 == name { print $3 }' "$STATE/sysctl")
    if [[ -n $previous && $(sysctl -n "$name" 2>/dev/null || true) == "${setting#*=}" ]]; then
      sysctl -qw "$name=$previous" 2>/dev/null || true
    fi
  done
}
