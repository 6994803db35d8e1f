#!/usr/bin/env bash
# root.sh ROOT: installs Elasticsearch in ROOT, which has the Java runtime in /opt/java: /opt/elasticsearch. Then it starts the server
# once, on loopback, and archives the classes that it loaded (AppCDS), for a faster start and less memory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../java.sh"
root=$(cd "$1" && pwd)
home=$root/opt/elasticsearch
work=$(mktemp -d)
server=
trap 'if [[ -n $server ]]; then kill -TERM "$server" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

mkdir -p "$home" "$root/data"
bash "$here/home.sh" elasticsearch "$home" .
cp "$here/elasticsearch.yml" "$here/log4j2.properties" "$home/config/"
whole_seconds "$root/opt"

http=$(free_port) transport=$(free_port)
# Elasticsearch refuses to run as root, and writes a keystore into its configuration folder.
as=()
if ((EUID == 0)); then
  as=(setpriv --reuid=65532 --regid=65532 --clear-groups)
  chown -R 65532:65532 "$work" "$home"
  chmod 711 "$work"
fi
cd "$home"
options=(-Xms160m -Xmx160m -Des.path.conf="$home/config" -Djava.io.tmpdir="$work" -Djna.tmpdir="$work" org.elasticsearch.bootstrap.Elasticsearch
  -Ehttp.host=127.0.0.1 -Ehttp.port="$http" -Etransport.port="$transport" -Epath.data="$work/data" -Epath.logs="$work/logs")
# The time limit ends the server even if this script is killed.
"${as[@]}" env HOME="$work" ES_TMPDIR="$work" LIBFFI_TMPDIR="$work" \
  timeout 300 "$root/opt/java/bin/java" @java.args -XX:ArchiveClassesAtExit="$work/classes.jsa" "${options[@]}" >"$work/log" 2>&1 &
server=$!
ask() { curl -sf --max-time 5 -o /dev/null -H 'Content-Type: application/json' "$@"; }
for ((i = 0; i < 300; i++)); do
  if ask "http://127.0.0.1:$http/_cluster/health?wait_for_status=yellow"; then break; fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.2
done
# Index and search a document, so that the archive includes the classes on that path.
ask -X PUT "http://127.0.0.1:$http/a-1" -d '{"settings":{"number_of_replicas":0},"aliases":{"a":{}},"mappings":{"dynamic":false,"properties":{"p":{"type":"geo_point"},"t":{"type":"date"},"k":{"type":"keyword"},"n":{"type":"float"}}}}' ||
  { cat "$work/log" >&2; exit 1; }
printf '{"index":{"_id":"1","version":1,"version_type":"external_gte"}}\n{"p":[-47.9,-15.8],"t":1795348800000,"k":"x","n":1.5}\n' >"$work/bulk"
ask -X POST "http://127.0.0.1:$http/a/_bulk?require_alias=true&refresh=true&filter_path=errors" --data-binary "@$work/bulk"
ask -X POST "http://127.0.0.1:$http/a/_search" -d '{"query":{"bool":{"filter":[{"geo_distance":{"distance":"1km","p":[-47.9,-15.8]}},{"range":{"t":{"gte":0}}},{"term":{"k":"x"}}]}},"aggs":{"g":{"geotile_grid":{"field":"p","precision":10}},"h":{"date_histogram":{"field":"t","fixed_interval":"1h"}},"k":{"terms":{"field":"k"},"aggs":{"n":{"stats":{"field":"n"}}}}}}'
kill -TERM "$server"
wait "$server" || true
server=
[[ -s $work/classes.jsa ]] || { cat "$work/log" >&2; echo "error: The JVM did not write the class data archive; see the server's log above." >&2; exit 1; }
cp "$work/classes.jsa" "$home/elasticsearch.jsa"
# The archive requires a relative class path, but the server grants itself read access by absolute path; canonical paths match both.
printf -- '-Djdk.io.permissionsUseCanonicalPath=true\n-XX:SharedArchiveFile=elasticsearch.jsa\n-XX:MaxDirectMemorySize=64m\n-Djava.io.tmpdir=/tmp\n-Djna.tmpdir=/tmp\n-Des.path.conf=/opt/elasticsearch/config\n' >>java.args
if ((EUID == 0)); then chown -R 0:0 "$home"; fi
chmod -R a+rX "$home"
