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
