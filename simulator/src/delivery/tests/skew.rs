use std::sync::Arc;

use delivery_motion::{Drive, Fixed, Model, Motion, Path};

use super::*;
use crate::delivery::records::RecordOffset;

const NOW: Millis = 1_795_348_800_000;
const HOUR: Millis = 3_600_000;

fn started(start: Millis, last: Option<Millis>) -> ResumePoint {
    let record = RecordOffset { partition: 0, offset: 0 };
    ResumePoint::Started { start, last: last.map(|at| Fixed { seq: 7, at }), record }
}

#[test]
fn deliveries_go_on_where_the_log_is_if_that_is_far_from_having_come() {
    let is_ahead = |points: &[ResumePoint]| ahead(points.iter().copied(), NOW);
    assert_eq!(is_ahead(&[started(NOW + HOUR, Some(NOW + 2 * HOUR))]), Some(NOW + 2 * HOUR));
    assert_eq!(is_ahead(&[started(NOW + HOUR, None)]), Some(NOW + HOUR));
    assert_eq!(is_ahead(&[started(NOW + HOUR, None), started(NOW, None)]), None, "one of them is not");
    assert_eq!(is_ahead(&[started(NOW - HOUR, Some(NOW + MAX_SKEW))]), None, "clocks differ");
    assert_eq!(is_ahead(&[ResumePoint::Ended, ResumePoint::New]), None);
}

#[test]
fn a_resumption_that_is_far_from_having_come_has_come() {
    let path = Path::new(&[[-47.929_23, -15.825_94], [-47.927_65, -15.829_42]]).unwrap();
    let motion = Motion::ConstantSpeed { speed_kmh: 40 };
    let model = Model { motion, interval_milliseconds: 500, seed: 42, noise_meters: 3 };
    let delivery = |resumed_at| Delivery {
        id: "0d0f".to_owned(),
        route_id: "1".to_owned(),
        client_id: String::new(),
        drive: Drive::new(Arc::new(path.clone()), model).unwrap(),
        created_at: NOW - HOUR,
        resumed_at,
        traceparent: None,
        pod: None,
    };
    for (planned, expected) in [
        (None, None),
        (Some(NOW - HOUR), Some(NOW - HOUR)),
        (Some(NOW + MAX_SKEW), Some(NOW + MAX_SKEW)),
        (Some(NOW + 60 * 24 * HOUR), Some(NOW)),
    ] {
        assert_eq!(resumed(&delivery(planned), NOW).resumed_at, expected, "{planned:?}");
    }
}
