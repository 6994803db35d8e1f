// Writes the dashboards as JSON: grafana FOLDER. The folder dashboards/ holds the committed result; charts/test.sh compares them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	if len(os.Args) != 2 {
		fail("Usage: grafana FOLDER")
	}
	for name, builder := range map[string]*dashboard.DashboardBuilder{
		"overview": overview(), "operator": operator(), "gateway": gateway(), "pipeline": pipeline(), "purchases": purchases(),
		"kafka": kafka(), "mesh": mesh(), "pods": pods(), "map": livemap(),
	} {
		built, err := builder.Build()
		if err != nil {
			fail("The dashboard %s cannot be built: %v", name, err)
		}
		numbered(&built)
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(built); err != nil {
			fail("The dashboard %s cannot be written as JSON: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(os.Args[1], name+".json"), text.Bytes(), 0o644); err != nil {
			fail("Cannot write the dashboard %s: %v", name, err)
		}
	}
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}
