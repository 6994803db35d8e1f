{{/* The configuration files of the services of purchases, invoices and notifications. */}}

{{/* The services that are enabled, in the order of the flow, as a JSON list. */}}
{{- define "code-delivery.enabledServices" -}}
{{- $enabled := list -}}
{{- range list "purchases" "invoices" "notifications" -}}
{{- if (index $.Values .).enabled -}}
{{- $enabled = append $enabled . -}}
{{- end -}}
{{- end -}}
{{- $enabled | toJson -}}
{{- end -}}

{{/* Those of them that send mails, as a JSON list. */}}
{{- define "code-delivery.mailingServices" -}}
{{- without (include "code-delivery.enabledServices" . | fromJsonArray) "purchases" | toJson -}}
{{- end -}}

{{/* The Secret with the address of a service's database: dict "root" . "component" "purchases". */}}
{{- define "code-delivery.databaseSecret" -}}
{{- (index .root.Values .component).mongodb.uriSecret.name | default .root.Values.mongodb.uriSecret.name -}}
{{- end -}}

{{/* The paths of the services that are enabled, behind /api, as a JSON list of {path, component}. */}}
{{- define "code-delivery.apiPaths" -}}
{{- $paths := list -}}
{{- range include "code-delivery.enabledServices" . | fromJsonArray -}}
{{- $paths = append $paths (dict "path" . "component" .) -}}
{{- if eq . "notifications" -}}
{{- $paths = append $paths (dict "path" "recipients" "component" .) -}}
{{- end -}}
{{- end -}}
{{- $paths | toJson -}}
{{- end -}}

{{/* The address of the map for customers, or nothing. */}}
{{- define "code-delivery.mapUrl" -}}
{{- if .Values.mapUrl -}}
{{- trimSuffix "/" .Values.mapUrl -}}
{{- else if .Values.ingress.enabled -}}
{{ ternary "https" "http" (not (empty .Values.ingress.tlsSecret)) }}://{{ .Values.ingress.host }}
{{- else if and .Values.httpRoute.enabled .Values.httpRoute.hostnames -}}
{{- $plain := and .Values.httpRoute.gateway.create (not .Values.httpRoute.gateway.tlsSecret) -}}
{{ ternary "http" "https" $plain }}://{{ first .Values.httpRoute.hostnames }}
{{- else if and .Values.mesh.enabled .Values.mesh.gateway.enabled .Values.mesh.gateway.hostnames -}}
{{ ternary "https" "http" (not (empty .Values.mesh.gateway.tlsSecret)) }}://{{ first .Values.mesh.gateway.hostnames }}
{{- end -}}
{{- end -}}

{{/* What the files of all three have: dict "root" . "component" "purchases". */}}
{{- define "code-delivery.serviceConfig" -}}
adminAddress: {{ printf "%s:9090" .root.Values.listenAddress | quote }}
kafka: {{- include "code-delivery.kafkaConfig" . | nindent 2 }}
mongodb:
  uriFile: /etc/code-delivery-mongodb/uri
http:
  address: {{ printf "%s:8080" .root.Values.listenAddress | quote }}
  allowedOrigins: {{ .root.Values.gateway.allowedOrigins | toJson }}
  trustedProxies: {{ include "code-delivery.trustedProxies" .root }}
  {{- with (index .root.Values .component).limits }}
  budgets:
    {{- if hasKey .perAddress "changes" }}
    changes: {{ int64 .perAddress.changes }}
    {{- end }}
    queries: {{ int64 .perAddress.queries }}
    allAddressesFactor: {{ int64 .allAddressesFactor }}
  {{- end }}
{{- end -}}

{{/* The mail server, but not its sender, which each service takes in another form. */}}
{{- define "code-delivery.smtpConfig" -}}
{{- with .Values.smtp -}}
host: {{ .host | quote }}
port: {{ int64 .port }}
security: {{ .security }}
{{- if .caSecret }}
caFile: /etc/code-delivery-smtp/ca.crt
{{- end }}
{{- end -}}
{{- end -}}

{{- define "code-delivery.purchasesConfig" -}}
{{ include "code-delivery.serviceConfig" (dict "root" . "component" "purchases") }}
limits:
  httpConnections: {{ int64 .Values.purchases.limits.httpConnections }}
{{- with .Values.purchases.payments }}
payments:
  delayMilliseconds: {{ int64 .delayMilliseconds }}
  slowCustomers: {{ .slowCustomers | toJson }}
  slowMilliseconds: {{ int64 .slowMilliseconds }}
  refusedCustomers: {{ .refusedCustomers | toJson }}
{{- end }}
{{- end -}}

{{- define "code-delivery.invoicesConfig" -}}
{{ include "code-delivery.serviceConfig" (dict "root" . "component" "invoices") }}
  connections: {{ int64 .Values.invoices.limits.httpConnections }}
smtp:
  {{- include "code-delivery.smtpConfig" . | nindent 2 }}
  from: {{ .Values.smtp.from | quote }}
issuer:
  name: {{ .Values.invoices.issuer.name | quote }}
  cnpj: {{ .Values.invoices.issuer.cnpj | quote }}
  stateCode: {{ int64 .Values.invoices.issuer.stateCode }}
  address: {{ .Values.invoices.issuer.address | quote }}
series: {{ int64 .Values.invoices.series }}
{{- with include "code-delivery.mapUrl" . }}
mapUrl: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "code-delivery.notificationsConfig" -}}
{{ include "code-delivery.serviceConfig" (dict "root" . "component" "notifications") }}
limits:
  httpConnections: {{ int64 .Values.notifications.limits.httpConnections }}
smtp:
  {{- include "code-delivery.smtpConfig" . | nindent 2 }}
  # The address without a name.
  from: {{ regexFind "[^<>]+@[^<>]+" .Values.smtp.from | trim | quote }}
retentionDays: {{ int64 .Values.notifications.retentionDays }}
{{- with include "code-delivery.mapUrl" . }}
publicUrl: {{ . | quote }}
{{- end }}
{{- end -}}
