{{/* What Grafana reads at its start: the data sources, and where the dashboards are. */}}
{{- define "laptop.grafanaConfig" -}}
datasources.yaml: |
  apiVersion: 1
  datasources:
    - name: Prometheus
      uid: prometheus
      type: prometheus
      access: proxy
      isDefault: true
      editable: false
      url: {{ .Values.grafana.prometheus | quote }}
      jsonData: {httpMethod: POST}
    - name: Elasticsearch
      uid: elasticsearch
      type: elasticsearch
      access: proxy
      editable: false
      url: http://elasticsearch.{{ .Release.Namespace }}.svc:9200
      jsonData: {index: {{ .Values.grafana.index | quote }}, timeField: at}
dashboards.yaml: |
  apiVersion: 1
  providers:
    - name: Code Delivery
      folder: Code Delivery
      type: file
      disableDeletion: true
      allowUiUpdates: false
      options: {path: /etc/code-delivery/dashboards}
{{- end }}
