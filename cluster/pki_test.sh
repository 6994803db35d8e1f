#!/usr/bin/env bash
# Tests pki.sh: which authority vouches for whom, that nobody else can read the keys, and that a second run changes nothing.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"
chmod 755 "$scratch" # so that only the permissions below it protect the keys
pki=$scratch/state/pki
generate() { run bash "$here/pki.sh" || fail "pki.sh failed."; }
vouches() { run openssl verify -purpose "$3" -CAfile "$pki/$1.crt" "$pki/$2.crt"; }
generate

for client in admin kubelet kube-proxy kube-controller-manager kube-scheduler api-server-to-kubelet; do
  vouches ca "$client" sslclient || fail "The cluster's authority does not vouch for $client."
  if vouches etcd-ca "$client" sslclient; then fail "etcd would accept $client."; fi
done
ok "The API server accepts the node's programs and the user, and etcd accepts none of them"

vouches etcd-ca api-server-to-etcd sslclient || fail "etcd would not accept the API server."
vouches etcd-ca etcd sslserver || fail "The API server would not accept etcd."
vouches etcd-ca etcd sslclient || fail "etcd would not accept itself, as which it answers requests over HTTP."
run openssl x509 -in "$pki/etcd.crt" -noout -checkip 127.0.0.1
says 'does match' "etcd's certificate is not for 127.0.0.1."
ok "etcd and the API server accept each other"

for file in "$scratch/state/kubeconfig" "$pki"/*.key "$pki"/*.kubeconfig; do
  if setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$file"; then fail "Another user can read $file."; fi
  [[ $(stat -c %a "$file") == 600 ]] || fail "$file has the mode $(stat -c %a "$file")."
done
ok "No other user can read a key or a kubeconfig"

hashes() { sha256sum "$pki"/*.crt "$pki"/*.key; }
before=$(hashes)
generate
[[ $(hashes) == "$before" ]] || fail "A second run changed certificates."
ok "A second run changes nothing"

# The state of an earlier version, in which etcd had no certificates.
rm "$pki"/etcd* "$pki"/api-server-to-etcd.*
before=$(hashes)
generate
grep -qF "$before" <<<"$(hashes | grep -vE '/(etcd|api-server-to-etcd)')" || fail "The certificates that existed before were changed."
vouches etcd-ca api-server-to-etcd sslclient || fail "etcd would not accept the API server."
ok "What an earlier version made is kept, and what is missing is added"

rm "$pki/etcd-ca.crt"
generate
if ! vouches etcd-ca etcd sslserver || ! vouches etcd-ca api-server-to-etcd sslclient; then fail "Certificates of the lost authority were kept."; fi
ok "Without its authority, etcd's certificates are issued anew"
