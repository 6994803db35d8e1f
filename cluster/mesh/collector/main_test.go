package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/otelcol"
)

// configuration returns the collector's part of collector.yaml, with the lines for traces or without them.
func configuration(t *testing.T, traces bool) string {
	t.Helper()
	manifest, err := os.ReadFile("../collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(manifest), "config.yaml: |\n")
	if !found {
		t.Fatal("collector.yaml has no config.yaml")
	}
	text, _, _ := strings.Cut(rest, "\n---\n")
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if traces || !strings.HasSuffix(line, "# traces") {
			lines = append(lines, strings.Replace(line, "JAEGER", "http://127.0.0.1:4318", 1))
		}
	}
	return strings.Join(lines, "\n")
}

// A collector that refuses its configuration is a mesh without metrics.
func TestTheDemosConfigurationIsAccepted(t *testing.T) {
	for name, traces := range map[string]bool{"without traces": false, "with traces": true} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(configuration(t, traces)), 0o600); err != nil {
				t.Fatal(err)
			}
			command := otelcol.NewCommand(settings())
			command.SetArgs([]string{"validate", "--config", "file:" + file})
			if err := command.Execute(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
