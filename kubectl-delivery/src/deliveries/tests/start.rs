use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    start: Start,
}

#[test]
fn the_flags_become_a_delivery_named_after_its_route() {
    let line = Line::parse_from(["start", "primeiro", "--courier", "moto-7", "--speed-kmh=40"]);
    let delivery = line.start.delivery();
    assert_eq!(delivery.metadata.generate_name.as_deref(), Some("primeiro-"));
    assert_eq!(delivery.spec.route_ref.unwrap().name, "primeiro");
    assert_eq!((delivery.spec.speed_kmh, delivery.spec.interval_milliseconds), (Some(40), 500));
    assert!(Line::try_parse_from(["start", "primeiro", "--speed-kmh=0"]).is_err());
    assert!(Line::try_parse_from(["start", "primeiro", "--timeout=5s"]).is_err(), "only with --wait");
}

#[test]
fn the_error_for_an_unknown_route_lists_the_others() {
    let unknown = |name: &str, others: &[&str]| {
        let others = others.iter().map(|&name| name.to_owned()).collect();
        NotFound::Route { name: name.into(), namespace: "shop".into(), others }.to_string()
    };
    let message = unknown("primero", &["primeiro", "segundo"]);
    assert_eq!(message, "There is no DeliveryRoute primero in the namespace shop; it has: primeiro, segundo.");
    assert!(unknown("x", &[]).contains("kubectl delivery route import"));
}
