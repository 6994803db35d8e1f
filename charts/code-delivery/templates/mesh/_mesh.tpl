{{/*
What the mesh needs from the other templates: labels and annotations of pods, ports in NetworkPolicies, the servers outside of this chart. The
objects themselves are beside this file. istio/ is rendered from them (bash istio/render.sh), and istio/README.md has the matrix of traffic.
*/}}

{{/* Whether pods have a sidecar: something or nothing. */}}
{{- define "code-delivery.sidecars" -}}
{{- if and .Values.mesh.enabled (eq .Values.mesh.mode "sidecar") -}}
true
{{- end -}}
{{- end -}}

{{/* The label that takes a pod into the mesh, whatever its namespace says. */}}
{{- define "code-delivery.meshLabels" -}}
{{- if include "code-delivery.sidecars" . -}}
sidecar.istio.io/inject: "true"
{{- else if .Values.mesh.enabled -}}
istio.io/dataplane-mode: ambient
{{- end -}}
{{- end -}}

{{/* The annotations of a pod in the mesh: dict "root" . "component" "gateway". The component "simulator" is that of the operator's pods. */}}
{{- define "code-delivery.meshAnnotations" -}}
{{- $mesh := .root.Values.mesh -}}
{{- if include "code-delivery.sidecars" .root -}}
# The sidecar starts before the container and ends after it.
sidecar.istio.io/nativeSidecar: "true"
# Prometheus scrapes the containers' own port, which has nothing to hide from the cluster and is not in the graph.
traffic.sidecar.istio.io/excludeInboundPorts: "9090"
prometheus.istio.io/merge-metrics: "false"
{{- if has .component (list "operator" "connector-operator") }}
# The API server is not in the mesh, and does its own TLS.
traffic.sidecar.istio.io/excludeOutboundPorts: {{ join "," .root.Values.networkPolicy.apiServerPorts | quote }}
{{- end }}
{{- with (ternary $mesh.sidecar.simulatorResources $mesh.sidecar.resources (eq .component "simulator")) }}
sidecar.istio.io/proxyCPU: {{ .cpu | toString | quote }}
sidecar.istio.io/proxyMemory: {{ .memory | toString | quote }}
sidecar.istio.io/proxyMemoryLimit: {{ .memoryLimit | toString | quote }}
{{- end }}
{{- end }}
{{- if and $mesh.enabled $mesh.kiali.dashboards (has .component (list "operator" "gateway" "simulator")) }}
# Kiali shows the dashboard of this name, which it takes from the other annotation.
kiali.io/dashboards: code-delivery-{{ .component }}
dashboards.kiali.io/templates: {{ .root.Files.Get (printf "files/kiali/%s.yaml" .component) | toJson }}
{{- end }}
{{- end -}}

{{/* A pod's own annotations, and over them those of the values: dict "root" . "component" "gateway" "own" .Values.gateway.podAnnotations. */}}
{{- define "code-delivery.podAnnotations" -}}
{{- with merge (deepCopy .own) (include "code-delivery.meshAnnotations" . | fromYaml) -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{/* The proxies whose X-Forwarded-For is believed, as a JSON list: those of the values, and a pod's own sidecar, which connects from 127.0.0.6 and
     has the client's address in that header. */}}
{{- define "code-delivery.trustedProxies" -}}
{{- $proxies := .Values.gateway.trustedProxies -}}
{{- if include "code-delivery.sidecars" . -}}
{{- $proxies = append $proxies "127.0.0.6" | uniq -}}
{{- end -}}
{{- $proxies | toJson -}}
{{- end -}}

{{/* What a sidecar, or ambient's tunnel, sends besides the pod's own traffic; rules of a NetworkPolicy, or nothing. */}}
{{- define "code-delivery.meshEgress" -}}
{{- if .Values.mesh.enabled -}}
{{- if include "code-delivery.sidecars" . -}}
# istiod, and the collector of the mesh's access logs and spans.
- ports:
    - {protocol: TCP, port: 15012}
    {{- range .Values.mesh.telemetry.ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- else -}}
# Ambient's tunnel, to whatever pod.
- ports: [{protocol: TCP, port: 15008}]
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "code-delivery.meshIngress" -}}
{{- if .Values.mesh.enabled -}}
{{- if include "code-delivery.sidecars" . -}}
# The sidecar's own metrics.
- ports: [{protocol: TCP, port: 15020}, {protocol: TCP, port: 15090}]
  from: {{- toYaml (.Values.networkPolicy.metricsFrom | default (list (dict "namespaceSelector" dict))) | nindent 4 }}
{{- else -}}
# Ambient's tunnel, whose policies say who may use it, and its probes.
- ports: [{protocol: TCP, port: 15008}]
- from: [{ipBlock: {cidr: 169.254.7.127/32}}]
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The name of the mesh's Gateway object; istiod names the pods' Deployment, Service and account after it. */}}
{{- define "code-delivery.meshGateway" -}}
{{ include "code-delivery.fullname" . }}-ingress
{{- end -}}

{{/* Whether the chart creates that Gateway: something or nothing. */}}
{{- define "code-delivery.ownMeshGateway" -}}
{{- if and .Values.mesh.enabled .Values.mesh.gateway.enabled (eq .Values.mesh.gateway.api "gateway-api") -}}
true
{{- end -}}
{{- end -}}

{{/* The identity of a component: dict "root" . "component" "gateway". */}}
{{- define "code-delivery.principal" -}}
{{ .root.Values.mesh.trustDomain }}/ns/{{ .root.Release.Namespace }}/sa/{{ include "code-delivery.fullname" .root }}-{{ .component }}
{{- end -}}

{{/* The identities through which browsers come, as a JSON list. */}}
{{- define "code-delivery.doors" -}}
{{- $doors := .Values.mesh.gateway.principals -}}
{{- if include "code-delivery.ownMeshGateway" . -}}
{{- $account := printf "%s-%s" (include "code-delivery.meshGateway" .) .Values.mesh.gateway.className -}}
{{- $doors = prepend $doors (printf "%s/ns/%s/sa/%s" .Values.mesh.trustDomain .Release.Namespace $account) -}}
{{- end -}}
{{- $doors | uniq | toJson -}}
{{- end -}}

{{/* The namespaces that have pods of this release, as a JSON list; the release's is the first. */}}
{{- define "code-delivery.podNamespaces" -}}
{{- prepend (include "code-delivery.watchNamespaces" . | fromJsonArray) .Release.Namespace | uniq | toJson -}}
{{- end -}}

{{/*
The servers outside of this chart that its pods connect to, as a JSON list of {name, object, host, port, protocol, namespace, address}: `host`
is the name by which the mesh knows the server, `namespace` is that of a Service of this cluster and empty for other servers, and `address` is
set for a server that has an address and no name. A host that ends in .svc, or in .svc and the cluster's domain, or has no dot, is a Service.
*/}}
{{- define "code-delivery.meshServers" -}}
{{- $root := . -}}
{{- $given := list -}}
{{- range splitList "," .Values.kafka.bootstrapServers -}}
{{- $given = append $given (list "kafka" "TCP" (trim .)) -}}
{{- end -}}
{{- range .Values.mesh.servers.kafka -}}
{{- $given = append $given (list "kafka" "TCP" .) -}}
{{- end -}}
{{- range .Values.mesh.servers.mongodb -}}
{{- $given = append $given (list "mongodb" "TCP" .) -}}
{{- end -}}
{{- if include "code-delivery.mailingServices" . | fromJsonArray -}}
{{- $given = append $given (list "smtp" "TCP" (printf "%s:%v" .Values.smtp.host .Values.smtp.port)) -}}
{{- end -}}
{{- $urls := list (list "elasticsearch" .Values.elasticsearch.url) (list "traces" .Values.tracing.endpoint) (list "traces-query" .Values.tracing.gatewayQuery) (list "kibana" .Values.kibana.url) -}}
{{- if .Values.connectorOperator.enabled -}}
{{- range .Values.connectorOperator.clusters -}}
{{- $urls = append $urls (list "connect" .url) -}}
{{- end -}}
{{- end -}}
{{- range $urls -}}
{{- $name := first . -}}
{{- with last . -}}
{{- $url := urlParse . -}}
{{- $host := regexReplaceAll ":[0-9]+$" $url.host "" -}}
{{- $given = append $given (list $name (ternary "TLS" "HTTP" (eq $url.scheme "https")) (printf "%s:%s" $host (include "code-delivery.urlPort" .))) -}}
{{- end -}}
{{- end -}}
{{- $servers := list -}}
{{- $seen := dict -}}
{{- $counts := dict -}}
{{- range $given -}}
{{- $name := index . 0 -}}
{{- $address := index . 2 -}}
{{- $port := regexFind "[0-9]+$" $address | int -}}
{{- $host := regexReplaceAll ":[0-9]+$" $address "" | trimPrefix "[" | trimSuffix "]" -}}
{{- if not (hasKey $seen $address) -}}
{{- $_ := set $seen $address true -}}
{{- $count := add1 (get $counts $name | default 0) -}}
{{- $_ := set $counts $name $count -}}
{{- $object := printf "%s-%s" (include "code-delivery.fullname" $root) $name -}}
{{- if gt (int $count) 1 -}}
{{- $object = printf "%s-%d" $object (int $count) -}}
{{- end -}}
{{- $server := dict "name" $name "object" $object "port" $port "protocol" (index . 1) "namespace" "" "address" "" -}}
{{- if or (contains ":" $host) (regexMatch "^[0-9.]+$" $host) -}}
{{- $server = merge (dict "host" (printf "%s.outside" $object) "address" $host) $server -}}
{{- else if not (contains "." $host) -}}
{{- $server = merge (dict "host" (printf "%s.%s.svc.%s" $host $root.Release.Namespace $root.Values.mesh.clusterDomain) "namespace" $root.Release.Namespace) $server -}}
{{- else if or (hasSuffix ".svc" $host) (hasSuffix (printf ".svc.%s" $root.Values.mesh.clusterDomain) $host) -}}
{{- $service := $host | trimSuffix (printf ".%s" $root.Values.mesh.clusterDomain) | trimSuffix ".svc" -}}
{{- $server = merge (dict "host" (printf "%s.svc.%s" $service $root.Values.mesh.clusterDomain) "namespace" (splitList "." $service | last)) $server -}}
{{- else -}}
{{- $server = merge (dict "host" $host) $server -}}
{{- end -}}
{{- $servers = append $servers $server -}}
{{- end -}}
{{- end -}}
{{- $servers | toJson -}}
{{- end -}}

{{/* Those of them that the pods in a namespace connect to, as a JSON list: dict "root" . "namespace" "north". Elsewhere than in the release's
     namespace these are the simulators', which know Kafka and the collector of traces. */}}
{{- define "code-delivery.meshServersOf" -}}
{{- $own := eq .namespace .root.Release.Namespace -}}
{{- $servers := list -}}
{{- range include "code-delivery.meshServers" .root | fromJsonArray -}}
{{- if or $own (has .name (list "kafka" "traces")) -}}
{{- $servers = append $servers . -}}
{{- end -}}
{{- end -}}
{{- $servers | toJson -}}
{{- end -}}

{{/* Where the kubectl plugin finds what is behind a Service: the API server, through which it comes, has no identity in the mesh, but the mesh's
     gateway takes everyone. Not for a gateway with host names or TLS; there the plugin must be told. */}}
{{- define "code-delivery.pluginRoute" -}}
{{- if and (include "code-delivery.ownMeshGateway" .) (not .Values.mesh.gateway.hostnames) (not .Values.mesh.gateway.tlsSecret) -}}
codedelivery.dev/kubectl-service: {{ include "code-delivery.meshGateway" . }}-{{ .Values.mesh.gateway.className }}:80
{{- end -}}
{{- end -}}
