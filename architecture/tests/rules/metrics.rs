//! The list of all metrics, `docs/metrics.md`, read from the places where the services register them.
//!
//! A metric is registered by `register` or `register_with_unit` with a literal name and help, and a field of a struct of the same file;
//! or it is counted at each scrape by `objects_by` or `readiness`. The prefix is the literal that the registry is made with. What a crate registers in
//! a registry whose prefix it is given (`controller`) belongs to each crate that gives one. What cannot be read this way is an error here,
//! never left out. The sink has no registry; its metrics are left to [`crate::beans`].

use std::collections::{BTreeMap, BTreeSet};
use std::{env, fs};

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, GenericArgument, ItemStruct, Lit, Member, PathArguments, Type};

use crate::beans::{self, Metric, SINK};
use crate::sources::{Sources, crates, workspace};

const PAGE: &str = "docs/metrics.md";

const HEAD: &str = "# Metrics

Every service serves its metrics as OpenMetrics text at `/metrics` of its admin port, 9090. No label grows with the number of deliveries,
connectors or clients. The [rules](../charts/code-delivery/files/rules) and [dashboards](../grafana/README.md) use them, and the
[runbooks](runbooks/README.md) say what to do when an alert fires. The sink's are JMX beans ([the sink](sink.md#metrics)), which the JMX
exporter's agent shows by [these rules](../charts/laptop/files/connect-metrics.yaml).

A histogram has the series `_bucket`, `_sum` and `_count`. A metric with labels appears when it is first counted.

Beside what is listed here, each process has `process_cpu_seconds_total`, `process_resident_memory_bytes` and `process_start_time_seconds`, under
the names that they have everywhere.

Each service has a gauge `…_ready`, what `/readyz` answers, and all but the simulator `…_build_info` and `…_hanging_loops`. A simulator's version is
its operator's. It has one loop, which comes round every second whatever is away, so `/livez` watches it: if it hangs, Kubernetes restarts the
container, which goes on from the log. That shows as a restart, and if it happens again and again as `DeliverySimulatorsCrash`.

While [traces](tracing.md) are recorded, the buckets of `delivery_gateway_position_age_seconds` (of each delivery's first position, in the stages
`log` and `read`), `delivery_operator_first_position_delay_seconds`, `delivery_simulator_position_lateness_seconds` and
`delivery_simulator_acknowledgement_duration_seconds` name a trace each, as exemplars with the label `trace_id`. Prometheus keeps them with
`--enable-feature=exemplar-storage`.

Prometheus can have native histograms beside the classic ones: with `scrape_native_histograms: true` and
`always_scrape_classic_histograms: true` it asks for protobuf, in which the durations of both operators, the gateway and the canary have
native buckets. The client library writes no native histogram with exemplars, so those named above stay classic ones, and so do those of
purchases, invoices and notifications. Text is the same for everybody.

This page is generated from the source text: after a change to a metric, run `UPDATE_METRICS=1 cargo test -p delivery-architecture metrics`.
";

/// What one crate says about metrics.
#[derive(Debug, Default)]
struct Found {
    metrics: Vec<Metric>,
    /// The prefixes of its registries.
    prefixes: BTreeSet<String>,
    /// The prefixes that it gives to a registry of another crate.
    given: BTreeSet<String>,
    problems: Vec<String>,
}

/// A type such as `Family<Outcome, Counter>`, without the paths.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    parameters: Vec<String>,
}

/// The fields of structs, by the struct's name.
type Structs = BTreeMap<String, Vec<(String, Named)>>;

struct Reader<'a> {
    place: String,
    structs: &'a Structs,
    labels: &'a Structs,
    found: Found,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let first = arguments.first().and_then(|first| text(first));
        match (call.method.to_string().as_str(), first) {
            ("register", Some(name)) if arguments.len() == 3 => self.metric(&name, "", arguments[1], arguments[2]),
            ("register_with_unit", Some(name)) if arguments.len() == 4 => {
                let unit = format!("_{}", last(arguments[2]).unwrap_or_default().to_lowercase());
                self.metric(&name, &unit, arguments[1], arguments[3]);
            }
            ("sub_registry_with_prefix", Some(prefix)) => drop(self.found.prefixes.insert(prefix)),
            ("registry", Some(prefix)) => drop(self.found.given.insert(prefix)),
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let literals: Vec<String> = call.args.iter().filter_map(text).collect();
        match (last(&call.func).as_deref(), &literals[..]) {
            (Some("with_prefix"), [prefix]) => drop(self.found.prefixes.insert(prefix.clone())),
            (Some("objects_by"), [name, help, label]) => self.found.metrics.push(Metric {
                name: name.clone(),
                kind: "gauge",
                labels: vec![label.clone()],
                help: help.clone(),
            }),
            (Some("readiness"), [name, help]) => self.found.metrics.push(Metric {
                name: name.clone(),
                kind: "gauge",
                labels: Vec::new(),
                help: help.clone(),
            }),
            _ => {}
        }
        visit::visit_expr_call(self, call);
    }
}

impl Reader<'_> {
    fn metric(&mut self, name: &str, unit: &str, help: &Expr, value: &Expr) {
        let kind =
            if last(value).as_deref() == Some("new") { Some(("info", info_labels(value))) } else { self.kind(value) };
        let (Some((kind, labels)), Some(help)) = (kind, text(help)) else {
            self.found.problems.push(format!(
                "{}: cannot tell what the metric {name} is; register a field of a struct of the same file, with a literal help",
                self.place
            ));
            return;
        };
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        self.found.metrics.push(Metric { name: format!("{name}{unit}{suffix}"), kind, labels, help });
    }

    /// The kind and labels of a field such as `self.errors.clone()`.
    fn kind(&self, value: &Expr) -> Option<(&'static str, Vec<String>)> {
        let field = last(value)?;
        let fields = self.structs.values().flatten();
        let types: Vec<&Named> = fields.filter(|(name, _)| *name == field).map(|(_, of)| of).collect();
        let [of] = types[..] else { return None };
        match (of.name.as_str(), &of.parameters[..]) {
            ("Family", [label, kind]) => {
                let labels = self.labels.get(label)?.iter().map(|(name, _)| name.clone()).collect();
                Some((simple(kind)?, labels))
            }
            // A type of ours, such as `HistogramByStage`, says by its name which label it has.
            (name, _) => match name.split_once("By") {
                Some((kind, label)) => Some((simple(kind)?, vec![label.to_lowercase()])),
                None => Some((simple(name)?, Vec::new())),
            },
        }
    }
}

/// The kind of metric that a type is; a `TracedHistogram` is one with exemplars.
fn simple(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("Traced").unwrap_or(name);
    ["counter", "gauge", "histogram"].into_iter().find(|kind| name.eq_ignore_ascii_case(kind))
}

/// The labels of `Info::new(vec![("label", value)])`.
fn info_labels(value: &Expr) -> Vec<String> {
    let Expr::Call(call) = value else { return Vec::new() };
    let Some(Expr::Macro(list)) = call.args.first() else { return Vec::new() };
    list.mac.tokens.to_string().split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The last name of a path, or of a field behind calls such as `.clone()`.
fn last(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Expr::Call(call) => last(&call.func),
        Expr::MethodCall(call) => last(&call.receiver),
        Expr::Field(field) => match &field.member {
            Member::Named(name) => Some(name.to_string()),
            Member::Unnamed(_) => None,
        },
        _ => None,
    }
}

/// The last name of a type's path, and of its parameters.
fn named(of: &Type) -> Option<Named> {
    let path = match of {
        Type::Reference(reference) => return named(&reference.elem),
        Type::Path(path) => path,
        _ => return None,
    };
    let segment = path.path.segments.last()?;
    let mut parameters = Vec::new();
    if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
        parameters.extend(arguments.args.iter().filter_map(|argument| match argument {
            GenericArgument::Type(of) => Some(named(of)?.name),
            _ => None,
        }));
    }
    Some(Named { name: segment.ident.to_string(), parameters })
}

fn structs(file: &syn::File) -> Structs {
    let structs = file.items.iter().filter_map(|item| match item {
        syn::Item::Struct(ItemStruct { ident, fields, .. }) => {
            let fields = fields.iter().filter_map(|field| Some((field.ident.as_ref()?.to_string(), named(&field.ty)?)));
            Some((ident.to_string(), fields.collect()))
        }
        _ => None,
    });
    structs.collect()
}

/// Reads the crate's files. `shared`: the structs of labels of other crates.
fn read(sources: &Sources, shared: &Structs) -> Found {
    let files: Vec<(String, syn::File)> = parsed(sources);
    let mut labels = shared.clone();
    labels.extend(files.iter().flat_map(|(_, file)| structs(file)));
    let mut all = Found::default();
    for (place, file) in &files {
        let own = structs(file);
        let mut reader = Reader { place: place.clone(), structs: &own, labels: &labels, found: Found::default() };
        reader.visit_file(file);
        let Found { metrics, prefixes, given, problems } = reader.found;
        all.metrics.extend(metrics);
        all.prefixes.extend(prefixes);
        all.given.extend(given);
        all.problems.extend(problems);
    }
    all
}

/// The files of the product that have to do with metrics.
fn parsed(sources: &Sources) -> Vec<(String, syn::File)> {
    let files = sources.product().filter(|(_, text)| text.contains("prometheus_client") || text.contains("objects_by"));
    files
        .map(|(path, text)| {
            let place = sources.path(path);
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{place}: {error}"));
            (place, file)
        })
        .collect()
}

/// All metrics by prefix, or what cannot be read.
fn by_prefix(all: &[Sources]) -> Result<BTreeMap<String, Vec<Metric>>, Vec<String>> {
    let shared: Structs = all.iter().flat_map(parsed).flat_map(|(_, file)| structs(&file)).collect();
    let found: Vec<(&Sources, Found)> = all.iter().map(|sources| (sources, read(sources, &shared))).collect();
    let mut problems: Vec<String> = found.iter().flat_map(|(_, found)| found.problems.clone()).collect();
    let lent: Vec<Metric> = found
        .iter()
        .filter(|(_, found)| found.prefixes.is_empty() && found.given.is_empty())
        .flat_map(|(_, found)| found.metrics.clone())
        .collect();
    let mut result: BTreeMap<String, Vec<Metric>> = BTreeMap::new();
    for (sources, found) in &found {
        let prefixes: Vec<&String> = found.prefixes.iter().chain(&found.given).collect();
        match prefixes[..] {
            [] => {}
            [prefix] => {
                let base = if found.given.is_empty() { Vec::new() } else { lent.clone() };
                result.entry(prefix.clone()).or_default().extend(base.into_iter().chain(found.metrics.clone()));
            }
            _ => problems.push(format!("{}: one registry a crate, but there are {prefixes:?}", sources.name)),
        }
    }
    if problems.is_empty() { Ok(result) } else { Err(problems) }
}

fn page(metrics: &BTreeMap<String, Vec<Metric>>) -> String {
    let sections = metrics.iter().map(|(prefix, metrics)| {
        let service = prefix.trim_start_matches("delivery_").replace('_', " ");
        let rows: Vec<String> = metrics.iter().map(|metric| row(prefix, metric)).collect();
        format!(
            "\n## The {service}\n\n| Metric | Type | Labels | What it is |\n| --- | --- | --- | --- |\n{}\n",
            rows.join("\n")
        )
    });
    format!("{HEAD}{}", sections.collect::<String>())
}

fn row(prefix: &str, Metric { name, kind, labels, help }: &Metric) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{prefix}_{name}` | {kind} | {} | {help} |", labels.join(", "))
}

#[test]
fn the_page_of_metrics_lists_all_that_the_services_register() {
    let all: Vec<Sources> = crates().iter().map(|name| Sources::read(name)).collect();
    let mut metrics = by_prefix(&all).unwrap_or_else(|problems| panic!("{}", problems.join("\n")));
    metrics.insert(SINK.to_owned(), beans::metrics());
    let path = workspace().join(PAGE);
    let page = page(&metrics);
    if env::var_os("UPDATE_METRICS").is_some() {
        fs::write(&path, &page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differing: Vec<&str> = page.lines().filter(|line| !committed.lines().any(|other| other == *line)).collect();
    assert!(
        committed == page,
        "{PAGE} does not list the metrics that the services register; run UPDATE_METRICS=1 cargo test -p \
         delivery-architecture metrics and commit the page. Differing lines:\n{}",
        differing.join("\n")
    );
}

#[test]
fn names_kinds_labels_and_help_are_read_from_the_registrations() {
    let lender = Sources::of([(
        "src/lib.rs",
        r#"
        use prometheus_client::registry::Registry;
        pub struct Outcome { pub outcome: &'static str }
        pub struct Base { results: Family<Outcome, Counter> }
        impl Base {
            fn registry(&self, prefix: &str) -> Registry {
                let mut registry = Registry::with_prefix(prefix);
                registry.register("build", "The build", Info::new(vec![("version", version)]));
                registry.register("results", "Results", self.results.clone());
                registry
            }
        }"#,
    )]);
    let service = Sources::of([(
        "src/lib.rs",
        r#"
        use prometheus_client::registry::Registry;
        struct Metrics { base: Base, age: Histogram, size: Gauge<f64, AtomicU64>, errors: Family<Outcome, Counter> }
        fn registry(m: Metrics) {
            let mut registry = m.base.registry("delivery_shop");
            registry.register_with_unit("age", "Age", Unit::Seconds, m.age);
            registry.register("size", "Size", m.size.clone());
            registry.register("errors", "Errors", m.errors);
            registry.register_collector(objects_by("shops", "Shops", "state", states));
            registry.register_collector(readiness("ready", "Whether it is open", &health));
        }"#,
    )]);
    let metrics = by_prefix(&[lender, service]).expect("all can be read");
    let page = page(&metrics);
    for row in [
        "| `delivery_shop_build_info` | info | `version` | The build |",
        "| `delivery_shop_results_total` | counter | `outcome` | Results |",
        "| `delivery_shop_age_seconds` | histogram |  | Age |",
        "| `delivery_shop_size` | gauge |  | Size |",
        "| `delivery_shop_errors_total` | counter | `outcome` | Errors |",
        "| `delivery_shop_shops` | gauge | `state` | Shops |",
        "| `delivery_shop_ready` | gauge |  | Whether it is open |",
    ] {
        assert!(page.lines().any(|line| line == row), "{row}\n{page}");
    }
}

#[test]
fn a_metric_that_cannot_be_read_is_named() {
    let service = Sources::of([(
        "src/lib.rs",
        r#"
        use prometheus_client::registry::Registry;
        fn registry(other: Other) {
            Registry::with_prefix("delivery_shop").register("hidden", "Nobody knows", other.field);
        }"#,
    )]);
    let problems = by_prefix(&[service]).expect_err("the type of the field is unknown");
    assert!(problems[0].contains("hidden"), "{problems:?}");
}
