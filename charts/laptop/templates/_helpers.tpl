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
