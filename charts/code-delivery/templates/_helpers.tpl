{{/* Names, labels, and parts shared by several pods. */}}

{{- define "code-delivery.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels of objects that belong to no single component; takes the root context. */}}
{{- define "code-delivery.commonLabels" -}}
app.kubernetes.io/part-of: code-delivery
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* The immutable labels of a component: dict "root" . "component" "gateway". Each component has its own name, because a mesh would see one service otherwise. */}}
{{- define "code-delivery.selector" -}}
app.kubernetes.io/name: code-delivery-{{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "code-delivery.labels" -}}
app.kubernetes.io/name: code-delivery-{{ .component }}
app.kubernetes.io/version: {{ include "code-delivery.version" . | quote }}
{{ include "code-delivery.commonLabels" .root }}
{{- end -}}

{{- define "code-delivery.version" -}}
{{- (index .root.Values (.values | default .component)).image.tag | default .root.Chart.AppVersion | trunc 63 -}}
{{- end -}}

{{/* The image of a component: dict "root" . "component" "gateway", and "values" if its key in the values differs. */}}
{{- define "code-delivery.image" -}}
{{- $image := (index .root.Values (.values | default .component)).image -}}
{{- $name := printf "%s/%s" (trimSuffix "/" .root.Values.image.registry) $image.repository -}}
{{- if $image.digest -}}
{{ $name }}@{{ $image.digest }}
{{- else -}}
{{ $name }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The namespaces that the operator watches, as a JSON list. */}}
{{- define "code-delivery.watchNamespaces" -}}
{{- .Values.watchNamespaces | default (list .Release.Namespace) | uniq | toJson -}}
{{- end -}}

{{/* The namespace in which requests become Deliveries. */}}
{{- define "code-delivery.requestsNamespace" -}}
{{- $watched := include "code-delivery.watchNamespaces" . | fromJsonArray -}}
{{- if .Values.requests.namespace -}}
{{- .Values.requests.namespace -}}
{{- else if has .Release.Namespace $watched -}}
{{- .Release.Namespace -}}
{{- else -}}
{{- first $watched -}}
{{- end -}}
{{- end -}}

{{/* The Secret with a component's Kafka properties, or nothing: dict "root" . "component" "gateway". */}}
{{- define "code-delivery.kafkaSecret" -}}
{{- index (.root.Values.kafka.componentSecrets | default dict) .component | default .root.Values.kafka.propertiesSecret -}}
{{- end -}}

{{/* The Kafka section of a service's configuration: dict "root" . "component" "gateway". */}}
{{- define "code-delivery.kafkaConfig" -}}
bootstrapServers: {{ .root.Values.kafka.bootstrapServers | quote }}
topicPrefix: {{ .root.Values.kafka.topicPrefix | quote }}
groupPrefix: {{ .root.Values.kafka.groupPrefix | quote }}
{{- if include "code-delivery.kafkaSecret" . }}
propertiesDirectory: /etc/code-delivery-kafka
{{- end }}
{{- end -}}

{{/* The annotation by which the operator finds the pods that need its Kafka, to tell them when it cannot be reached. */}}
{{- define "code-delivery.kafkaAnnotation" -}}
codedelivery.dev/kafka: {{ .Values.kafka.bootstrapServers | quote }}
{{- end -}}

{{/* The port of a URL; the scheme's default if it has none. */}}
{{- define "code-delivery.urlPort" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}

{{/* Where traces go, as a map of the environment variables that OpenTelemetry has for that; empty without tracing.endpoint. */}}
{{- define "code-delivery.tracingVariables" -}}
{{- with .Values.tracing.endpoint -}}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
OTEL_TRACES_SAMPLER: parentbased_traceidratio
OTEL_TRACES_SAMPLER_ARG: {{ $.Values.tracing.samplingRatio | toString | quote }}
{{- end -}}
{{- end -}}

{{/* The same for a container. */}}
{{- define "code-delivery.tracingEnv" -}}
{{- range $name, $value := include "code-delivery.tracingVariables" . | fromYaml }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end -}}

{{/* Has the C library's allocator keep little of what is free. By default it has eight arenas per processor, of which each thread of a
Kafka client takes one, and after the first large buffer it keeps all later ones, too. */}}
{{- define "code-delivery.allocatorEnv" -}}
- {name: MALLOC_ARENA_MAX, value: "2"}
- {name: MALLOC_MMAP_THRESHOLD_, value: "65536"}
- {name: MALLOC_TRIM_THRESHOLD_, value: "131072"}
{{- end -}}

{{/* Meets the restricted Pod Security Standard. */}}
{{- define "code-delivery.podSecurityContext" -}}
runAsNonRoot: true
{{- with .Values.runAsUser }}
runAsUser: {{ int64 . }}
runAsGroup: {{ int64 . }}
fsGroup: {{ int64 . }}
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "code-delivery.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Probes on the admin port. Only a process that does not answer at all is restarted. */}}
{{- define "code-delivery.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: http-metrics}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: http-metrics}
  periodSeconds: 10
  timeoutSeconds: 3
readinessProbe:
  httpGet: {path: /readyz, port: http-metrics}
  periodSeconds: 2
  timeoutSeconds: 3
{{- end -}}

{{/* Scheduling constraints of a pod; takes the values of its component. */}}
{{- define "code-delivery.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Spreads the pods of a component over zones and nodes, if possible: dict "root" . "component" "gateway". */}}
{{- define "code-delivery.spread" -}}
{{- $component := . -}}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels: {{- include "code-delivery.selector" $component | nindent 6 }}
{{- end }}
{{- end -}}

{{- define "code-delivery.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
