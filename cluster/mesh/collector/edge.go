package main

import (
	"encoding/json"
	"strings"
)

const unknown = "unknown"

// names are the labels of all metrics, in this order; an edge has a value for each.
var names = []string{
	"reporter",
	"source_workload", "source_workload_namespace", "source_principal", "source_canonical_service", "source_canonical_revision",
	"source_cluster",
	"destination_workload", "destination_workload_namespace", "destination_principal", "destination_canonical_service",
	"destination_canonical_revision", "destination_cluster",
	"destination_service", "destination_service_name", "destination_service_namespace",
	"request_protocol", "response_code", "response_flags", "connection_security_policy",
}

// record is one access log: the attributes that istiod.yaml asks Envoy for. Envoy writes "-" for what it does not know.
type record map[string]string

func (r record) get(name string) string {
	value := strings.TrimSuffix(r[name], ";")
	if value == "-" {
		return ""
	}
	return value
}

// workload is one end of an edge.
type workload struct {
	name, namespace, principal, service, revision, cluster string
}

func (w workload) labels() []string {
	return []string{known(w.name), known(w.namespace), known(w.principal), known(w.service), known(w.revision), known(w.cluster)}
}

func known(value string) string {
	if value == "" {
		return unknown
	}
	return value
}

// service is what was called: istiod puts a list of these on each cluster.
type service struct {
	Host      string `json:"host"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// identity is that of the pod whose proxy has written the record.
func (r record) identity() string {
	return "spiffe://cluster.local/ns/" + r.get("namespace") + "/sa/" + r.get("account")
}

// own is the workload whose proxy has written the record.
func (r record) own() workload {
	own := workload{
		name: r.get("workload"), namespace: r.get("namespace"), service: r.get("canonical_service"), revision: r.get("canonical_revision"),
		cluster: "Kubernetes",
	}
	// A gateway's pods have no such labels in their environment.
	if own.service == "" {
		own.service = own.name
	}
	if own.revision == "" {
		own.revision = "latest"
	}
	return own
}

// edge returns the labels of the record, without those of one request: protocol, code and flags. The caller is that of a record of the called
// side.
func (r record) edge(caller workload) []string {
	var source, destination workload
	reporter, security := "source", unknown
	if r.inbound() {
		reporter, security = "destination", "none"
		source = caller
		destination = r.own()
		destination.principal = first(r.get("local_principal"))
		if source.principal != "" {
			security = "mutual_tls"
		}
	} else {
		source = r.own()
		destination = fromMetadata(r.get("upstream_workload"))
		destination.principal = first(r.get("destination_principal"))
		if destination.principal != "" {
			security = "mutual_tls"
			source.principal = r.identity()
		}
	}
	called := r.service()
	labels := append([]string{reporter}, source.labels()...)
	labels = append(labels, destination.labels()...)
	return append(labels, known(called.Host), known(called.Name), known(called.Namespace), security)
}

// inbound tells whether this is the log of the pod that was called. A request that was refused before it was routed has no cluster, but
// only a pod that was called has an identity of its own towards the caller.
func (r record) inbound() bool {
	cluster := r.get("upstream_cluster")
	if cluster == "" {
		return r.get("local_principal") != ""
	}
	return strings.HasPrefix(cluster, "inbound|") || cluster == "InboundPassthroughCluster"
}

// service finds the Service that was called: in the metadata of the cluster, or in its name, outbound|PORT|SUBSET|HOST.
func (r record) service() service {
	var listed []service
	if json.Unmarshal([]byte(r.get("services")), &listed) == nil && len(listed) > 0 && listed[0].Host != "" {
		return listed[0]
	}
	cluster := r.get("upstream_cluster")
	parts := strings.Split(cluster, "|")
	if len(parts) < 4 {
		return service{Host: cluster, Name: cluster}
	}
	found := service{Host: parts[3], Name: parts[3]}
	if name := strings.Split(parts[3], "."); len(name) > 2 && name[2] == "svc" {
		found.Name, found.Namespace = name[0], name[1]
	}
	return found
}

// fromMetadata reads what istiod puts on each endpoint that is a pod: workload;namespace;canonical service;canonical revision;cluster. The
// revision is empty if it is "latest".
func fromMetadata(text string) workload {
	parts := append(strings.Split(text, ";"), "", "", "", "", "")
	if parts[0] != "" && parts[3] == "" {
		parts[3] = "latest"
	}
	return workload{name: parts[0], namespace: parts[1], service: parts[2], revision: parts[3], cluster: parts[4]}
}

// fromPrincipal tells of a caller what its identity tells: its namespace, and its account, which is the workload's own.
func fromPrincipal(principal string) workload {
	parts := strings.Split(strings.TrimPrefix(principal, "spiffe://"), "/")
	if len(parts) != 5 || parts[1] != "ns" || parts[3] != "sa" {
		return workload{principal: principal}
	}
	return workload{name: parts[4], namespace: parts[2], principal: principal, service: parts[4], cluster: "Kubernetes"}
}

// first returns the first of several names in a certificate.
func first(list string) string {
	name, _, _ := strings.Cut(list, ",")
	return name
}

// of completes the labels of an edge with those of a request.
func of(edge []string, protocol, code, flags string) []string {
	end := len(edge) - 1
	labels := append([]string{}, edge[:end]...)
	return append(labels, protocol, code, flags, edge[end])
}
