//! A connector's configuration in Connect, and the option in it that says who owns the connector. Pure.

use std::collections::BTreeMap;
use std::fmt;

/// The option in a connector's configuration that names its owner: the installation, then the object's namespace and name.
pub const OWNER: &str = "connector.owner";

/// The options of a connector, as Connect holds them.
pub type Options = BTreeMap<String, String>;

/// The object that a connector was created for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The installation of this operator, as in `namespace/release`.
    pub source: String,
    /// The namespace of the object.
    pub namespace: String,
    /// The name of the object.
    pub name: String,
}

impl Owner {
    /// The owner of a connector with these options; `None` when this operator did not create it.
    #[must_use]
    pub fn of(options: &Options) -> Option<Self> {
        let (source, object) = options.get(OWNER)?.split_once(' ')?;
        let (namespace, name) = object.split_once('/')?;
        Some(Self { source: source.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}/{}", self.source, self.namespace, self.name)
    }
}

#[cfg(test)]
#[path = "tests/options.rs"]
mod tests;
