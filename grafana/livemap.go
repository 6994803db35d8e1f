package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/elasticsearch"
	"github.com/grafana/grafana-foundation-sdk/go/geomap"
)

// The indices of the sink, whose documents have a position as geo_point and the time when it was due.
var indices = common.DataSourceRef{Type: cog.ToPtr("elasticsearch"), Uid: cog.ToPtr("$datasource")}

// Where the vehicles are and where they were, from the documents that the sink has written.
func livemap() *dashboard.DashboardBuilder {
	return frame("map", "Map",
		"Where vehicles are and were, from the documents of the sink in Elasticsearch. Its data source needs the index pattern code-delivery-* (connectors.indexPrefix) and the time field at.").
		Refresh("10s").Time("now-15m", "now").
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Data Source").Type("elasticsearch")).
		WithPanel(places(text{"Vehicles under way", "The newest state of each delivery that is Running, some seconds old, to within twenty metres. Good: as many as the dashboard Overview counts. None, or old ones: the sink is behind; see the dashboard Kafka.", "short"},
			"phase:Running AND _exists_:position", "deliveryId", "8", "markers", map[string]any{
				"showLegend": false,
				"style": map[string]any{
					"color": map[string]any{"fixed": "dark-blue"}, "opacity": 0.8, "size": map[string]any{"fixed": 6, "min": 2, "max": 15},
					"symbol": map[string]any{"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
				},
			})).
		WithPanel(places(text{"Positions in the chosen time", "How many positions each cell of about 150 metres has. Good: the routes, without gaps. A gap that all deliveries of a route have: positions are missing from the index; kubectl delivery verify --sink tells which.", "short"},
			"_exists_:routeId AND _exists_:position", "", "7", "heatmap", map[string]any{
				"weight": map[string]any{"field": "Count", "fixed": 1, "min": 0, "max": 1}, "radius": 6, "blur": 12,
			}))
}

// places shows the cells in which documents that match a Lucene query have their positions: of each value of `by` on its own, if
// there is one.
func places(t text, lucene, by, precision, layer string, config any) cog.Builder[dashboard.Panel] {
	grid := elasticsearch.NewGeoHashGrid()
	grid.Id, grid.Field = "3", cog.ToPtr("position")
	grid.Settings = &elasticsearch.ElasticsearchGeoHashGridSettings{Precision: cog.ToPtr(precision)}
	buckets := []elasticsearch.BucketAggregation{{GeoHashGrid: grid}}
	if by != "" {
		terms := elasticsearch.NewTerms()
		terms.Id, terms.Field = "2", cog.ToPtr(by)
		terms.Settings = &elasticsearch.ElasticsearchTermsSettings{Size: cog.ToPtr("1000"), MinDocCount: cog.ToPtr("1")}
		buckets = []elasticsearch.BucketAggregation{{Terms: terms}, {GeoHashGrid: grid}}
	}
	count := elasticsearch.NewCount()
	count.Id = "1"
	location := common.NewFrameGeometrySourceBuilder().Mode(common.FrameGeometrySourceModeGeohash).Geohash("position")
	return geomap.NewPanelBuilder().Title(t.title).Description(t.description).Unit(t.unit).Datasource(indices).
		Height(18).Span(12).NoValue("none").
		View(geomap.NewMapViewConfigBuilder().Id("fit").AllLayers(true).MaxZoom(15)).
		Basemap(common.NewMapLayerOptionsBuilder().Type("default").Name("Streets")).
		Layers([]cog.Builder[common.MapLayerOptions]{
			common.NewMapLayerOptionsBuilder().Type(layer).Name("Positions").Location(location).Tooltip(true).Config(config),
		}).
		WithTarget(elasticsearch.NewDataqueryBuilder().Query(lucene).TimeField("at").BucketAggs(buckets).
			Metrics([]elasticsearch.MetricAggregation{{Count: count}}).Datasource(indices).RefId("A"))
}
