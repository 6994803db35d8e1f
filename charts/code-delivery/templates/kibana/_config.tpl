{{/* What is imported: the objects, with the prefix that the indices have; and how. */}}
{{- define "code-delivery.kibanaFiles" -}}
{{- $prefix := printf "\"title\":\"%s" .Values.elasticsearch.indexPrefix -}}
code-delivery.ndjson: {{ .Files.Get "files/kibana/code-delivery.ndjson" | replace "\"title\":\"code-delivery-" $prefix | toJson }}
import.sh: {{ .Files.Get "files/kibana/import.sh" | toJson }}
{{- end -}}

{{/* The import is no component with an image of ours. */}}
{{- define "code-delivery.kibanaLabels" -}}
app.kubernetes.io/name: code-delivery-kibana
{{ include "code-delivery.commonLabels" . }}
{{- end -}}
