{{/* Checks that a schema cannot express well: missing or contradictory values, each with a message that says how to fix it. */}}
{{- define "code-delivery.validate" -}}
{{- $watched := include "code-delivery.watchNamespaces" . | fromJsonArray -}}
{{- $problems := list -}}
{{- if not .Values.image.registry -}}
{{- $problems = append $problems "image.registry is not set. Push the images with `make images REGISTRY=registry.example.com/team` and pass the same name with --set image.registry=registry.example.com/team." -}}
{{- end -}}
{{- if not .Values.kafka.bootstrapServers -}}
{{- $problems = append $problems "kafka.bootstrapServers is not set. Give the address of Kafka, for example with --set kafka.bootstrapServers=kafka.kafka.svc:9092." -}}
{{- else -}}
{{- range splitList "," .Values.kafka.bootstrapServers -}}
{{- $server := trim . -}}
{{- if regexMatch "^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*[0-9A-Fa-f]:[0-9]{1,5}$" $server -}}
{{- $problems = append $problems (printf "kafka.bootstrapServers names %s, but an IPv6 address is in brackets. Write it as %s." $server (regexReplaceAll "^(.*):([0-9]+)$" $server "[${1}]:${2}")) -}}
{{- else if not (regexMatch "^([^\\s,:\\[\\]]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}$" $server) -}}
{{- $problems = append $problems (printf "kafka.bootstrapServers names %s, which is not host:port. Write it as in kafka.kafka.svc:9092, and an IPv6 address in brackets, as in [fd00::1]:9092." ($server | default "nothing after a comma")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (has (include "code-delivery.requestsNamespace" .) $watched) -}}
{{- $problems = append $problems (printf "requests.namespace is %s, which is not one of watchNamespaces (%s). Add it there, or choose one of those." .Values.requests.namespace (join ", " $watched)) -}}
{{- end -}}
{{- $topics := dict "topics" .Values.topics -}}
{{- range $topic, $own := .Values.topics.overrides -}}
{{- $topics = set $topics (printf "topics.overrides.%s" $topic) (merge (dict) $own (omit $.Values.topics "overrides")) -}}
{{- end -}}
{{- range $path, $topic := $topics -}}
{{- if gt (int $topic.minInsyncReplicas) (int $topic.replicationFactor) -}}
{{- $problems = append $problems (printf "%s.minInsyncReplicas is %v but %s.replicationFactor is only %v, so no record could ever be written. Lower the former or raise the latter." $path $topic.minInsyncReplicas $path $topic.replicationFactor) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- $problems = append $problems "ingress.host is not set. Give the map's host name with --set ingress.host=map.example.com." -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled .Values.httpRoute.gateway.create (not .Values.httpRoute.gateway.className) -}}
{{- $problems = append $problems "httpRoute.gateway.className is not set. Set it to one of the classes that `kubectl get gatewayclasses` lists." -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.gateway.create) (not .Values.httpRoute.parentRefs) -}}
{{- $problems = append $problems "httpRoute.parentRefs is empty. Name the Gateway to attach to, or set httpRoute.gateway.create=true." -}}
{{- end -}}
{{- if and .Values.canary.enabled (ge (int .Values.canary.limitSeconds) (int .Values.canary.everySeconds)) -}}
{{- $problems = append $problems (printf "canary.limitSeconds is %v but canary.everySeconds is only %v, so a run would not be over when the next begins. Lower the former or raise the latter." .Values.canary.limitSeconds .Values.canary.everySeconds) -}}
{{- end -}}
{{- if and .Values.connectorOperator.enabled (not .Values.connectorOperator.clusters) -}}
{{- $problems = append $problems "connectorOperator.clusters is empty. Give the address of Kafka Connect, for example with --set connectorOperator.clusters.connect.url=http://connect.kafka.svc:8083." -}}
{{- end -}}
{{- range $name, $cluster := .Values.connectorOperator.clusters -}}
{{- if and $cluster.credentialsSecret (not (hasPrefix "https://" $cluster.url)) -}}
{{- $problems = append $problems (printf "connectorOperator.clusters.%s has a credentialsSecret but no https:// url, and a password must not be sent in plain text. Use an https:// url, or remove credentialsSecret." $name) -}}
{{- end -}}
{{- end -}}
{{- with .Values.connectors -}}
{{- if .enabled -}}
{{- if not (include "code-delivery.connectorUrl" $) -}}
{{- $problems = append $problems "Neither connectors.url nor elasticsearch.url is set. Give the address of Elasticsearch, for example with --set elasticsearch.url=http://elasticsearch.search.svc:9200." -}}
{{- end -}}
{{- $namespace := include "code-delivery.connectorsNamespace" $ -}}
{{- if and $.Values.connectorOperator.enabled (not (has $namespace $watched)) -}}
{{- $problems = append $problems (printf "connectors.namespace is %s, which the connector operator does not watch (watchNamespaces: %s). Choose one of those, or add it there." $namespace (join ", " $watched)) -}}
{{- end -}}
{{- if and $.Values.connectorOperator.enabled $.Values.connectorOperator.clusters (not (hasKey $.Values.connectorOperator.clusters .cluster)) -}}
{{- $problems = append $problems (printf "connectors.cluster is %s, which is not one of connectorOperator.clusters (%s). Choose one of those, or add it there." .cluster (keys $.Values.connectorOperator.clusters | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range include "code-delivery.enabledServices" . | fromJsonArray -}}
{{- if not (include "code-delivery.databaseSecret" (dict "root" $ "component" .)) -}}
{{- $problems = append $problems (printf "%s.enabled is true, but neither %s.mongodb.uriSecret.name nor mongodb.uriSecret.name is set. Name the Secret whose key %s holds the address of this service's database." . . (index $.Values .).mongodb.uriSecret.key) -}}
{{- end -}}
{{- end -}}
{{- $mailing := include "code-delivery.mailingServices" . | fromJsonArray -}}
{{- if $mailing -}}
{{- if not .Values.smtp.host -}}
{{- $problems = append $problems (printf "smtp.host is not set, but mails are sent because of %s.enabled. Give the host name of a mail server, for example with --set smtp.host=smtp.example.com." (join ".enabled and " $mailing)) -}}
{{- end -}}
{{- if not .Values.smtp.from -}}
{{- $problems = append $problems (printf "smtp.from is not set, but mails are sent because of %s.enabled. Give the mails' sender, for example with --set smtp.from=shop@example.com." (join ".enabled and " $mailing)) -}}
{{- end -}}
{{- if and .Values.smtp.existingSecret (eq .Values.smtp.security "none") -}}
{{- $problems = append $problems "smtp.existingSecret is set but smtp.security is none, and a password must not be sent in plain text. Set smtp.security to starttls or tls, or remove smtp.existingSecret." -}}
{{- end -}}
{{- end -}}
{{- with .Values.notifications -}}
{{- if and .enabled (gt (int64 .retentionDays) 0) -}}
{{- $own := index $.Values.topics.overrides "notifications.send-notification" | default dict -}}
{{- $hours := int64 (get $own "retentionHours" | default $.Values.topics.retentionHours) -}}
{{- if lt $hours 0 -}}
{{- $problems = append $problems (printf "notifications.retentionDays is %v, but Kafka keeps notifications.send-notification for ever, and a request that is read again after its notification is gone is told and mailed a second time. Set it to 0, or limit topics.overrides.notifications.send-notification.retentionHours." .retentionDays) -}}
{{- else if le (mul (int64 .retentionDays) 24) $hours -}}
{{- $problems = append $problems (printf "notifications.retentionDays is %v, but Kafka keeps notifications.send-notification for %d hours, and a request that is read again after its notification is gone is told and mailed a second time. Set it to at least %d, or lower topics.overrides.notifications.send-notification.retentionHours." .retentionDays $hours (add1 (div $hours 24))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ingress.enabled (include "code-delivery.enabledServices" . | fromJsonArray) (not .Values.ingress.apiAnnotations) -}}
{{- $problems = append $problems "ingress.apiAnnotations is empty, so the Ingress would pass /api/purchases on unchanged, which no service knows. Give the annotations with which your controller removes /api from the path, or use httpRoute, which does it by itself." -}}
{{- end -}}
{{- with .Values.mesh -}}
{{- if .enabled -}}
{{- $databases := include "code-delivery.enabledServices" $ | fromJsonArray -}}
{{- if and (or $.Values.mongodb.uriSecret.name $databases) (not .servers.mongodb) -}}
{{- $problems = append $problems "mesh.servers.mongodb is empty, but there is a MongoDB, whose address is in a Secret that the chart does not read. Give the address to the mesh as well, for example with --set mesh.servers.mongodb={mongodb.databases.svc:27017}." -}}
{{- end -}}
{{- if and .gateway.enabled (eq .gateway.api "istio") (not .gateway.principals) -}}
{{- $problems = append $problems "mesh.gateway.principals is empty, so nobody could reach the map through an ingress gateway of Istio's own API. Name its identity, for example with --set mesh.gateway.principals={cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account}." -}}
{{- end -}}
{{- if and (include "code-delivery.ownMeshGateway" $) $.Values.httpRoute.enabled -}}
{{- $problems = append $problems "mesh.gateway.enabled and httpRoute.enabled are both true, so there would be two ways in, and the policies know only the first. Set httpRoute.enabled=false; or set mesh.gateway.enabled=false and name the identity of your own gateway in mesh.gateway.principals." -}}
{{- end -}}
{{- if and $.Values.ingress.enabled (not .gateway.principals) -}}
{{- $problems = append $problems "ingress.enabled is true, but the policies of the mesh let only identities in. Name the one of the ingress controller in mesh.gateway.principals, or set ingress.enabled=false and use mesh.gateway." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThe chart cannot be installed with these values:\n- %s\n" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}
