package main

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// What all dashboards share: the data source, the variables job and instance, links to each other, and the kinds of panels.

const tag = "code-delivery"

var source = common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("$datasource")}

// text is what a panel says about itself: its title, what is good and what to do otherwise, and its unit.
type text struct{ title, description, unit string }

// series is an expression and the legend of its lines. In the expression each `{` is followed by the matchers of job and instance; `{!}`
// is for what the recording rules and alerts produce, which have a job and no instance.
type series struct{ expr, legend string }

// The limits at which a number turns yellow and red; zero: none.
type limits struct{ warn, bad float64 }

// The histograms whose buckets name traces; docs/metrics.md lists them.
var traced = []string{
	"delivery_gateway_position_age_seconds_bucket",
	"delivery_operator_first_position_delay_seconds_bucket",
	"delivery_simulator_position_lateness_seconds_bucket",
	"delivery_simulator_acknowledgement_duration_seconds_bucket",
}

func query(s series) *prometheus.DataqueryBuilder {
	built := prometheus.NewDataqueryBuilder().Expr(matched(s.expr)).LegendFormat(s.legend).Datasource(source).Range()
	for _, histogram := range traced {
		if strings.Contains(s.expr, histogram) {
			built = built.Exemplar(true)
		}
	}
	return built
}

func matched(expr string) string {
	const all, own = `job=~"$job", instance=~"$instance"`, `job=~"$job"`
	parts := strings.Split(expr, "{")
	for i, part := range parts[1:] {
		switch {
		case strings.HasPrefix(part, "!}"):
			part = own + part[1:]
		case strings.HasPrefix(part, "!"):
			part = own + ", " + part[1:]
		case strings.HasPrefix(part, "}"):
			part = all + part
		default:
			part = all + ", " + part
		}
		parts[i+1] = part
	}
	return strings.Join(parts, "{")
}

func thresholds(l limits) *dashboard.ThresholdsConfigBuilder {
	steps := []dashboard.Threshold{{Color: "green"}}
	if l.warn != 0 {
		steps = append(steps, dashboard.Threshold{Color: "yellow", Value: &l.warn})
	}
	if l.bad != 0 {
		steps = append(steps, dashboard.Threshold{Color: "red", Value: &l.bad})
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(steps)
}

// number shows the newest value.
func number(t text, l limits, s series) cog.Builder[dashboard.Panel] {
	return stat.NewPanelBuilder().Title(t.title).Description(t.description).Unit(t.unit).Datasource(source).
		Height(4).Span(4).NoValue("none").Thresholds(thresholds(l)).GraphMode(common.BigValueGraphModeArea).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).
		Orientation(common.VizOrientationAuto).
		WithTarget(query(s).RefId("A"))
}

// graph shows lines over time, on half the width.
func graph(t text, all ...series) cog.Builder[dashboard.Panel] { return lines(12, t, all...) }

// lines shows lines over time, on so many of the 24 columns.
func lines(columns uint32, t text, all ...series) cog.Builder[dashboard.Panel] {
	panel := timeseries.NewPanelBuilder().Title(t.title).Description(t.description).Unit(t.unit).Datasource(source).
		Height(8).Span(columns).Min(0).NoValue("none").FillOpacity(10).ShowPoints(common.VisibilityModeNever).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeTable).
			Placement(common.LegendPlacementBottom).Calcs([]string{"lastNotNull", "max"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	for i, s := range all {
		panel = panel.WithTarget(query(s).RefId(string(rune('A' + i))))
	}
	return panel
}

// heat shows a histogram over time; the expression is the rate of its buckets by le.
func heat(t text, expr string) cog.Builder[dashboard.Panel] {
	return heatmap.NewPanelBuilder().Title(t.title).Description(t.description).Unit(t.unit).Datasource(source).
		Height(8).Span(12).NoValue("none").
		Color(heatmap.NewHeatmapColorOptionsBuilder().Mode(heatmap.HeatmapColorModeScheme).Scheme("Oranges").Steps(64)).
		YAxis(heatmap.NewYAxisConfigBuilder().Unit(t.unit)).
		WithTarget(query(series{expr, "{{le}}"}).Format(prometheus.PromQueryFormatHeatmap).RefId("A"))
}

// What all services but the simulator export: it has no loops that are watched, and its version is its operator's.
var services = []string{"operator", "gateway", "connector_operator", "canary", "purchases", "invoices", "notifications"}

// hanging selects the loops of all services.
func hanging() string { return `{__name__=~"` + each("hanging_loops", services...) + `"}` }

// ready selects the readiness of all processes.
func ready() string {
	return `{__name__=~"` + each("ready", append([]string{"simulator"}, services...)...) + `"}`
}

// rollouts are the builds that were not there a minute ago. The matchers are those of an annotation, which has the variable job alone.
func rollouts() string {
	builds := `max by (job, container, version) ({__name__=~"` + each("build_info", services...) + `", job=~"$job"}`
	return builds + `) unless ` + builds + ` offset 1m)`
}

// each is a pattern of the metric of that name of these services.
func each(metric string, services ...string) string {
	names := make([]string, 0, len(services))
	for _, service := range services {
		names = append(names, "delivery_"+service+"_"+metric)
	}
	return strings.Join(names, "|")
}

// firing lists the alerts that fire.
func firing() cog.Builder[dashboard.Panel] {
	return table.NewPanelBuilder().Title("Alerts that fire").
		Description("Good: none. Each alert has a section in docs/runbooks of the repository, which says what to do. Alerts without a job, such as DeliveryOperatorDown, are listed as well.").
		Unit("short").Datasource(source).Height(6).Span(24).NoValue("none").
		WithTarget(prometheus.NewDataqueryBuilder().Expr(`max by (alertname, severity, job) (ALERTS{alertname=~"Deliver.+", alertstate="firing", job=~"$job|"})`).
			Datasource(source).Format(prometheus.PromQueryFormatTable).Instant().RefId("A")).
		WithTransformation(dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
			"excludeByName": map[string]bool{"Time": true, "Value": true},
			"renameByName":  map[string]string{"alertname": "Alert", "severity": "Severity", "job": "Installation"},
		}})
}

func row(title string) *dashboard.RowBuilder { return dashboard.NewRowBuilder(title) }

// frame is an empty dashboard with what those of every data source share.
func frame(uid, title, description string) *dashboard.DashboardBuilder {
	return dashboard.NewDashboardBuilder("Code Delivery / " + title).Uid("code-delivery-" + uid).Description(description).
		Tags([]string{tag}).Readonly().Timezone("browser").Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder("Code Delivery").Type(dashboard.DashboardLinkTypeDashboards).
			Tags([]string{tag}).AsDropdown(false).IncludeVars(false).KeepTime(true))
}

// board is an empty dashboard on Prometheus with what all of these share. `services` is a pattern of the metrics that the shown instances export.
func board(uid, title, description, services string) *dashboard.DashboardBuilder {
	variable := func(name, label, values string) *dashboard.QueryVariableBuilder {
		return dashboard.NewQueryVariableBuilder(name).Label(label).Datasource(source).
			Query(dashboard.StringOrMap{String: &values}).
			Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortAlphabeticalAsc).
			Multi(true).IncludeAll(true).AllValue(".+").
			Current(dashboard.VariableOption{
				Selected: cog.ToPtr(true),
				Text:     dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
				Value:    dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
			})
	}
	return frame(uid, title, description).Refresh("30s").Time("now-1h", "now").
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Data Source").Type("prometheus")).
		WithVariable(variable("job", "Installation", `label_values({__name__=~"`+services+`"}, job)`)).
		WithVariable(variable("instance", "Pod", `label_values({__name__=~"`+services+`", job=~"$job"}, instance)`)).
		Annotation(dashboard.NewAnnotationQueryBuilder().Name("Rollouts").Datasource(source).Enable(true).IconColor("blue").
			Expr(rollouts()).
			TitleFormat("{{container}} {{version}} of {{job}} started").Step("1m"))
}

// numbered gives panels their ids, and leaves out where links and annotations are placed: at the top, as ever.
func numbered(board *dashboard.Dashboard) {
	for i, panel := range board.Panels {
		id := uint32(i + 1)
		if panel.Panel != nil {
			panel.Panel.Id = &id
		} else {
			panel.RowPanel.Id = id
		}
	}
	for i := range board.Links {
		board.Links[i].Placement = nil
	}
	for i := range board.Annotations.List {
		board.Annotations.List[i].Placement = nil
	}
}
