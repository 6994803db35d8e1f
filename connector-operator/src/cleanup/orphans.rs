//! Which connectors of a Kafka Connect cluster have lost their objects. Pure.
//!
//! Only connectors count that this installation owns, under their own name, for a namespace that is watched: all others belong to
//! something else.

use std::collections::BTreeMap;

use crate::connect::options::{Options, Owner};

/// The owners of the connectors that have lost their objects.
pub(super) fn orphans(
    connectors: &BTreeMap<String, Options>,
    source: &str,
    is_watched: impl Fn(&str) -> bool,
    exists: impl Fn(&Owner) -> bool,
) -> Vec<Owner> {
    let ours = |name: &str, owner: &Owner| owner.source == source && owner.name == name && is_watched(&owner.namespace);
    connectors
        .iter()
        .filter_map(|(name, options)| Owner::of(options).filter(|owner| ours(name, owner)))
        .filter(|owner| !exists(owner))
        .collect()
}

#[cfg(test)]
#[path = "tests/orphans.rs"]
mod tests;
