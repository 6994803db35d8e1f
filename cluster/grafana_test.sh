#!/usr/bin/env bash
# Tests when the demo has a Grafana, and where Prometheus listens then.
source "$(dirname "${BASH_SOURCE[0]}")/testing.sh"

addresses() { in_shell monitoring.sh prometheus_addresses | paste -sd ' '; }

same "$(addresses)" 127.0.0.1:29090 "Without a Grafana, Prometheus is on loopback alone"
same "$(GRAFANA=1 addresses)" "127.0.0.1:29090 10.85.0.1:29090" "GRAFANA=1: also where Grafana's pod reaches it"
same "$(bash "$here/install.sh" grafana_values)" "grafana.enabled=true,grafana.nodePort=30300,grafana.prometheus=http://10.85.0.1:29090" "Grafana asks it there"
GRAFANA=1 in_shell monitoring.sh keep_grafana
same "$(addresses)" "127.0.0.1:29090 10.85.0.1:29090" "A later run without GRAFANA keeps it"
GRAFANA=0 in_shell monitoring.sh keep_grafana
same "$(addresses)" 127.0.0.1:29090 "GRAFANA=0 ends it"
if GRAFANA=yes run in_shell monitoring.sh shows_grafana; then fail "GRAFANA=yes was taken"; fi
says 'GRAFANA is yes, but only 1.*are supported' "It does not say what is right"
ok "A wrong GRAFANA is refused with the right ones"
