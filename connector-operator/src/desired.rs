//! The configuration that a connector should have in Connect, from its object. Pure.
//!
//! Besides the options of the object it holds one more, [`OWNER`]: whose connector it is. By it a connector whose object was
//! deleted while nobody watched is recognized, and nobody else's connector is ever taken for one.

use std::collections::BTreeMap;

use kube::ResourceExt;
use serde_json::Value;

use crate::connector::{ConnectorSpec, KafkaConnector};

/// The option in a connector's configuration that says whose it is: the installation, then the object's namespace and name.
pub const OWNER: &str = "connector.owner";

/// Options that other fields of the object set, and the fields.
const SET_ELSEWHERE: [(&str, &str); 5] = [
    ("name", "metadata.name"),
    ("connector.class", "spec.class"),
    ("tasks.max", "spec.tasksMax"),
    ("connector.plugin.version", "spec.version"),
    (OWNER, "the connector operator"),
];

/// The options of a connector, as Connect holds them.
pub type Options = BTreeMap<String, String>;

/// What a connector should be in Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Its options.
    pub options: Options,
    /// Sentences about options that were left out.
    pub warnings: Vec<String>,
}

/// Why an object cannot become a connector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No class.
    #[error("spec.class is missing; name the connector's class, or its alias.")]
    NoClass,
    /// A value that has no text.
    #[error(
        "spec.config has {kind} at {option}; Kafka Connect's options are texts, numbers and booleans, so write it as a text."
    )]
    NotAText {
        /// The option.
        option: String,
        /// What it is.
        kind: &'static str,
    },
}

/// What a connector should be in Connect.
///
/// # Errors
/// When the object lacks the class, or an option is no text.
pub fn desired(connector: &KafkaConnector, source: &str) -> Result<Desired, Invalid> {
    let ConnectorSpec { class, tasks_max, version, config, .. } = &connector.spec;
    let class = class.as_deref().filter(|class| !class.is_empty()).ok_or(Invalid::NoClass)?;
    let (mut options, mut warnings) = (Options::new(), Vec::new());
    for (option, value) in config.iter().flatten() {
        if let Some((_, field)) = SET_ELSEWHERE.iter().find(|(name, _)| name.eq_ignore_ascii_case(option)) {
            warnings.push(format!("spec.config sets {option}, which is ignored: it comes from {field}."));
        } else {
            options.insert(option.clone(), text(option, value)?);
        }
    }
    options.insert("name".to_owned(), connector.name_any());
    options.insert("connector.class".to_owned(), class.to_owned());
    if let Some(most) = tasks_max {
        options.insert("tasks.max".to_owned(), most.to_string());
    }
    if let Some(version) = version {
        options.insert("connector.plugin.version".to_owned(), version.clone());
    }
    let owner = Owner {
        source: source.to_owned(),
        namespace: connector.namespace().unwrap_or_default(),
        name: connector.name_any(),
    };
    options.insert(OWNER.to_owned(), owner.to_string());
    Ok(Desired { options, warnings })
}

fn text(option: &str, value: &Value) -> Result<String, Invalid> {
    let kind = match value {
        Value::String(text) => return Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => return Ok(value.to_string()),
        Value::Null => "nothing",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Err(Invalid::NotAText { option: option.to_owned(), kind })
}

/// Whose a connector is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The installation.
    pub source: String,
    /// The namespace of its object.
    pub namespace: String,
    /// The name of its object.
    pub name: String,
}

impl Owner {
    /// Whose a connector with these options is; `None`: somebody else made it.
    #[must_use]
    pub fn of(options: &Options) -> Option<Self> {
        let (source, object) = options.get(OWNER)?.split_once(' ')?;
        let (namespace, name) = object.split_once('/')?;
        Some(Self { source: source.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}/{}", self.source, self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connector(spec: &str) -> KafkaConnector {
        serde_yaml::from_str(&format!(
            "{{ apiVersion: kafka.strimzi.io/v1, kind: KafkaConnector, metadata: {{ name: lines, namespace: shop }}, spec: {{ {spec} }} }}"
        ))
        .unwrap()
    }

    #[test]
    fn the_fields_of_the_object_become_options_of_connect() {
        let connector = connector(
            "class: FileStreamSource, tasksMax: 2, version: '[4.1,)', config: { topic: lines, batch.size: 10, errors.log.enable: true, rate: 0.5 }",
        );
        let desired = desired(&connector, "shop/code-delivery").unwrap();
        let expected = [
            ("batch.size", "10"),
            ("connector.owner", "shop/code-delivery shop/lines"),
            ("connector.class", "FileStreamSource"),
            ("connector.plugin.version", "[4.1,)"),
            ("errors.log.enable", "true"),
            ("name", "lines"),
            ("rate", "0.5"),
            ("tasks.max", "2"),
            ("topic", "lines"),
        ];
        assert_eq!(desired.options, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        assert!(desired.warnings.is_empty());
        let owner = Owner::of(&desired.options).unwrap();
        assert_eq!(
            (owner.source.as_str(), owner.namespace.as_str(), owner.name.as_str()),
            ("shop/code-delivery", "shop", "lines")
        );
    }

    #[test]
    fn options_that_other_fields_set_are_ignored_and_said() {
        let connector = connector("class: A, config: { name: other, Tasks.Max: 9, connector.owner: me, topic: lines }");
        let desired = desired(&connector, "s").unwrap();
        assert_eq!((desired.options["name"].as_str(), desired.options["topic"].as_str()), ("lines", "lines"));
        assert_eq!(desired.options[OWNER], "s shop/lines");
        assert_eq!(desired.options.keys().filter(|key| key.eq_ignore_ascii_case("tasks.max")).count(), 0);
        assert_eq!(desired.warnings.len(), 3);
        assert!(
            desired.warnings.iter().any(|warning| warning.contains("Tasks.Max") && warning.contains("spec.tasksMax"))
        );
    }

    #[test]
    fn what_cannot_be_a_connector_is_told_with_the_way_out() {
        assert_eq!(desired(&connector("tasksMax: 1"), "s"), Err(Invalid::NoClass));
        for (config, kind) in
            [("topics: [a, b]", "a list"), ("topics: { a: b }", "an object"), ("topics: null", "nothing")]
        {
            let error = desired(&connector(&format!("class: A, config: {{ {config} }}")), "s").unwrap_err();
            assert!(error.to_string().contains(kind) && error.to_string().contains("topics"), "{error}");
        }
    }

    #[test]
    fn a_connector_without_our_mark_is_nobodys_that_we_know() {
        for mark in [None, Some(""), Some("shop/lines"), Some("source lines")] {
            let options = mark.map(|mark| (OWNER.to_owned(), mark.to_owned())).into_iter().collect();
            assert_eq!(Owner::of(&options), None, "{mark:?}");
        }
    }
}
