# What people type here. Each target is a script; what it does is said at its top.
.DEFAULT_GOAL := help
.PHONY: help demo demo-down demo-clean images env chaos test

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Build and start everything: a Kubernetes node, Kafka, the product, three deliveries (as root; BROKERS=3: Kafka on three brokers; CLUSTER=current REGISTRY=… KAFKA=…: in your own cluster)
	@bash cluster/demo.sh

demo-down: ## Take the demo away again, data and all; the caches stay
	@bash cluster/down.sh

demo-clean: demo-down ## The same, and the caches
	@bash cluster/clean.sh

images: ## Build the images (REGISTRY=host/path: and push them there)
	@bash cluster/images.sh all $(REGISTRY)

env: ## Print what a shell needs to use the demo's cluster: eval "$(make -s env)"
	@bash cluster/env.sh

chaos: ## Kill everything in turn under load for some sixteen minutes, then prove that nothing was lost (ARGS=--short: in three)
	@bash cluster/chaos.sh run $(ARGS)

test: ## Everything that CI runs
	@bash e2e/run.sh
