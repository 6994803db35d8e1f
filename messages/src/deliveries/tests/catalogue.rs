use super::*;

#[test]
fn a_revision_changes_with_id_and_points_and_is_stable() {
    let path = [[-47.92923, -15.82594], [-47.92765, -15.82942]];
    let first = revision("1", &path);
    assert_eq!(first, revision("1", &path));
    assert_eq!(first.len(), 12);
    assert_ne!(first, revision("2", &path));
    assert_ne!(first, revision("1", &[path[1], path[0]]));
}

#[test]
fn a_route_without_a_record_is_called_by_its_id_and_a_path_by_its_delivery() {
    assert_eq!(title_of("1"), "1");
    assert_eq!(title_of(&inline_id("primeiro")), "primeiro");
}
