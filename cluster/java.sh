# shellcheck shell=bash
# Shared by the scripts that run a Java server for a short time: the image builds and the benchmarks. Sourced, never run.

# java_runtime ROOT MODULES: builds a Java runtime with only these modules in ROOT/opt/java, including a class data archive (CDS) of the
# JDK's own classes. The server's files must already be in ROOT/opt; its own archive comes later.
java_runtime() {
  local home
  home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  "$home/bin/jlink" --module-path "$home/jmods" --output "$1/opt/java" --strip-debug --no-header-files --no-man-pages --compress 1 --add-modules "$2"
  # java.desktop is needed only for java.beans, so drop its libraries for fonts, windows and sound.
  rm "$1"/opt/java/lib/lib{awt,awt_headless,awt_xawt,fontmanager,javajpeg,jawt,jsound,lcms,mlib_image,splashscreen}.so
  # A class data archive is valid only while the files keep their modification times, and an image stores whole seconds.
  find "$1/opt" -type f -exec touch -d 2000-01-01T00:00:00Z {} +
  "$1/opt/java/bin/java" -XX:+UseSerialGC -Xshare:dump >/dev/null
}

# free_port: prints a port on the loopback interface that is currently unused.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
