# shellcheck shell=bash
# Jaeger, only with TRACES=1: takes the services' spans over OTLP and answers for them, in memory. A program of the node like Prometheus: up.sh
# starts it, and down.sh stops it. It is at the bridge, where the pods reach it: the services send it spans, and the gateway asks for them. Sourced, never run.

# jaeger_config: writes its configuration. It has no page: that is built with npm, and so is not part of the Go module. And no traces of its
# own: those it would send over gRPC to port 4317 of this machine, whoever listens there. It forgets the oldest of so many traces that the limit of
# its memory is not reached: beyond that limit it would take no more, because what it has stays in memory.
jaeger_config() {
  cat >"$CONFIG/jaeger.yaml" <<E
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [jaeger_storage_exporter]}
  telemetry: {metrics: {level: none}, logs: {level: warn}}
extensions:
  jaeger_storage: {backends: {memory: {memory: {max_traces: 2000}}}}
  jaeger_query:
    storage: {traces: memory}
    enable_tracing: false
    http: {endpoint: "$NODE_IP:$JAEGER_PORT"}
    grpc: {endpoint: "127.0.0.1:$JAEGER_GRPC_PORT"}
receivers:
  otlp: {protocols: {http: {endpoint: "$NODE_IP:$OTLP_PORT"}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 300}
  batch: {timeout: 200ms}
exporters:
  jaeger_storage_exporter: {trace_storage: memory}
E
}

jaeger_answers() { curl -fsS -m 2 "http://$NODE_IP:$JAEGER_PORT/api/services"; }

# jaeger_up: starts it if the demo records traces, and stops it otherwise. Without root's privileges, as Prometheus.
jaeger_up() {
  local program
  if ! records_traces; then
    stop jaeger
    rm -f "$STATE/traces"
    return
  fi
  echo 1 >"$STATE/traces"
  program=$(readlink -f "$BIN/jaeger") || die "Jaeger has not been built; run TRACES=1 make demo."
  jaeger_config
  ensure jaeger jaeger_answers "$CONFIG/jaeger.yaml" \
    setpriv --no-new-privs --bounding-set=-all --inh-caps=-all env GOMEMLIMIT=250MiB "$program" --config "$CONFIG/jaeger.yaml"
}
