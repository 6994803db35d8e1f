{{/* The objects to import, with the indices' prefix, and the script that imports them. */}}
{{- define "code-delivery.kibanaFiles" -}}
{{- $prefix := printf "\"title\":\"%s" .Values.elasticsearch.indexPrefix -}}
code-delivery.ndjson: {{ .Files.Get "files/kibana/code-delivery.ndjson" | replace "\"title\":\"code-delivery-" $prefix | toJson }}
import.sh: {{ .Files.Get "files/kibana/import.sh" | toJson }}
{{- end -}}

{{/* The import does not use an image of ours, so it has its own labels. */}}
{{- define "code-delivery.kibanaLabels" -}}
app.kubernetes.io/name: code-delivery-kibana
{{ include "code-delivery.commonLabels" . }}
{{- end -}}
