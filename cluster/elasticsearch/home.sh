#!/usr/bin/env bash
# home.sh elasticsearch|opensearch HOME [PATH]: installs one node in HOME: lib/, modules/, log4j2.properties, java.args (the JVM's
# arguments except memory, -Des.path.conf or -Dopensearch.path.conf, and the main class) and main.class (the main class). PATH is
# the location of HOME at run time, if it differs.
# The jars come from Maven; the modules' descriptors and permissions, which only the distribution has, are written here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
product=$1
mkdir -p "$2"
home=$(cd "$2" && pwd)
path=${3:-$home}

mkdir -p "$home/lib" "$home/modules/transport-netty4" "$home/modules/reindex" "$home/plugins" "$home/bin" "$home/config"
mvn -q -B -f "$here/$product.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home/lib"
cp "$here/log4j2.properties" "$home/"

# Each module has a class loader of its own, a child of the server's, so its jars belong in the module's folder.
cd "$home/lib"
mv netty-*.jar transport-netty4-client-*.jar "$home/modules/transport-netty4/"
# shellcheck disable=SC2046 # names of jars hold no spaces
mv $(printf '%s\n' *.jar | grep -E '^(reindex-client|http(core|client|async)|commons-|(elastic|open)search-(rest-client|ssl-config))') "$home/modules/reindex/"

case $product in
  elasticsearch)
    version=$(printf '%s\n' elasticsearch-[0-9]*.jar | sed 's/elasticsearch-\(.*\)\.jar/\1/')
    descriptor="java.version=1.8
elasticsearch.version=$version
has.native.controller=false
type=isolated
extended.plugins="
    netty=org.elasticsearch.transport.Netty4Plugin reindex=org.elasticsearch.reindex.ReindexPlugin
    main=org.elasticsearch.bootstrap.Elasticsearch prefix=es
    ;;
  opensearch)
    version=$(printf '%s\n' opensearch-[0-9]*.jar | sed 's/opensearch-\(.*\)\.jar/\1/')
    descriptor="java.version=11
opensearch.version=$version
has.native.controller=false
custom.foldername=
extended.plugins="
    netty=org.opensearch.transport.Netty4Plugin reindex=org.opensearch.index.reindex.ReindexPlugin
    main=org.opensearch.bootstrap.OpenSearch prefix=opensearch
    ;;
  *)
    echo "error: $product is neither elasticsearch nor opensearch." >&2
    exit 2
    ;;
esac

# module NAME CLASS: writes the module's descriptor.
module() {
  printf 'name=%s\ndescription=%s\nversion=%s\nclassname=%s\n%s\n' "$1" "$1" "$version" "$2" "$descriptor" >"$home/modules/$1/plugin-descriptor.properties"
}
module transport-netty4 "$netty"
module reindex "$reindex"
# Without getClassLoader the server takes a minute to stop.
cat >"$home/modules/transport-netty4/plugin-security.policy" <<'P'
grant codeBase "${codebase.netty-common}" {
   permission java.lang.RuntimePermission "getClassLoader";
   permission java.lang.RuntimePermission "setContextClassLoader";
   permission java.net.SocketPermission "*", "accept,connect";
   permission java.io.FilePermission "/proc/sys/net/core/somaxconn", "read";
};
grant codeBase "${codebase.netty-transport}" {
   permission java.net.SocketPermission "*", "accept,connect";
};
P

echo "$main" >"$home/main.class"
cat >"$home/java.args" <<A
-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError -Xshare:auto
-Djava.security.manager=allow -Djava.awt.headless=true -Dfile.encoding=UTF-8 -Djna.nosys=true -Djava.locale.providers=SPI,COMPAT
-Dio.netty.noUnsafe=true -Dio.netty.noKeySetOptimization=true -Dio.netty.recycler.maxCapacityPerThread=0
-Dlog4j.shutdownHookEnabled=false -Dlog4j2.disable.jmx=true -Dlog4j2.formatMsgNoLookups=true
-D$prefix.networkaddress.cache.ttl=60 -D$prefix.networkaddress.cache.negative.ttl=10
-D$prefix.path.home=$path -D$prefix.distribution.type=tar -D$prefix.bundled_jdk=false
$(if [[ $product == elasticsearch ]]; then echo "-Des.distribution.flavor=default"; fi)
-cp $(printf "$path/lib/%s\n" *.jar | LC_ALL=C sort | paste -sd:)
A
