use super::*;
use crate::connect::options::OWNER;

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
