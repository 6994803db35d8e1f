use super::*;

/// Points on a meridian, these metres apart.
fn at(meters: &[f64]) -> Vec<Step> {
    meters.iter().enumerate().map(|(index, &meters)| Step { meters, index, line: Some(index + 10) }).collect()
}

#[test]
fn a_step_is_measured_from_each_point_to_the_next() {
    let points = [[0.0, 0.0], [0.0, 0.001], [0.0, 0.003]].map(|position| Point { position, line: Some(7) });
    let found = steps(&points);
    assert!((110.0..112.0).contains(&found[0].meters) && (220.0..224.0).contains(&found[1].meters), "{found:?}");
    assert_eq!((found.len(), found[1].index, found[1].line), (2, 1, Some(7)));
    assert_eq!(steps(&points[..1]), []);
}

#[test]
fn a_hole_is_far_longer_than_the_other_steps() {
    let lake = called("track", Some("Lake"));
    assert_eq!(
        holes(&lake, &at(&[10.0, 12.0, 3_200.0, 9.0, 11.0])).unwrap(),
        "The track \"Lake\" has a hole of 3.20 km after line 12 of the file; a straight line crosses it."
    );
    assert_eq!(
        holes(&called("line", None), &at(&[10.0, 600.0, 10.0, 10.0, 700.0, 10.0])).unwrap(),
        "The line has 2 holes, the longest of 0.70 km after line 14 of the file; straight lines cross them."
    );
    let unnumbered: Vec<_> = at(&[10.0, 900.0, 10.0]).iter().map(|step| Step { line: None, ..*step }).collect();
    assert!(holes(&lake, &unnumbered).unwrap().contains("after point 1;"));
    for even in [&[10.0, 499.0, 10.0][..], &[600.0, 9_000.0, 600.0], &[3_000.0], &[]] {
        assert_eq!(holes(&lake, &at(even)), None, "{even:?}");
    }
}

#[test]
fn points_that_are_far_apart_are_told() {
    assert_eq!(
        sparse(&called("route", Some("Home")), &at(&[900.0, 700.0])).unwrap(),
        "The route \"Home\" has only 3 points, on average 0.80 km apart; straight lines join them, whatever lies between."
    );
    assert_eq!(sparse("The route", &at(&[400.0, 500.0])), None);
    assert_eq!(sparse("The route", &[]), None);
}
