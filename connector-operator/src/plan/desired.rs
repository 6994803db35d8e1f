//! The configuration that a connector should have in Connect, from its object. Pure.
//!
//! Besides the options of the object it has one more, [`OWNER`]. It marks the connectors of this installation: one whose object was
//! deleted while the operator was down is recognized by it, and a connector that something else created never has it.

use kube::ResourceExt;
use serde_json::Value;

use crate::connect::options::{OWNER, Options, Owner};
use crate::strimzi::connector::{ConnectorSpec, KafkaConnector};
use crate::strimzi::reason::Reason;

/// Options that come from elsewhere, and from where.
const SET_ELSEWHERE: [(&str, &str); 5] = [
    ("name", "metadata.name"),
    ("connector.class", "spec.class"),
    ("tasks.max", "spec.tasksMax"),
    ("connector.plugin.version", "spec.version"),
    (OWNER, "the connector operator"),
];

/// What a connector should be in Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Its options.
    pub options: Options,
    /// The options of the object that were left out.
    pub ignored: Vec<IgnoredOption>,
}

/// An option in `spec.config` that has no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("spec.config.{option} is ignored: its value comes from {field}.")]
pub struct IgnoredOption {
    option: String,
    field: &'static str,
}

/// Why an object cannot become a connector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSpec {
    /// No class.
    #[error("spec.class is missing; set it to the connector's class, or its alias.")]
    NoClass,
    /// A value that is not a scalar.
    #[error(
        "spec.config.{option} is {kind}; Kafka Connect takes only strings, numbers and booleans, so write it as a string."
    )]
    NotAScalar {
        /// The option.
        option: String,
        /// What it is instead.
        kind: &'static str,
    },
}

impl InvalidSpec {
    /// The reason in the status.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        Reason::InvalidResource
    }
}

/// What a connector should be in Connect.
///
/// # Errors
/// When the object has no class, or an option is not a scalar.
pub fn desired(connector: &KafkaConnector, source: &str) -> Result<Desired, InvalidSpec> {
    let ConnectorSpec { class, tasks_max, version, config, .. } = &connector.spec;
    let class = class.as_deref().filter(|class| !class.is_empty()).ok_or(InvalidSpec::NoClass)?;
    let (mut options, mut ignored) = (Options::new(), Vec::new());
    for (option, value) in config.iter().flatten() {
        if let Some((_, field)) = SET_ELSEWHERE.iter().find(|(name, _)| name.eq_ignore_ascii_case(option)) {
            ignored.push(IgnoredOption { option: option.clone(), field });
        } else {
            options.insert(option.clone(), text(option, value)?);
        }
    }
    options.insert("name".to_owned(), connector.name_any());
    options.insert("connector.class".to_owned(), class.to_owned());
    if let Some(max) = tasks_max {
        options.insert("tasks.max".to_owned(), max.to_string());
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
    Ok(Desired { options, ignored })
}

fn text(option: &str, value: &Value) -> Result<String, InvalidSpec> {
    let kind = match value {
        Value::String(text) => return Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => return Ok(value.to_string()),
        Value::Null => "null",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Err(InvalidSpec::NotAScalar { option: option.to_owned(), kind })
}

#[cfg(test)]
#[path = "tests/desired.rs"]
mod tests;
