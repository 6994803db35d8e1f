# shellcheck shell=bash
# What those share who run a Java server for a while: the recipes of the images, the comparison with peers. Sourced, never run.

# java_runtime ROOT MODULES: puts a runtime with only these modules into ROOT/opt/java, with an archive of its own classes. What the
# server itself consists of is in ROOT/opt already, but for its own archive.
java_runtime() {
  local home
  home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  "$home/bin/jlink" --module-path "$home/jmods" --output "$1/opt/java" --strip-debug --no-header-files --no-man-pages --compress 1 --add-modules "$2"
  # Fonts, windows and sound: java.desktop is here for java.beans alone.
  rm "$1"/opt/java/lib/lib{awt,awt_headless,awt_xawt,fontmanager,javajpeg,jawt,jsound,lcms,mlib_image,splashscreen}.so
  # Archives of classes hold only for files of the same time, of which an image keeps whole seconds.
  find "$1/opt" -type f -exec touch -d 2000-01-01T00:00:00Z {} +
  "$1/opt/java/bin/java" -XX:+UseSerialGC -Xshare:dump >/dev/null
}

# free_port: prints a port of the loopback interface that nobody listens on now.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
