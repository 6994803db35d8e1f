# shellcheck shell=bash
# Shared by the scripts that build a Java runtime, or run a Java server for a short time: the image builds and the benchmarks. Sourced, never run.

# What Kafka, Kafka Connect and Elasticsearch need. java.desktop is needed only for java.beans.
JAVA_MODULES=java.base,java.desktop,java.instrument,java.logging,java.management,java.management.rmi,java.naming,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.ec,jdk.httpserver,jdk.management,jdk.management.agent,jdk.unsupported,jdk.zipfs

# java_runtime FOLDER: builds a Java runtime with only these modules in FOLDER, including a class data archive (CDS) of the JDK's own classes.
java_runtime() {
  local home
  home=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  "$home/bin/jlink" --module-path "$home/jmods" --output "$1" --strip-debug --no-header-files --no-man-pages --compress 1 --add-modules "$JAVA_MODULES"
  # No libraries for fonts, windows and sound.
  rm "$1"/lib/lib{awt,awt_headless,awt_xawt,fontmanager,javajpeg,jawt,jsound,lcms,mlib_image,splashscreen}.so
  whole_seconds "$1"
  "$1/bin/java" -XX:+UseSerialGC -Xshare:dump >/dev/null
}

# whole_seconds FOLDER: gives its files the same modification time. A class data archive is valid only while the files that it was made from keep
# their times, and an image stores whole seconds; so call it before making one.
whole_seconds() { find "$1" -type f -exec touch -d 2000-01-01T00:00:00Z {} +; }

# free_port: prints a port on the loopback interface that is currently unused.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
