use super::*;

fn line(positions: &[[f64; 2]]) -> Vec<Point> {
    positions.iter().map(|position| Point { position: *position, line: None }).collect()
}

fn positions(points: &[Point]) -> Vec<[f64; 2]> {
    points.iter().map(|point| point.position).collect()
}

#[test]
fn corners_stay_and_points_near_the_line_go() {
    // 0.0001° of latitude are 11 m.
    let corner = [[0.0, 0.0], [0.001, 0.000_01], [0.002, 0.0], [0.002, 0.001], [0.002, 0.002]];
    assert_eq!(positions(&simplify(&line(&corner), 5.0)), [[0.0, 0.0], [0.002, 0.0], [0.002, 0.002]]);
    assert_eq!(positions(&simplify(&line(&corner), 0.5)).len(), 4, "1.1 m is more than 0.5 m");
    assert_eq!(positions(&simplify(&line(&corner), 1e9)), [[0.0, 0.0], [0.002, 0.002]], "the ends always stay");
}

#[test]
fn no_point_that_is_left_out_is_farther_away_than_allowed() {
    let winding: Vec<_> = (0..20_000)
        .map(|at| f64::from(at) * 1e-5)
        .map(|at| [-47.9 + at, -15.8 + 0.002 * (at * 300.0).sin() + 0.000_05 * (at * 7_919.0).sin()])
        .collect();
    let kept = simplify(&line(&winding), 10.0);
    assert!((10..2_000).contains(&kept.len()), "{} points", kept.len());
    for position in &winding {
        let near = kept.windows(2).any(|ends| distance(*position, ends[0].position, ends[1].position) <= 10.001);
        assert!(near, "{position:?}");
    }
}

/// A spiral outwards: of each span the farthest point is next to its end.
#[test]
fn the_worst_line_of_fifty_thousand_points_takes_no_square_of_time() {
    let spiral: Vec<_> =
        (0..50_000).map(f64::from).map(|at| [(at * 1e-6) * (at * 0.5).cos(), (at * 1e-6) * (at * 0.5).sin()]).collect();
    let kept = simplify(&line(&spiral), 0.001);
    assert_eq!(kept.len(), spiral.len(), "each of its points makes a difference");
    let straight: Vec<_> = (0..50_000).map(f64::from).map(|at| [at * 1e-7, 0.0]).collect();
    assert_eq!(simplify(&line(&straight), 1.0).len(), 51, "the ends of 50 pieces");
}

#[test]
fn a_line_that_returns_to_its_start_and_one_across_the_date_line_keep_their_shape() {
    let there_and_back = [[0.0, 0.0], [0.01, 0.0], [0.0, 0.0]];
    assert_eq!(simplify(&line(&there_and_back), 5.0).len(), 3);
    let date_line = [[179.999, 0.0], [-180.0, 0.000_01], [-179.999, 0.0]];
    assert_eq!(simplify(&line(&date_line), 5.0).len(), 2);
    assert_eq!(simplify(&line(&date_line[..1]), 5.0).len(), 1);
    assert_eq!(simplify(&[], 5.0).len(), 0);
}

#[test]
fn a_point_that_is_nowhere_stays_and_those_beside_it_too() {
    for nowhere in [[0.0, f64::NAN], [f64::INFINITY, 0.0], [0.0, 1e305]] {
        let points = [[0.0, 0.0], nowhere, [0.05, 0.1], [0.1, 0.0]].map(|position| Point { position, line: None });
        assert_eq!(simplify(&points, 5.0).len(), 4, "{nowhere:?}");
    }
}
