//! Which librdkafka properties of an installation's Secret are used in this process. Pure.
//!
//! The Secret is meant for pods. Whoever may write it must not make this program, which runs with the rights of a person at their
//! machine, load code, run a command, read a file or call another server. Names that may come with a later librdkafka are
//! covered by what such names end with. See its list: <https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md>.

use std::fmt;

/// A property that is not used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedProperty {
    name: String,
    /// What it could make this program do.
    could: &'static str,
    secret: String,
}

impl fmt::Display for RefusedProperty {
    /// A whole sentence.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, could, secret } = self;
        write!(
            formatter,
            "The property {name} in the Secret {secret} could make this program {could} on this machine, so Kafka is not read \
             from here, but by a Job in the cluster. To read it from here, name the brokers with --bootstrap-servers, and your \
             own properties with --kafka-properties."
        )
    }
}

/// The first of these properties that must not be used here.
pub(crate) fn refused<'a>(names: impl IntoIterator<Item = &'a str>, secret: &str) -> Option<RefusedProperty> {
    names.into_iter().find_map(|name| {
        let could = could(&name.trim().to_ascii_lowercase())?;
        Some(RefusedProperty { name: name.to_owned(), could, secret: secret.to_owned() })
    })
}

/// What a property could make this program do.
fn could(name: &str) -> Option<&'static str> {
    if name.starts_with("plugin.") || name.starts_with("ssl.engine.") || name == "ssl.providers" {
        return Some("load code");
    }
    // What follows the last dot says what kind of value it is.
    let kind = name.rsplit('.').next().unwrap_or_default();
    if kind == "cmd" {
        return Some("run a command");
    }
    // OAuth's settings name files and servers that hand out tokens.
    if name.starts_with("sasl.oauthbearer.") || kind == "url" {
        return Some("call another server");
    }
    let is_file = matches!(kind, "location" | "file" | "keytab" | "path" | "paths" | "directory");
    is_file.then_some("read a file")
}

#[cfg(test)]
#[path = "tests/properties.rs"]
mod tests;
