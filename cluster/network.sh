# shellcheck shell=bash
# The cluster's network on this machine: a bridge, kernel settings, and rules in both directions. Pods and Services cannot be reached
# from outside, and pods cannot reach the outside. network_down undoes all of it. Sourced, never run.

# Settings that the kubelet, kube-proxy and this script change; their previous values are saved and restored.
SETTINGS=(
  net.ipv4.ip_forward net.ipv4.conf.all.route_localnet net.bridge.bridge-nf-call-iptables
  vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes
  net.netfilter.nf_conntrack_tcp_timeout_established net.netfilter.nf_conntrack_tcp_timeout_close_wait
)
FENCE=CODE-DELIVERY
EGRESS_RULE=20085 # preference numbers of our two routing rules: this one and the next

# rule TABLE -A|-I CHAIN RULE…: appends or inserts the rule unless it exists.
rule() { iptables -w -t "$1" -C "${@:3}" 2>/dev/null || iptables -w -t "$1" "${@:2}"; }

network_up() {
  local setting
  if [[ ! -s $STATE/sysctl ]]; then
    modprobe -q br_netfilter 2>/dev/null || true
    for setting in "${SETTINGS[@]}"; do
      sysctl "$setting" 2>/dev/null || true
    done >"$STATE/sysctl.new"
    mv "$STATE/sysctl.new" "$STATE/sysctl"
  fi
  if ! ip link show "$BRIDGE" >/dev/null 2>&1; then
    ip link add "$BRIDGE" type bridge
  fi
  ip addr replace "$NODE_IP/${POD_NETWORK#*/}" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1

  # Inbound: drop packets for our networks from any other interface, before any other rule sees them. Also keep pods from this
  # machine's loopback, which kube-proxy opens up (route_localnet) for NodePorts.
  iptables -w -t mangle -N "$FENCE" 2>/dev/null || true
  rule mangle -A "$FENCE" -i "$BRIDGE" -d 127.0.0.0/8 -j DROP
  rule mangle -A "$FENCE" -i "$BRIDGE" -j RETURN
  rule mangle -A "$FENCE" -i lo -j RETURN
  rule mangle -A "$FENCE" -d "$POD_NETWORK" -j DROP
  rule mangle -A "$FENCE" -d "$SERVICE_NETWORK" -j DROP
  rule mangle -A PREROUTING -j "$FENCE"
  # Outbound: a pod has routes only to pods and to this machine; anything else fails at once with "unreachable".
  ip rule show pref "$EGRESS_RULE" | grep -q . || ip rule add pref "$EGRESS_RULE" iif "$BRIDGE" to "$POD_NETWORK" lookup main
  ip rule show pref $((EGRESS_RULE + 1)) | grep -q . || ip rule add pref $((EGRESS_RULE + 1)) iif "$BRIDGE" unreachable
  # Let pods reach each other and the API server even if a firewall drops packets by default (ufw, Docker).
  rule filter -I FORWARD -i "$BRIDGE" -o "$BRIDGE" -m comment --comment code-delivery -j ACCEPT
  rule filter -I INPUT -i "$BRIDGE" -d "$NODE_IP" -m comment --comment code-delivery -j ACCEPT
}

# without IPTABLES TABLE PATTERN: removes the matching rules of a table, and then the chains with matching names, in one transaction.
without() {
  local rules
  rules=$("$1-save" -t "$2" 2>/dev/null | awk -v pattern="$3" '
    $1 == "-A" && $0 ~ pattern { sub(/^-A/, "-D"); print }
    /^:/ && substr($1, 2) ~ "^(" pattern ")" { gone = gone "-X " substr($1, 2) "\n" }
    END { printf "%s", gone }')
  if [[ -n $rules ]]; then printf '*%s\n%s\nCOMMIT\n' "$2" "$rules" | "$1-restore" -w --noflush; fi
}

network_down() {
  local port table
  for port in $(ip -o link show master "$BRIDGE" 2>/dev/null | awk -F': ' '{sub(/@.*/, "", $2); print $2}'); do
    ip link delete "$port" 2>/dev/null || true
  done
  ip link delete "$BRIDGE" 2>/dev/null || true
  ip rule del pref "$EGRESS_RULE" 2>/dev/null || true
  ip rule del pref $((EGRESS_RULE + 1)) 2>/dev/null || true
  for table in filter nat mangle; do
    # The chains of the kubelet and of kube-proxy all begin with KUBE-.
    without iptables "$table" "KUBE-|$FENCE|comment code-delivery"
    without ip6tables "$table" KUBE-
  done
  if [[ -s $STATE/sysctl ]]; then sysctl -q -p "$STATE/sysctl" >/dev/null 2>&1 || true; fi
}
