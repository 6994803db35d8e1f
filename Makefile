# The project's commands. Each target runs a script, whose header describes what it does.
.DEFAULT_GOAL := help
.PHONY: help demo demo-down demo-clean images env chaos test

# A line that begins with #= is an option of the target above it.
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 } sub(/^#= /, "") { print "                      " $$0 }' $(MAKEFILE_LIST)

demo: ## Build and start everything: a Kubernetes node, Kafka, the product, three deliveries (as root)
	@bash cluster/demo.sh
#= BROKERS=3     with three Kafka brokers, on a new cluster
#= TRACES=1      with Jaeger, until TRACES=0
#= GRAFANA=1     with Grafana, whose image comes from the internet, until GRAFANA=0
#= MESH=1        in an Istio mesh, until MESH=0
#= CLUSTER=current REGISTRY=host/path KAFKA=host:port
#=               installs in your own cluster, that of kubectl's current context, instead

demo-down: ## Remove the demo and its data; keep the caches
	@bash cluster/down.sh

demo-clean: demo-down ## Remove the demo, its data and the caches
	@bash cluster/clean.sh

images: ## Build the images (as root)
	@bash cluster/images.sh all $(REGISTRY)
#= REGISTRY=host/path   and push them there

env: ## Print the environment variables for the demo's cluster; use: eval "$(make -s env)"
	@bash cluster/env.sh

chaos: ## Kill everything in turn under load for about twenty-five minutes, then verify that nothing was lost (as root)
	@bash cluster/chaos.sh run $(ARGS)
#= ARGS=--short       five minutes
#= ARGS=--purchases   the purchase services, under a load of purchases

test: ## Run everything that CI runs, on the demo's cluster (as root)
	@bash e2e/run.sh
