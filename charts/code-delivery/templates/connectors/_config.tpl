{{/*
The options of the four connectors, one template per class: dict "root" . "kind" "positions". docs/sink.md describes our options, the
vendors' documentation those of the other classes. Options shared by all classes are Kafka Connect's own.
*/}}

{{- define "code-delivery.connectorClass" -}}
{{- get (dict
  "code-delivery" "dev.codedelivery.connect.ElasticsearchSinkConnector"
  "aiven" "io.aiven.connect.elasticsearch.ElasticsearchSinkConnector"
  "confluent" "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector") .Values.connectors.profile -}}
{{- end -}}

{{/* The URL of Elasticsearch for Kafka Connect. */}}
{{- define "code-delivery.connectorUrl" -}}
{{- .Values.connectors.url | default .Values.elasticsearch.url -}}
{{- end -}}

{{- define "code-delivery.connectorsNamespace" -}}
{{- .Values.connectors.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "code-delivery.connectorConfig" -}}
{{- $prefix := .root.Values.kafka.topicPrefix -}}
topics: {{ $prefix }}{{ get (dict "positions" "route.new-position" "requests" "route.new-direction" "plans" "delivery.plan" "states" "delivery.state") .kind }}
connection.url: {{ include "code-delivery.connectorUrl" .root | quote }}
key.converter: org.apache.kafka.connect.storage.StringConverter
errors.tolerance: all
errors.deadletterqueue.topic.name: {{ $prefix }}dead-letters.connect
errors.deadletterqueue.topic.replication.factor: {{ .root.Values.topics.replicationFactor | quote }}
errors.deadletterqueue.context.headers.enable: "true"
# The operator creates the topics. A consumer that is first would let the broker create them with its defaults, which lose plans.
consumer.override.allow.auto.create.topics: "false"
{{ include (eq .root.Values.connectors.profile "code-delivery" | ternary "code-delivery.ownConfig" "code-delivery.otherConfig") . }}
{{- end -}}

{{/* Our own sink, which creates its templates and indices itself. */}}
{{- define "code-delivery.ownConfig" -}}
{{- $retention := int64 .root.Values.connectors.retentionDays -}}
index: {{ .root.Values.elasticsearch.indexPrefix }}{{ .kind }}
index.mapping: {{ .kind }}
# The default limit of a fetch is 50 MB, too much for a small worker, and not faster.
consumer.override.fetch.max.bytes: "1048576"
{{- if eq .kind "positions" }}
index.time.field: at
delay.field: delayMilliseconds
repeat.field: repeated
retention.days: {{ $retention | quote }}
document.id.fields: deliveryId,seq
document.key.field: deliveryId
value.converter: org.apache.kafka.connect.converters.ByteArrayConverter
consumer.override.max.poll.records: "2000"
erased.fields: deliveryId
{{- else if eq .kind "requests" }}
index.time.field: at
retention.days: {{ $retention | quote }}
# A request has no timestamp of its own; use the broker's.
value.converter: org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable: "false"
transforms: received
transforms.received.type: org.apache.kafka.connect.transforms.InsertField$Value
transforms.received.timestamp.field: at
erased.fields: requestId
{{- else }}
# One document per delivery, the newest.
index.period: none
key.ignore: "false"
external.version.field: version
value.converter: org.apache.kafka.connect.converters.ByteArrayConverter
erased.fields: {{ eq .kind "plans" | ternary "deliveryId,requestId" "deliveryId" }}
{{- end }}
erased.topic: {{ .root.Values.kafka.topicPrefix }}delivery.erased
erased.consumer.bootstrap.servers: {{ .root.Values.kafka.bootstrapServers | nospace | quote }}
{{- with .root.Values.tracing.endpoint }}
tracing.endpoint: {{ . | quote }}
tracing.sampling.ratio: {{ $.root.Values.tracing.samplingRatio | toString | quote }}
{{- end }}
{{- end -}}

{{/* Aiven's and Confluent's sinks name the index after the topic, which a transform changes; the index templates must exist beforehand. */}}
{{- define "code-delivery.otherConfig" -}}
value.converter: org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable: "false"
schema.ignore: "true"
behavior.on.null.values: ignore
behavior.on.malformed.documents: warn
read.timeout.ms: "60000"
{{- if has .kind (list "positions" "requests") }}
key.ignore: "true"
transforms.index.type: org.apache.kafka.connect.transforms.TimestampRouter
transforms.index.topic.format: {{ .root.Values.elasticsearch.indexPrefix }}{{ .kind }}-${timestamp}
transforms.index.timestamp.format: yyyy.MM.dd
{{- else }}
# One document per delivery, the newest.
key.ignore: "false"
transforms.index.type: org.apache.kafka.connect.transforms.RegexRouter
transforms.index.regex: .*
transforms.index.replacement: {{ .root.Values.elasticsearch.indexPrefix }}{{ .kind }}-1
{{- end }}
{{- if eq .kind "requests" }}
transforms: received,index
transforms.received.type: org.apache.kafka.connect.transforms.InsertField$Value
transforms.received.timestamp.field: at
{{- else }}
transforms: index
{{- end }}
{{- if eq .root.Values.connectors.profile "aiven" }}
type.name: _doc
{{- else }}
# Required with a transform that changes the topic.
flush.synchronously: "true"
# Invalid records go to the dead-letter topic.
drop.invalid.message: "true"
{{- end }}
{{- end -}}
