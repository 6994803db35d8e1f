//! Which connectors of a Kafka Connect cluster have lost their objects. Pure.
//!
//! Only those count that carry this installation's mark, under their own name, for a namespace that is watched: whatever else there
//! is belongs to somebody.

use std::collections::BTreeMap;

use crate::desired::{Options, Owner};

/// The owners of the connectors that have lost their objects.
pub fn orphans(
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
mod tests {
    use super::*;
    use crate::desired::OWNER;

    fn connectors(all: &[(&str, &str)]) -> BTreeMap<String, Options> {
        let options = |owner: &str| Options::from([(OWNER.to_owned(), owner.to_owned())]);
        all.iter().map(|(name, owner)| ((*name).to_owned(), options(owner))).collect()
    }

    #[test]
    fn only_a_connector_of_ours_without_its_object_is_an_orphan() {
        let connectors = connectors(&[
            ("here", "shop/cd shop/here"),
            ("gone", "shop/cd shop/gone"),
            ("theirs", "other/cd shop/theirs"),
            ("unwatched", "shop/cd elsewhere/unwatched"),
            ("renamed", "shop/cd shop/gone"),
            ("made-by-hand", ""),
        ]);
        let names = |exists: fn(&Owner) -> bool| {
            let found = orphans(&connectors, "shop/cd", |namespace| namespace == "shop", exists);
            found.into_iter().map(|owner| owner.name).collect::<Vec<_>>()
        };
        assert_eq!(names(|owner| owner.name == "here"), ["gone"]);
        assert_eq!(names(|_| true), [""; 0]);
        assert_eq!(names(|_| false), ["gone", "here"]);
    }
}
