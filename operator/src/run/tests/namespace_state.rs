use super::*;

fn problem(code: Option<u16>) -> Problem {
    Problem { code, is_unreadable: false, message: "No.".to_owned() }
}

#[test]
fn a_namespace_that_is_listed_is_watched_whatever_is_known_of_it() {
    assert_eq!(NamespaceState::of(true, None, Existence::Unknown), NamespaceState::Watched);
    assert_eq!(NamespaceState::of(false, None, Existence::Unknown), NamespaceState::Listing);
}

#[test]
fn a_refusal_of_the_lists_alone_does_not_make_a_namespace_gone() {
    for existence in [Existence::Unknown, Existence::Exists] {
        assert_eq!(NamespaceState::of(true, Some(&problem(Some(403))), existence), NamespaceState::Forbidden);
    }
    assert_eq!(NamespaceState::of(true, Some(&problem(Some(403))), Existence::Gone), NamespaceState::Gone);
    assert_eq!(
        NamespaceState::of(false, Some(&problem(Some(403))), Existence::Terminating),
        NamespaceState::Terminating
    );
}

#[test]
fn others_wait_for_an_outage_for_a_while_and_not_for_what_is_the_namespaces_own() {
    let unreadable = Problem { is_unreadable: true, ..problem(None) };
    for own in [problem(Some(403)), problem(Some(404)), unreadable] {
        assert!(NamespaceState::of(false, Some(&own), Existence::Exists).is_settled(Duration::ZERO), "{own:?}");
    }
    for outage in [problem(Some(500)), problem(Some(429)), problem(None)] {
        let state = NamespaceState::of(false, Some(&outage), Existence::Unknown);
        assert!(!state.is_settled(Duration::ZERO) && state.is_settled(PATIENCE), "{outage:?}");
    }
    assert!(!NamespaceState::Listing.is_settled(PATIENCE));
}

#[test]
fn what_is_wrong_names_the_namespace_and_the_way_out() {
    let (forbidden, named) = (problem(Some(403)), "is not served: No. Restore the operator's Role");
    let sentence = NamespaceState::Forbidden.sentence("audit", Some(&forbidden)).unwrap();
    assert!(sentence.starts_with("The namespace audit ") && sentence.contains(named), "{sentence}");
    assert_eq!(NamespaceState::Watched.sentence("audit", None), None);
}
