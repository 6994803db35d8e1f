module codedelivery.dev/code-delivery/bench/peers/centrifugo

go 1.26.0

// Its own go.mod and go.sum pin what it is built from: run.sh compiles it from its own folder.
require github.com/centrifugal/centrifugo/v6 v6.9.1
