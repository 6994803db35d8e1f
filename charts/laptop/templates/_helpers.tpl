{{/* Labels of a component: (dict "name" "kafka" "root" $) */}}
{{- define "laptop.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: code-delivery-laptop
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* A volume on the node's disk and its claim: (dict "name" "kafka" "storage" "5Gi" "root" $) */}}
{{- define "laptop.volume" -}}
{{ include "laptop.disk" (merge (dict "claim" .name) .) }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "laptop.labels" . | nindent 4 }}
spec:
  storageClassName: code-delivery-laptop
  volumeName: {{ .root.Release.Namespace }}-{{ .name }}
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: {{ .storage }}}}
{{- end }}

{{/* A volume on the node's disk for a claim: (dict "name" "kafka" "claim" "kafka" "storage" "5Gi" "root" $) */}}
{{- define "laptop.disk" -}}
apiVersion: v1
kind: PersistentVolume
metadata:
  name: {{ .root.Release.Namespace }}-{{ .name }}
  labels: {{- include "laptop.labels" . | nindent 4 }}
spec:
  storageClassName: code-delivery-laptop
  persistentVolumeReclaimPolicy: Retain
  accessModes: [ReadWriteOnce]
  capacity: {storage: {{ .storage }}}
  claimRef: {namespace: {{ .root.Release.Namespace }}, name: {{ .claim }}}
  local: {path: {{ .root.Values.dataDirectory }}/{{ .name }}}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [{{ .root.Values.nodeName }}]}]
{{- end }}

{{- define "laptop.podSecurity" -}}
{runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
{{- end }}

{{- define "laptop.containerSecurity" -}}
{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
{{- end }}

{{/* The pod's name, for its container. */}}
{{- define "laptop.podName" -}}
[{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
{{- end }}

{{- define "laptop.meshLabels" -}}
{{- if .Values.mesh.enabled -}}
sidecar.istio.io/inject: "true"
{{- end -}}
{{- end }}

{{/* Annotations of a server's pod in the mesh: (dict "name" "kafka" "root" $). Its open ports are for Prometheus, for programs on the node, and for
     the brokers among themselves, who find each other before they are ready. Its connections may say nothing for hours. */}}
{{- define "laptop.meshAnnotations" -}}
{{- if .root.Values.mesh.enabled -}}
{{- $open := get (dict "kafka" "9093,9094,9404" "connect" "9404" "mongodb" "8080") .name -}}
sidecar.istio.io/nativeSidecar: "true"
prometheus.istio.io/merge-metrics: "false"
{{- with $open }}
traffic.sidecar.istio.io/excludeInboundPorts: {{ . | quote }}
{{- end }}
{{- if eq .name "kafka" }}
traffic.sidecar.istio.io/excludeOutboundPorts: "9093"
{{- end }}
proxy.istio.io/config: '{"proxyMetadata": {"ISTIO_META_IDLE_TIMEOUT": "0s"}}'
sidecar.istio.io/proxyCPU: 10m
sidecar.istio.io/proxyMemory: 64Mi
sidecar.istio.io/proxyMemoryLimit: 256Mi
{{- end -}}
{{- end }}

{{/* The product's gateway in the mesh, as a peer of a NetworkPolicy. */}}
{{- define "laptop.meshGatewayPeer" -}}
{{- if .Values.mesh.enabled -}}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .Values.entrance.productNamespace }}}}
  podSelector: {matchLabels: {gateway.networking.k8s.io/gateway-name: {{ .Values.entrance.productRelease }}-ingress}}
{{- end -}}
{{- end }}

{{/* istiod, and the collector of the mesh's access logs and spans; rules of a NetworkPolicy, or nothing. */}}
{{- define "laptop.meshEgress" -}}
{{- if .Values.mesh.enabled -}}
- ports: [{protocol: TCP, port: 15012}, {protocol: TCP, port: 4317}]
{{- end -}}
{{- end }}
