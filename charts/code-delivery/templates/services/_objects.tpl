{{/* The objects of one of the services of purchases, invoices and notifications, which differ in their configuration and in whether they
     send mails: dict "root" . "component" "purchases". */}}
{{- define "code-delivery.serviceObjects" -}}
{{- $root := .root -}}
{{- $component := . -}}
{{- $values := index $root.Values .component -}}
{{- $name := printf "%s-%s" (include "code-delivery.fullname" $root) .component -}}
{{- $labels := include "code-delivery.labels" $component -}}
{{- $config := include (printf "code-delivery.%sConfig" .component) $root -}}
{{- $mails := has .component (include "code-delivery.mailingServices" $root | fromJsonArray) -}}
{{- $ca := and $mails $root.Values.smtp.caSecret -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
# It never talks to the API server.
automountServiceAccountToken: false
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
data:
  config.yaml: |
    {{- $config | nindent 4 }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
  {{- with merge (deepCopy $values.service.annotations) (include "code-delivery.pluginRoute" $root | fromYaml) }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with $root.Values.ipFamilyPolicy }}
  ipFamilyPolicy: {{ . }}
  {{- end }}
  selector: {{- include "code-delivery.selector" $component | nindent 4 }}
  ports:
    - {name: http-api, appProtocol: http, port: {{ $values.service.port }}, targetPort: http-api}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
spec:
  {{- if not (kindIs "invalid" $values.replicas) }}
  replicas: {{ $values.replicas }}
  {{- end }}
  # A new pod is ready before an old one is stopped.
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels: {{- include "code-delivery.selector" $component | nindent 6 }}
  template:
    metadata:
      labels: {{- $labels | nindent 8 }}
        {{- with include "code-delivery.meshLabels" $root }}
        {{- . | nindent 8 }}
        {{- end }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ .component }}
        checksum/config: {{ $config | sha256sum }}
        {{- include "code-delivery.kafkaAnnotation" $root | nindent 8 }}
        {{- with include "code-delivery.podAnnotations" (dict "root" $root "component" .component "own" $values.podAnnotations) }}
        {{- . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- include "code-delivery.pullSecrets" $root | nindent 6 }}
      securityContext: {{- include "code-delivery.podSecurityContext" $root | nindent 8 }}
      {{- include "code-delivery.placement" $values | nindent 6 }}
      terminationGracePeriodSeconds: 30
      topologySpreadConstraints: {{- include "code-delivery.spread" $component | nindent 8 }}
      containers:
        - name: {{ .component }}
          image: {{ include "code-delivery.image" $component | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          env:
            - {name: RUST_LOG, value: {{ $values.log | quote }}}
            {{- include "code-delivery.allocatorEnv" $root | nindent 12 }}
            {{- with include "code-delivery.tracingEnv" $root | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- if and $mails $root.Values.smtp.existingSecret }}
            {{- range list "username" "password" }}
            - name: SMTP_{{ upper . }}
              valueFrom: {secretKeyRef: {name: {{ $root.Values.smtp.existingSecret }}, key: {{ . }}}}
            {{- end }}
            {{- end }}
          ports:
            - {name: http-api, containerPort: 8080}
            - {name: http-metrics, containerPort: 9090}
          # Keep accepting connections until the endpoints no longer list this pod.
          lifecycle:
            preStop: {sleep: {seconds: 3}}
          {{- include "code-delivery.probes" $root | nindent 10 }}
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext: {{- include "code-delivery.containerSecurityContext" $root | nindent 12 }}
          volumeMounts:
            - {name: config, mountPath: /etc/code-delivery, readOnly: true}
            - {name: mongodb, mountPath: /etc/code-delivery-mongodb, readOnly: true}
            {{- if include "code-delivery.kafkaSecret" $component }}
            - {name: kafka, mountPath: /etc/code-delivery-kafka, readOnly: true}
            {{- end }}
            {{- if $ca }}
            - {name: smtp, mountPath: /etc/code-delivery-smtp, readOnly: true}
            {{- end }}
      volumes:
        - name: config
          configMap: {name: {{ $name }}}
        - name: mongodb
          secret:
            secretName: {{ include "code-delivery.databaseSecret" $component }}
            defaultMode: 288 # 0440
            items: [{key: {{ $values.mongodb.uriSecret.key | quote }}, path: uri}]
        {{- with include "code-delivery.kafkaSecret" $component }}
        - name: kafka
          secret: {secretName: {{ . }}, defaultMode: 288} # 0440
        {{- end }}
        {{- if $ca }}
        - name: smtp
          secret:
            secretName: {{ $root.Values.smtp.caSecret }}
            defaultMode: 288 # 0440
            items: [{key: ca.crt, path: ca.crt}]
        {{- end }}
{{- /* A single pod gets no budget, because that would block every drain. */ -}}
{{- if gt (int (default 2 $values.replicas)) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
spec:
  maxUnavailable: 1
  # A pod that is not ready must not block a drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "code-delivery.selector" $component | nindent 6 }}
{{- end }}
{{- if $root.Values.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- $labels | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "code-delivery.selector" $component | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    # Browsers, and proxies in front of the service.
    - ports: [{protocol: TCP, port: 8080}]
      {{- with $root.Values.networkPolicy.gatewayFrom }}
      from:
        # The kubectl plugin, when it reads from inside the cluster.
        - podSelector: {matchLabels: {app.kubernetes.io/name: code-delivery-kubectl}}
        {{- if include "code-delivery.ownMeshGateway" $root }}
        - podSelector: {matchLabels: {gateway.networking.k8s.io/gateway-name: {{ include "code-delivery.meshGateway" $root }}}}
        {{- end }}
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- include "code-delivery.metricsIngress" $root | nindent 4 }}
    {{- with include "code-delivery.meshIngress" $root }}
    {{- . | nindent 4 }}
    {{- end }}
  egress:
    {{- include "code-delivery.dnsEgress" $root | nindent 4 }}
    {{- include "code-delivery.kafkaEgress" $root | nindent 4 }}
    # MongoDB.
    - ports:
        {{- range $root.Values.networkPolicy.mongodbPorts }}
        - {protocol: TCP, port: {{ . }}}
        {{- end }}
    {{- if $mails }}
    # The mail server.
    - ports:
        {{- range $root.Values.networkPolicy.smtpPorts | default (list $root.Values.smtp.port) }}
        - {protocol: TCP, port: {{ . }}}
        {{- end }}
    {{- end }}
    {{- with include "code-delivery.tracingEgress" $root }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with include "code-delivery.meshEgress" $root }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}
