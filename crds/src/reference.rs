//! The page `docs/reference/crds.md`: the fields of the custom resources, their limits and the rules, for people. Pure.

use std::fmt::Display;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceColumnDefinition, CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps,
    JSONSchemaPropsOrArray,
};
use kube::CustomResourceExt;

use crate::{Delivery, DeliveryRoute};

/// Where the page is, from the root of the repository.
pub const PATH: &str = "docs/reference/crds.md";

const HEAD: &str = "# The custom resources

The fields of `codedelivery.dev/v1alpha1`, with their limits and rules; `kubectl explain delivery --recursive` has them in the terminal. The
API server checks all of this when an object is created or changed. [status.md](../status.md) explains the conditions, and
[crds/examples](../../crds/examples) has manifests to start from.

This page is generated from the types: after a change run `cargo run -p delivery-api --bin crdgen`.
";

/// The page's text.
#[must_use]
pub fn page() -> String {
    let kinds = [Delivery::crd(), DeliveryRoute::crd()];
    let lines: Vec<String> = kinds.iter().flat_map(kind).collect();
    format!("{HEAD}{}\n", lines.join("\n"))
}

fn kind(definition: &CustomResourceDefinition) -> Vec<String> {
    let names = &definition.spec.names;
    let mut lines = vec![String::new(), format!("## {}", names.kind)];
    for version in &definition.spec.versions {
        let Some(schema) = version.schema.as_ref().and_then(|validation| validation.open_api_v3_schema.as_ref()) else {
            continue;
        };
        lines.extend([String::new(), description(schema), String::new(), usage(definition, version)]);
        let parts = ["spec", "status"].into_iter();
        for (name, part) in parts.filter_map(|name| Some((name, schema.properties.as_ref()?.get(name)?))) {
            lines.extend([String::new(), format!("### {}: `{name}`", names.kind), String::new(), description(part)]);
            lines.extend(
                ["", "| Field | Type | Default | Description |", "| --- | --- | --- | --- |"].map(str::to_owned),
            );
            lines.extend(fields(part, "").iter().map(Field::row));
        }
        let rules = rules(schema, "");
        if !rules.is_empty() {
            lines.extend([String::new(), format!("### {}: rules", names.kind), String::new()]);
            lines.extend(rules);
        }
    }
    lines
}

/// How to list the objects, what the columns show, and by what they are selected.
fn usage(definition: &CustomResourceDefinition, version: &CustomResourceDefinitionVersion) -> String {
    let names = &definition.spec.names;
    let short: Vec<String> = names.short_names.iter().flatten().map(|name| format!(" (short `{name}`)")).collect();
    let columns = |wide: bool| -> Vec<String> {
        let columns = version.additional_printer_columns.iter().flatten();
        columns.filter(|column| (column.priority.unwrap_or_default() > 0) == wide).map(column_name).collect()
    };
    let mut text = format!(
        "`kubectl get {}`{} shows {}, and with `-o wide` also {}.",
        names.plural,
        short.concat(),
        columns(false).join(", "),
        columns(true).join(", ")
    );
    let selected: Vec<String> = version
        .selectable_fields
        .iter()
        .flatten()
        .map(|field| format!("`{}`", field.json_path.trim_start_matches('.')))
        .collect();
    if !selected.is_empty() {
        text = format!("{text} `--field-selector` takes {}.", selected.join(", "));
    }
    text
}

fn column_name(column: &CustomResourceColumnDefinition) -> String {
    column.name.to_uppercase()
}

/// A field, and where it is.
struct Field<'a> {
    path: String,
    schema: &'a JSONSchemaProps,
    is_required: bool,
}

impl Field<'_> {
    fn row(&self) -> String {
        let default = match &self.schema.default {
            Some(default) => format!("`{}`", default.0),
            None if self.is_required => "*required*".to_owned(),
            None => String::new(),
        };
        let cells = [type_of(self.schema), default, description(self.schema)].map(|cell| cell.replace('|', "\\|"));
        format!("| `{}` | {} |", self.path, cells.join(" | "))
    }
}

/// The fields of an object, each followed by its own.
fn fields<'a>(schema: &'a JSONSchemaProps, prefix: &str) -> Vec<Field<'a>> {
    let mut found = Vec::new();
    for (name, field) in schema.properties.iter().flatten() {
        let path = format!("{prefix}{name}");
        let is_required = schema.required.iter().flatten().any(|required| required == name);
        let nested = fields(field, &format!("{path}."));
        let of_items = items(field).map(|items| fields(items, &format!("{path}[].")));
        found.push(Field { path, schema: field, is_required });
        found.extend(nested);
        found.extend(of_items.into_iter().flatten());
    }
    found
}

/// The messages of the rules, each with the field that it is about.
fn rules(schema: &JSONSchemaProps, path: &str) -> Vec<String> {
    let own = schema.x_kubernetes_validations.iter().flatten();
    let own = own.map(|rule| {
        let message = rule.message.as_deref().unwrap_or(&rule.rule);
        if path.is_empty() { format!("- {message}") } else { format!("- `{path}`: {message}") }
    });
    let mut found: Vec<String> = own.collect();
    let dot = if path.is_empty() { "" } else { "." };
    for (name, field) in schema.properties.iter().flatten() {
        found.extend(rules(field, &format!("{path}{dot}{name}")));
    }
    found.extend(items(schema).into_iter().flat_map(|items| rules(items, &format!("{path}[]"))));
    found
}

fn items(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match schema.items.as_ref()? {
        JSONSchemaPropsOrArray::Schema(items) => Some(items.as_ref()),
        JSONSchemaPropsOrArray::Schemas(_) => None,
    }
}

/// The type with its limits, such as `string, 1 to 100 characters`.
fn type_of(schema: &JSONSchemaProps) -> String {
    let name = match (schema.type_.as_deref(), schema.format.as_deref(), items(schema)) {
        (Some("array"), _, Some(items)) => {
            let items = type_of(items);
            if items.contains(',') { format!("list of ({items})") } else { format!("list of {items}") }
        }
        (Some("string"), Some("date-time"), _) => "time".to_owned(),
        (name, _, _) => name.unwrap_or("any").to_owned(),
    };
    let values = schema.enum_.as_ref().map(|values| {
        let values = values.iter().filter_map(|value| value.0.as_str()).map(|value| format!("`{value}`"));
        format!("one of {}", values.collect::<Vec<_>>().join(", "))
    });
    let limits = [
        values,
        range(schema.min_length, schema.max_length, " characters"),
        range(schema.minimum, schema.maximum, ""),
        range(schema.min_items, schema.max_items, " items"),
        schema.pattern.as_ref().map(|pattern| format!("`{pattern}`")),
    ];
    [Some(name)].into_iter().chain(limits).flatten().collect::<Vec<_>>().join(", ")
}

fn range<T: Display + PartialEq>(least: Option<T>, most: Option<T>, unit: &str) -> Option<String> {
    match (least, most) {
        (None, None) => None,
        (Some(least), Some(most)) if least == most => Some(format!("{least}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
    }
}

/// What it is, in one line.
fn description(schema: &JSONSchemaProps) -> String {
    schema.description.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
