module codedelivery.dev/cluster/alertmanager

go 1.26.7

// Its own go.mod and go.sum pin what it is built from: build.sh compiles it from its own folder.
require github.com/prometheus/alertmanager v0.35.0
