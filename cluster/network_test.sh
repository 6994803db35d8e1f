#!/usr/bin/env bash
# Tests the fence of network.sh in network namespaces of its own, as root: a node with the bridge and a NodePort, and a neighbour on
# another interface, whose packets for the cluster's networks and for the node's loopback must not get in.

# Everything below runs in the node's namespace, which ends with this process.
if [[ -z ${INSIDE:-} ]]; then INSIDE=1 exec unshare --net bash "${BASH_SOURCE[0]}"; fi
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
source "$here/lib.sh"
source "$here/network.sh"
# Only settings that each network namespace has of its own.
SETTINGS=(net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1 net.bridge.bridge-nf-call-iptables=1)
POD=${NODE_IP%.*}.77
evidence() { iptables-save -c; ip addr; ip route; }

ip link set lo up
unshare --net sleep 300 &
neighbour=$!
until [[ $(readlink "/proc/$neighbour/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.05; done
at_neighbour() { nsenter --target "$neighbour" --net "$@"; }
ip link add outside type veth peer name eth0 netns "$neighbour"
ip addr add 192.0.2.1/24 dev outside
ip link set outside up
at_neighbour ip addr add 192.0.2.2/24 dev eth0
at_neighbour ip link set eth0 up
at_neighbour ip route add default via 192.0.2.1

# A new namespace has this machine's values, which a running demo has changed.
sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.route_localnet=0
network_up
# What kube-proxy does for a NodePort; the pod answers ARP by a fixed entry.
sysctl -qw net.ipv4.conf.all.route_localnet=1
iptables -w -t nat -A PREROUTING -p tcp --dport "$MAP_PORT" -d 127.0.0.0/8 -j DNAT --to-destination "$POD:8080"
ip link add pod type veth peer name inside
ip link set pod master "$BRIDGE" up
ip link set inside up
ip neigh replace "$POD" dev "$BRIDGE" lladdr 02:00:00:00:00:01
iptables -w -t mangle -A POSTROUTING -o "$BRIDGE" -d "$POD" # counts what reaches the pod
iptables -w -t mangle -A INPUT -i outside -p tcp            # and what reaches the node's own sockets

# got CHAIN: prints the number of packets that the chain's counting rule has seen.
got() { iptables -w -t mangle -nvxL "$1" | awk 'NR == 3 { print $1 }'; }

# packet ADDRESS PORT: sends one SYN from the neighbour through the node's interface, whatever the neighbour's routes say.
packet() {
  at_neighbour python3 - "$(ip -o link show outside | grep -oP 'link/ether \K\S+')" "$1" "$2" <<'P'
import socket, struct, sys

def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF

mac, address, port = sys.argv[1], socket.inet_aton(sys.argv[2]), int(sys.argv[3])
source = socket.inet_aton("192.0.2.2")
tcp = struct.pack("!HHIIBBHHH", 40000, port, 1, 0, 5 << 4, 2, 1024, 0, 0)
pseudo = source + address + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(tcp))
tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, socket.IPPROTO_TCP, 0, source, address)
ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
    out.bind(("eth0", 0))
    out.send(bytes.fromhex(mac.replace(":", "")) + bytes(6) + b"\x08\x00" + ip + tcp)
P
}

# arrives CHAIN ADDRESS PORT: true if such a packet of the neighbour's passes the chain within a moment.
arrives() {
  local before i
  before=$(got "$1")
  packet "$2" "$3"
  for ((i = 0; i < 10; i++)); do
    if [[ $(got "$1") != "$before" ]]; then return; fi
    sleep 0.05
  done
  return 1
}

arrives INPUT 192.0.2.1 22 || fail "The neighbour does not reach the node at all, so this test proves nothing."
ok "The node itself is reachable as before"

iptables -w -t mangle -D PREROUTING -j "$FENCE"
arrives POSTROUTING 127.0.0.1 "$MAP_PORT" || fail "Without the fence the NodePort on loopback is not reachable either, so this test proves nothing."
arrives POSTROUTING "$POD" 8080 || fail "Without the fence the pod is not reachable either, so this test proves nothing."
arrives INPUT 127.0.0.1 22 || fail "Without the fence the loopback is not reachable either, so this test proves nothing."
network_up
if arrives POSTROUTING 127.0.0.1 "$MAP_PORT"; then fail "A neighbour reaches a pod through the NodePort on loopback."; fi
if arrives INPUT 127.0.0.1 22; then fail "A neighbour reaches a program that listens on loopback."; fi
if arrives INPUT 127.7.7.7 22; then fail "A neighbour reaches a program that listens on 127.7.7.7."; fi
if arrives POSTROUTING "$POD" 8080; then fail "A neighbour reaches a pod."; fi
if arrives INPUT "$NODE_IP" 6443; then fail "A neighbour reaches the API server."; fi
ok "A neighbour reaches neither pods nor loopback"

[[ $(python3 - <<'P'
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), timeout=5)
server.accept()[0].send(b"here")
print(client.recv(4).decode())
P
) == here ]] || fail "This machine's own programs do not reach each other on loopback."
ok "This machine's own programs reach each other on loopback"

# The fence of an earlier version, without the rule for loopback.
iptables -w -t mangle -D "$FENCE" ! -i lo -d 127.0.0.0/8 -j DROP
arrives INPUT 127.0.0.1 22 || fail "The rule for loopback is not what keeps the neighbour out."
network_up
if arrives INPUT 127.0.0.1 22; then fail "The rule for loopback is not added to an existing fence."; fi
rules=$(iptables-save -t mangle)
network_up
[[ $(iptables-save -t mangle | grep -v '^[#:]') == "$(grep -v '^[#:]' <<<"$rules")" ]] || fail "A second run adds rules again."
ok "An existing fence is completed, and a complete one left as it is"

iptables -w -t mangle -F POSTROUTING # ours to count, and names the bridge
network_down
restore_settings
if { iptables-save; ip rule; ip link; } | grep -iE "$FENCE|$BRIDGE"; then fail "network_down leaves something behind."; fi
[[ $(sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.route_localnet | paste -sd' ') == "0 0" ]] || fail "The settings are not restored."
ok "Nothing of it is left afterwards"
