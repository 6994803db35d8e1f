package main

import "github.com/grafana/grafana-foundation-sdk/go/dashboard"

// What each class of pods uses: processor time, memory, and how often their containers are restarted; and which pods are ready.
func pods() *dashboard.DashboardBuilder {
	built := board("pods", "Pods", "Readiness, processor time, memory and restarts of each class of pods, as the processes themselves see them; a class that is switched off is empty.",
		"process_start_time_seconds").
		WithRow(row("Readiness")).
		WithPanel(lines(12, text{"Pods that are ready", "Pods whose /readyz says that they are ready, by class. Good: as many as there are replicas, and fewer only while some start or end. Otherwise /readyz of a pod that is not says why.", "short"},
			series{`sum by (container) (` + ready() + `)`, "{{container}}"})).
		WithPanel(lines(12, text{"Pods that are not ready", "Pods whose /readyz says that they are not ready, by class: they start, end, or a loop hangs. Good: 0, but for a moment at a rollout. Otherwise see the runbooks of DeliveryGatewayNotReady and DeliveryLoopHangs.", "short"},
			series{`sum by (container) (1 - ` + ready() + `)`, "{{container}}"}))
	for _, class := range []struct{ title, container string }{
		{"Operator", "operator"}, {"Gateway", "gateway"}, {"Simulators", "simulator"}, {"Connector operator", "connector-operator"}, {"Canary", "canary"},
		{"Purchases", "purchases"}, {"Invoices", "invoices"}, {"Notifications", "notifications"}, {"Kafka", "kafka"}, {"Kafka Connect", "connect"},
	} {
		// There may be thousands of simulators.
		by, legend := "pod", "{{pod}}"
		if class.container == "simulator" {
			by, legend = "namespace", "{{namespace}}, all"
		}
		of := `{container="` + class.container + `"}`
		memory := []series{{`sum by (` + by + `) (process_resident_memory_bytes` + of + `)`, legend}}
		if by == "namespace" {
			memory = append(memory, series{`max by (namespace) (process_resident_memory_bytes` + of + `)`, "{{namespace}}, the largest"})
		}
		built = built.WithRow(row(class.title)).
			WithPanel(lines(8, text{class.title + ": processor time", "Processors that are in use. Good: well below the limit of the container, if it has one. At the limit it is slowed down: raise its resources, or add replicas.", "short"},
				series{`sum by (` + by + `) (rate(process_cpu_seconds_total` + of + `[$__rate_interval]))`, legend})).
			WithPanel(lines(8, text{class.title + ": memory", "Memory that is not swapped out. Good: level, and well below the limit of the container. At the limit the container is killed and restarted: raise its resources.", "bytes"},
				memory...)).
			WithPanel(lines(8, text{class.title + ": restarts", "How often a container was started anew in its pod, in each interval of the graph. Good: 0. Otherwise the log of the last container says why: kubectl logs --previous.", "short"},
				series{`sum by (` + by + `) (changes(process_start_time_seconds` + of + `[$__rate_interval]))`, legend}))
	}
	return built
}
