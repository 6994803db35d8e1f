//! Writes the Kibana saved objects described by `kibana/objects.yaml` to standard output, as NDJSON for Kibana's import.
//!
//! `kibana-objects SOURCE`. Deterministic: the same source gives the same bytes. Everything that Kibana's formats require beyond the
//! source (versions, references by name, JSON inside JSON) is in this file.
#![allow(clippy::indexing_slicing, reason = "JSON that is not as expected ends a tool of the build")]

use std::collections::BTreeMap;
use std::{env, fs};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// The version of the formats below; later versions of Kibana migrate them.
const FORMAT: &str = "7.14.0";
/// Prefix of every id.
const PREFIX: &str = "code-delivery-";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Source {
    data_views: Vec<DataView>,
    dashboard: Dashboard,
    panels: Vec<Panel>,
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DataView {
    /// The index alias, without prefix.
    id: String,
    time_field: String,
    /// Runtime fields: numbers that a script computes from a document.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dashboard {
    id: String,
    title: String,
    description: String,
    from: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Panel {
    id: String,
    title: String,
    kind: Kind,
    of: Option<String>,
    r#where: Option<String>,
    by: Option<String>,
    distinct: Option<String>,
    field: Option<String>,
    label: Option<String>,
    text: Option<String>,
    at: [u32; 4],
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Metric,
    Table,
    Pie,
    Bars,
    Percentiles,
    Text,
    Map,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    title: String,
    r#where: Option<String>,
    colour: Option<String>,
    #[serde(default)]
    heat: bool,
}

fn main() -> Result<()> {
    let path = env::args().nth(1).context("usage: kibana-objects SOURCE")?;
    let text = fs::read_to_string(&path).with_context(|| format!("Cannot read {path}"))?;
    let source: Source =
        serde_yaml::from_str(&text).with_context(|| format!("{path} is not a valid description of saved objects"))?;
    let mut out = String::new();
    for object in objects(&source)? {
        out += &object.to_string();
        out.push('\n');
    }
    print!("{out}");
    Ok(())
}

fn objects(source: &Source) -> Result<Vec<Value>> {
    let mut objects: Vec<Value> = source.data_views.iter().map(data_view).collect();
    for panel in &source.panels {
        objects.push(match panel.kind {
            Kind::Map => map(panel, &source.layers)?,
            _ => visualization(panel)?,
        });
    }
    objects.push(dashboard(&source.dashboard, &source.panels));
    Ok(objects)
}

/// A saved object. `references` are `(name, kind, id)`.
fn object(kind: &str, id: &str, attributes: &Value, references: &[(String, &str, String)]) -> Value {
    let version = if kind == "index-pattern" { "7.11.0" } else { FORMAT };
    let references: Vec<_> =
        references.iter().map(|(name, kind, id)| json!({"name": name, "type": kind, "id": id})).collect();
    json!({
        "type": kind,
        "id": format!("{PREFIX}{id}"),
        "attributes": attributes,
        "references": references,
        "migrationVersion": {kind: version},
        "coreMigrationVersion": FORMAT,
    })
}

fn data_view(view: &DataView) -> Value {
    let fields: BTreeMap<_, _> = view
        .fields
        .iter()
        .map(|(name, script)| (name, json!({"type": "double", "script": {"source": script}})))
        .collect();
    let attributes = json!({
        "title": format!("{PREFIX}{}", view.id),
        "timeFieldName": view.time_field,
        "fields": "[]",
        "runtimeFieldMap": json!(fields).to_string(),
    });
    object("index-pattern", &view.id, &attributes, &[])
}

/// The query of a panel or layer, in Kibana's format.
fn search(query: Option<&str>) -> Value {
    json!({"query": query.unwrap_or_default(), "language": "kuery"})
}

fn visualization(panel: &Panel) -> Result<Value> {
    let label = panel.label.as_deref().unwrap_or_default();
    let (kind, aggregations, parameters) = match panel.kind {
        Kind::Metric => ("metric", vec![measure(panel, label)], metric_parameters()),
        Kind::Table => (
            "table",
            vec![measure(panel, "Deliveries"), terms(panel, label, "bucket")?],
            json!({"perPage": 10, "showPartialRows": false, "showMetricsAtAllLevels": false, "showTotal": false, "totalFunc": "sum",
                   "percentageCol": ""}),
        ),
        Kind::Pie => ("pie", vec![measure(panel, "Deliveries"), terms(panel, label, "segment")?], pie_parameters()),
        Kind::Bars => ("histogram", vec![measure(panel, label), over_time()], chart_parameters("histogram", label)),
        Kind::Percentiles => ("line", vec![percentiles(panel, label)?, over_time()], chart_parameters("line", label)),
        Kind::Text => {
            let text = panel.text.as_deref().context("A panel of the kind text needs the field text")?;
            ("markdown", Vec::new(), json!({"fontSize": 12, "openLinksInNewTab": false, "markdown": text}))
        }
        Kind::Map => anyhow::bail!("A map is not a visualization"),
    };
    let state = json!({"title": panel.title, "type": kind, "aggs": aggregations, "params": parameters});
    let mut references = Vec::new();
    let mut source = json!({"query": search(panel.r#where.as_deref()), "filter": []});
    if panel.kind != Kind::Text {
        let name = "kibanaSavedObjectMeta.searchSourceJSON.index";
        source["indexRefName"] = json!(name);
        references.push((name.to_owned(), "index-pattern", searched(panel)?));
    }
    let attributes = json!({
        "title": panel.title,
        "description": "",
        "uiStateJSON": "{}",
        "version": 1,
        "visState": state.to_string(),
        "kibanaSavedObjectMeta": {"searchSourceJSON": source.to_string()},
    });
    Ok(object("visualization", &panel.id, &attributes, &references))
}

/// The id of the data view that a panel searches.
fn searched(panel: &Panel) -> Result<String> {
    let of = panel.of.as_deref().with_context(|| format!("The panel {} needs the field of", panel.id))?;
    Ok(format!("{PREFIX}{of}"))
}

/// The number of documents, or of distinct values.
fn measure(panel: &Panel, label: &str) -> Value {
    let (kind, mut parameters) = match &panel.distinct {
        Some(field) => ("cardinality", json!({"field": field})),
        None => ("count", json!({})),
    };
    parameters["customLabel"] = json!(label);
    json!({"id": "1", "enabled": true, "type": kind, "params": parameters, "schema": "metric"})
}

fn percentiles(panel: &Panel, label: &str) -> Result<Value> {
    let field = panel.field.as_deref().with_context(|| format!("The panel {} needs the field field", panel.id))?;
    let parameters = json!({"field": field, "percents": [50, 95], "customLabel": label});
    Ok(json!({"id": "1", "enabled": true, "type": "percentiles", "params": parameters, "schema": "metric"}))
}

fn terms(panel: &Panel, label: &str, schema: &str) -> Result<Value> {
    let field = panel.by.as_deref().with_context(|| format!("The panel {} needs the field by", panel.id))?;
    let parameters = json!({
        "field": field, "orderBy": "1", "order": "desc", "size": 50, "otherBucket": true, "otherBucketLabel": "Other",
        "missingBucket": false, "missingBucketLabel": "Missing", "customLabel": label,
    });
    Ok(json!({"id": "2", "enabled": true, "type": "terms", "params": parameters, "schema": schema}))
}

/// Without a field, Kibana uses the data view's time field.
fn over_time() -> Value {
    let parameters = json!({
        "useNormalizedEsInterval": true, "scaleMetricValues": false, "interval": "auto", "drop_partials": false, "min_doc_count": 1,
        "extended_bounds": {},
    });
    json!({"id": "2", "enabled": true, "type": "date_histogram", "params": parameters, "schema": "segment"})
}

fn metric_parameters() -> Value {
    json!({
        "addTooltip": true, "addLegend": false, "type": "metric",
        "metric": {
            "percentageMode": false, "useRanges": false, "colorSchema": "Green to Red", "metricColorMode": "None",
            "colorsRange": [{"from": 0, "to": 10_000}], "labels": {"show": true}, "invertColors": false,
            "style": {"bgFill": "#000", "bgColor": false, "labelColor": false, "subText": "", "fontSize": 60},
        },
    })
}

fn pie_parameters() -> Value {
    json!({
        "type": "pie", "addTooltip": true, "addLegend": true, "legendPosition": "right", "isDonut": true,
        "palette": {"type": "palette", "name": "default"},
        "labels": {"show": true, "values": true, "last_level": true, "truncate": 100, "valuesFormat": "percent"},
    })
}

fn chart_parameters(form: &str, label: &str) -> Value {
    json!({
        "type": form, "addTooltip": true, "addLegend": true, "legendPosition": "right", "times": [], "addTimeMarker": false,
        "grid": {"categoryLines": false},
        "labels": {"show": false},
        "thresholdLine": {"show": false, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
        "categoryAxes": [{
            "id": "CategoryAxis-1", "type": "category", "position": "bottom", "show": true, "style": {}, "scale": {"type": "linear"},
            "labels": {"show": true, "filter": true, "truncate": 100}, "title": {},
        }],
        "valueAxes": [{
            "id": "ValueAxis-1", "name": "LeftAxis-1", "type": "value", "position": "left", "show": true, "style": {},
            "scale": {"type": "linear", "mode": "normal"}, "labels": {"show": true, "rotate": 0, "filter": false, "truncate": 100},
            "title": {"text": label},
        }],
        "seriesParams": [{
            "show": true, "type": form, "mode": if form == "histogram" { "stacked" } else { "normal" },
            "data": {"label": label, "id": "1"}, "valueAxis": "ValueAxis-1", "drawLinesBetweenPoints": true, "lineWidth": 2,
            "showCircles": true, "interpolate": "linear",
        }],
    })
}

fn map(panel: &Panel, layers: &[Layer]) -> Result<Value> {
    let view = searched(panel)?;
    let mut list = vec![json!({
        "id": "ground", "type": "VECTOR_TILE", "label": null, "minZoom": 0, "maxZoom": 24, "alpha": 1, "visible": true,
        "includeInFitToBounds": true, "style": {"type": "TILE"}, "sourceDescriptor": {"type": "EMS_TMS", "isAutoSelect": true},
    })];
    let mut references = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let reference = format!("layer_{number}_source_index_pattern");
        list.push(layer_of(layer, number, &reference));
        references.push((reference, "index-pattern", view.clone()));
    }
    let state = json!({
        "zoom": 14, "center": {"lon": -47.9277, "lat": -15.8265}, "timeFilters": {"from": "now-24h", "to": "now"},
        "refreshConfig": {"isPaused": true, "interval": 0}, "query": search(None), "filters": [],
        "settings": {"autoFitToDataBounds": true},
    });
    let attributes = json!({
        "title": panel.title,
        "description": "",
        "layerListJSON": json!(list).to_string(),
        "mapStateJSON": state.to_string(),
        "uiStateJSON": json!({"isLayerTOCOpen": true, "openTOCDetails": []}).to_string(),
    });
    Ok(object("map", &panel.id, &attributes, &references))
}

fn layer_of(layer: &Layer, number: usize, reference: &str) -> Value {
    let id = format!("layer-{number}");
    let common = |kind: &str, style: Value, source: Value| {
        json!({
            "id": id, "label": layer.title, "type": kind, "minZoom": 0, "maxZoom": 24, "alpha": 0.75, "visible": true,
            "includeInFitToBounds": true, "style": style, "sourceDescriptor": source, "joins": [],
            "query": search(layer.r#where.as_deref()),
        })
    };
    let source = |kind: &str| {
        json!({
            "id": format!("{id}-source"), "type": kind, "geoField": "position", "indexPatternRefName": reference,
            "applyGlobalQuery": true, "applyGlobalTime": true,
        })
    };
    if layer.heat {
        let mut source = source("ES_GEO_GRID");
        source["requestType"] = json!("heatmap");
        source["resolution"] = json!("MOST_FINE");
        source["metrics"] = json!([{"type": "count"}]);
        return common("HEATMAP", json!({"type": "HEATMAP", "colorRampName": "theclassic"}), source);
    }
    let colour = |value: &str| json!({"type": "STATIC", "options": {"color": value}});
    let size = |value: u32| json!({"type": "STATIC", "options": {"size": value}});
    let mut source = source("ES_SEARCH");
    source["filterByMapBounds"] = json!(true);
    source["scalingType"] = json!("LIMIT");
    source["sortField"] = json!("at");
    source["sortOrder"] = json!("desc");
    source["tooltipProperties"] = json!(["routeId", "deliveryId", "at", "speed"]);
    let style = json!({
        "type": "VECTOR", "isTimeAware": true,
        "properties": {
            "fillColor": colour(layer.colour.as_deref().unwrap_or("#54B399")), "lineColor": colour("#16191d"), "lineWidth": size(1),
            "iconSize": size(4), "symbolizeAs": {"options": {"value": "circle"}},
        },
    });
    common("VECTOR", style, source)
}

fn dashboard(dashboard: &Dashboard, panels: &[Panel]) -> Value {
    let mut references = Vec::new();
    let mut shown = Vec::new();
    for (panel, index) in panels.iter().zip(1..) {
        let kind = if panel.kind == Kind::Map { "map" } else { "visualization" };
        let index = index.to_string();
        let [x, y, width, height] = panel.at;
        shown.push(json!({
            "version": FORMAT, "type": kind, "panelIndex": index, "panelRefName": format!("panel_{index}"),
            "gridData": {"x": x, "y": y, "w": width, "h": height, "i": index}, "embeddableConfig": {"enhancements": {}},
        }));
        references.push((format!("{index}:panel_{index}"), kind, format!("{PREFIX}{}", panel.id)));
    }
    let attributes = json!({
        "title": dashboard.title,
        "description": dashboard.description,
        "panelsJSON": json!(shown).to_string(),
        "optionsJSON": json!({"useMargins": true, "syncColors": false, "hidePanelTitles": false}).to_string(),
        "timeRestore": true,
        "timeFrom": dashboard.from,
        "timeTo": "now",
        "refreshInterval": {"pause": true, "value": 0},
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json!({"query": search(None), "filter": []}).to_string()},
    });
    object("dashboard", &dashboard.id, &attributes, &references)
}
