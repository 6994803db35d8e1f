use super::*;

fn route(revision: &str, version: u64) -> Route {
    Route {
        id: "1".to_owned(),
        namespace: "shop".to_owned(),
        name: "primeiro".to_owned(),
        revision: revision.to_owned(),
        version,
        title: "Primeiro".to_owned(),
        path: vec![[0.0, 0.0], [0.0, 1.0]],
        length_meters: 111_195.0,
        listed: true,
    }
}

#[test]
fn what_the_topic_holds_is_not_written_again() {
    let catalogue = Catalogue::default();
    let first = route("a", 1);
    assert_eq!(catalogue.missing(&first), Some(first.clone()));
    catalogue.apply(&first.key(), &first, Some(0));
    assert_eq!(catalogue.missing(&first), None);
    assert_eq!(catalogue.repeated(&Route { version: 7, ..first.clone() }), first, "its version is the topic's");
    let renamed = Route { title: "O primeiro".to_owned(), version: 2, ..first };
    assert_eq!(catalogue.missing(&renamed), Some(renamed));
}

#[test]
fn versions_grow_even_when_a_route_is_recreated() {
    let catalogue = Catalogue::default();
    catalogue.apply(&route("a", 7).key(), &Route { listed: false, ..route("a", 7) }, Some(0));
    assert_eq!(catalogue.missing(&route("b", 1)).map(|route| route.version), Some(8));
    assert_eq!(catalogue.missing(&route("a", 1)).map(|route| route.version), Some(8), "the same revision again");
    assert_eq!(
        catalogue.missing(&Route { name: "segundo".to_owned(), ..route("b", 1) }).map(|route| route.version),
        Some(1)
    );
}

#[test]
fn revisions_that_are_listed_but_no_longer_current_are_found() {
    let catalogue = Catalogue::default();
    for revision in ["a", "b"] {
        catalogue.apply(&route(revision, 1).key(), &route(revision, 1), Some(0));
    }
    catalogue.apply("shop/x@c", &Route { listed: false, ..route("c", 1) }, Some(0));
    let namespaces = ["shop".to_owned()];
    assert_eq!(catalogue.outdated(&namespaces, |key| key == "shop/primeiro@b"), ["shop/primeiro@a"]);
    assert_eq!(catalogue.outdated(&[], |_| false), Vec::<String>::new());
}

#[test]
fn a_revision_expires_when_it_is_neither_offered_nor_needed() {
    let catalogue = Catalogue::default();
    let unlisted = |revision: &str| Route { listed: false, ..route(revision, 1) };
    for revision in ["gone", "needed"] {
        catalogue.apply(&route(revision, 1).key(), &unlisted(revision), Some(10));
    }
    catalogue.apply(&route("young", 1).key(), &unlisted("young"), Some(60));
    catalogue.apply(&route("unread", 1).key(), &unlisted("unread"), None);
    catalogue.apply(&route("offered", 1).key(), &route("offered", 1), Some(10));
    let expired =
        |namespaces: &[String], now| catalogue.expired(namespaces, Some(100), now, |key| key.ends_with("needed"));
    let namespaces = ["shop".to_owned()];
    assert_eq!(expired(&namespaces, 109), [""; 0]);
    assert_eq!(expired(&namespaces, 110), ["shop/primeiro@gone"]);
    assert_eq!(expired(&[], 110), [""; 0]);
    assert_eq!(catalogue.expired(&namespaces, None, Millis::MAX, |_| false), [""; 0]);
}

#[test]
fn a_record_of_the_greatest_version_does_no_harm() {
    let catalogue = Catalogue::default();
    catalogue.apply(&route("a", u64::MAX).key(), &route("a", u64::MAX), Some(0));
    assert_eq!(catalogue.missing(&route("b", 1)).map(|route| route.version), Some(u64::MAX));
}
