# The project's commands. Each target runs a script, whose header describes what it does.
.DEFAULT_GOAL := help
.PHONY: help demo demo-down demo-clean images env chaos test

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Build and start everything: a Kubernetes node, Kafka, the product, three deliveries (as root; BROKERS=3: three Kafka brokers; TRACES=1: with Jaeger; GRAFANA=1: with Grafana, from the internet; MESH=1: in an Istio mesh; CLUSTER=current REGISTRY=… KAFKA=…: install in your own cluster)
	@bash cluster/demo.sh

demo-down: ## Remove the demo and its data; keep the caches
	@bash cluster/down.sh

demo-clean: demo-down ## Remove the demo, its data and the caches
	@bash cluster/clean.sh

images: ## Build the images (REGISTRY=host/path: also push them there)
	@bash cluster/images.sh all $(REGISTRY)

env: ## Print the environment variables for the demo's cluster; use: eval "$(make -s env)"
	@bash cluster/env.sh

chaos: ## Kill everything in turn under load for about twenty-five minutes, then verify that nothing was lost (ARGS=--short: five minutes; ARGS=--purchases: the purchase services, under a load of purchases)
	@bash cluster/chaos.sh run $(ARGS)

test: ## Run everything that CI runs, on the demo's cluster (as root)
	@bash e2e/run.sh
