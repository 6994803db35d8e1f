use super::*;
use crate::testing;

fn put(catalogue: &mut Catalogue, route: Route) -> bool {
    let changed = catalogue.put(&route.key(), Arc::new(route));
    catalogue.settle();
    changed
}

#[test]
fn the_newest_revision_is_listed_and_the_older_one_still_found() {
    let mut catalogue = Catalogue::default();
    let first = testing::route("1", "Primeiro");
    let second = Route { revision: "ffff".into(), version: 2, title: "Novo".into(), ..first.clone() };
    assert!(put(&mut catalogue, second));
    assert!(put(&mut catalogue, first.clone()));
    assert_eq!(catalogue.route("1").unwrap().title, "Novo");
    assert_eq!(catalogue.revision(&first.key()).unwrap().title, "Primeiro");
    assert_eq!(catalogue.routes().count(), 1);
}

#[test]
fn an_older_revision_that_is_withdrawn_leaves_the_current_one_listed() {
    let mut catalogue = Catalogue::default();
    let first = testing::route("1", "Primeiro");
    let second = Route { revision: "ffff".into(), version: 2, title: "Novo".into(), ..first.clone() };
    put(&mut catalogue, first.clone());
    put(&mut catalogue, second.clone());
    // Every record of a name has a greater version than those before.
    put(&mut catalogue, Route { listed: false, version: 3, ..first });
    assert_eq!(catalogue.route("1").unwrap().title, "Novo");
    put(&mut catalogue, Route { listed: false, version: 4, ..second });
    assert!(catalogue.route("1").is_none(), "it was deleted");
}

#[test]
fn a_deleted_route_is_not_listed_any_more() {
    let mut catalogue = Catalogue::default();
    let route = testing::route("1", "Primeiro");
    put(&mut catalogue, route.clone());
    put(&mut catalogue, Route { listed: false, ..route.clone() });
    assert!(catalogue.route("1").is_none());
    assert_eq!(&*catalogue.title(&route.key(), "1"), "Primeiro", "a delivery under way keeps its title");
    assert!(catalogue.remove(&route.key()));
    catalogue.settle();
    assert_eq!(&*catalogue.title(&route.key(), "1"), "1");
}

#[test]
fn the_fingerprint_is_that_of_the_listed_routes_alone() {
    let (mut here, mut there) = (Catalogue::default(), Catalogue::default());
    let (first, second) = (testing::route("1", "Primeiro"), testing::route("2", "Segundo"));
    let empty = here.fingerprint();
    put(&mut here, first.clone());
    put(&mut here, second.clone());
    put(&mut there, second.clone());
    put(&mut there, first.clone());
    let both = here.fingerprint();
    assert_eq!(both, there.fingerprint(), "in whatever order they came");
    assert_ne!(both, empty);
    put(&mut here, Route { title: "Novo".into(), version: 2, ..first.clone() });
    assert_ne!(here.fingerprint(), both, "another title");
    put(&mut there, Route { listed: false, version: 2, ..second.clone() });
    assert_ne!(there.fingerprint(), both, "a route less");
    let (before, unlisted) = (there.fingerprint(), Route { listed: false, ..testing::route("3", "Terceiro") });
    put(&mut there, unlisted);
    assert_eq!(there.fingerprint(), before, "what is not listed does not count");
}

#[test]
fn an_older_or_equal_fact_changes_nothing() {
    let mut catalogue = Catalogue::default();
    let route = testing::route("1", "Primeiro");
    assert!(put(&mut catalogue, Route { version: 2, ..route.clone() }));
    assert!(!put(&mut catalogue, Route { version: 2, ..route.clone() }));
    assert!(!put(&mut catalogue, Route { title: "Antigo".into(), ..route }));
    assert_eq!(catalogue.route("1").unwrap().title, "Primeiro");
}

#[test]
fn of_two_objects_with_one_id_the_same_is_always_chosen() {
    let here = Route { namespace: "a".into(), title: "A".into(), ..testing::route("1", "") };
    let there = Route { namespace: "b".into(), title: "B".into(), version: 9, ..testing::route("1", "") };
    for order in [[&here, &there], [&there, &here]] {
        let mut catalogue = Catalogue::default();
        for route in order {
            put(&mut catalogue, route.clone());
        }
        assert_eq!(catalogue.route("1").unwrap().title, "A");
    }
}

#[test]
fn a_path_inside_a_delivery_with_the_name_of_a_route_leaves_the_route_listed() {
    let route = testing::route("1", "Primeiro");
    let inline = Route {
        id: delivery_messages::deliveries::catalogue::inline_id("1"),
        revision: "ffff".into(),
        version: 9,
        listed: false,
        ..route.clone()
    };
    for order in [[&route, &inline], [&inline, &route]] {
        let mut catalogue = Catalogue::default();
        for route in order {
            put(&mut catalogue, route.clone());
        }
        assert_eq!(catalogue.route("1"), Some(&Arc::new(route.clone())));
        assert!(catalogue.revision(&inline.key()).is_some(), "its delivery draws it");
    }
}

#[test]
fn a_route_of_another_namespace_is_not_listed_and_takes_no_id_but_its_deliveries_draw_it() {
    let own = testing::route("1", "Primeiro");
    let foreign =
        |id: &str| Route { namespace: "a".into(), title: "Falso".into(), version: 9, ..testing::route(id, "") };
    for namespaces in [Some("code-delivery"), None] {
        let mut catalogue = Catalogue::of_namespace(namespaces);
        for route in [own.clone(), foreign("1"), foreign("9")] {
            put(&mut catalogue, route);
        }
        let expected = if namespaces.is_some() { ("Primeiro", false) } else { ("Falso", true) };
        assert_eq!((&*catalogue.route("1").unwrap().title, catalogue.route("9").is_some()), expected);
        assert_eq!(&*catalogue.title(&foreign("9").key(), "9"), "Falso");
    }
}
