//! Both motions along real-looking paths: what holds for every path and model, and what must never change.

#![expect(clippy::float_cmp, reason = "fixes are the same to the last bit, or they are not the same")]
#![expect(clippy::unreadable_literal, reason = "coordinates as messages have them")]
#![expect(clippy::unwrap_used, reason = "a helper of tests")]

use std::sync::Arc;

use delivery_motion::geodesy::distance_meters;
use delivery_motion::{Drive, Fix, Model, ModelError, Motion, Path};
use proptest::prelude::*;

/// A few corners in the west of Brasília, with a stop at the second.
const CORNERS: [[f64; 2]; 5] = [
    [-47.929_23, -15.825_94],
    [-47.928_11, -15.827_02],
    [-47.928_11, -15.827_02],
    [-47.927_4, -15.828_75],
    [-47.927_65, -15.829_42],
];

fn model(motion: Motion, noise_meters: u32) -> Model {
    Model { motion, interval_milliseconds: 500, seed: 1, noise_meters }
}

fn drive(points: &[[f64; 2]], model: Model) -> Drive {
    Drive::new(Arc::new(Path::new(points).unwrap()), model).unwrap()
}

fn bits(fix: &Fix) -> ([u64; 2], u64, u64, u64, bool) {
    (
        fix.position.map(f64::to_bits),
        fix.heading.to_bits(),
        fix.speed_meters_per_second.to_bits(),
        fix.progress.to_bits(),
        fix.finished,
    )
}

#[test]
fn a_model_that_cannot_drive_is_refused() {
    let path = Arc::new(Path::new(&CORNERS).unwrap());
    let standing = model(Motion::ConstantSpeed { speed_kmh: 0 }, 0);
    assert_eq!(Drive::new(Arc::clone(&path), standing).unwrap_err(), ModelError::ZeroSpeed);
    let timeless = Model { interval_milliseconds: 0, ..model(Motion::PointPerTick, 0) };
    assert_eq!(Drive::new(path, timeless).unwrap_err().reason(), "ZeroInterval");
}

#[test]
fn a_point_per_tick_reports_the_points_themselves() {
    let drive = drive(&CORNERS, model(Motion::PointPerTick, 0));
    assert_eq!(drive.last_seq(), 4);
    let positions: Vec<[f64; 2]> = (0..=4).map(|seq| drive.fix(seq).position).collect();
    assert_eq!(positions, CORNERS);
    let speeds: Vec<f64> = (0..=4).map(|seq| drive.fix(seq).speed_meters_per_second).collect();
    assert!(speeds[0] == 0.0 && speeds[1] > 300.0 && speeds[2] == 0.0 && speeds[3] > 300.0 && speeds[4] == 0.0);
    assert_eq!(drive.fix(2).heading.to_bits(), drive.fix(1).heading.to_bits());
}

#[test]
fn constant_speed_covers_the_same_metres_at_each_tick() {
    // Straight to the north: one degree of a meridian is 111 195.08 m; 36 km/h are 5 m a tick.
    let drive = drive(&[[0.0, 0.0], [0.0, 0.001], [0.0, 0.01]], model(Motion::ConstantSpeed { speed_kmh: 36 }, 0));
    assert_eq!(drive.last_seq(), 223);
    for seq in 1..drive.last_seq() {
        let step = distance_meters(drive.fix(seq - 1).position, drive.fix(seq).position);
        assert!((step - 5.0).abs() < 0.012, "tick {seq} is {step} m");
        assert_eq!(drive.fix(seq).speed_meters_per_second.to_bits(), 10.0_f64.to_bits());
        assert_eq!(drive.fix(seq).heading.to_bits(), 0.0_f64.to_bits());
    }
    assert_eq!(drive.fix(223).position, [0.0, 0.01]);
}

#[test]
fn a_speed_beyond_the_path_arrives_with_the_second_fix() {
    let drive = drive(
        &CORNERS,
        Model { interval_milliseconds: u32::MAX, ..model(Motion::ConstantSpeed { speed_kmh: u32::MAX }, 0) },
    );
    assert_eq!(drive.last_seq(), 1);
    assert!(!drive.fix(0).finished && drive.fix(1).finished);
}

#[test]
fn the_antimeridian_is_driven_across() {
    let drive = drive(&[[179.999, -17.0], [-179.999, -17.0]], model(Motion::ConstantSpeed { speed_kmh: 60 }, 0));
    for seq in 0..=drive.last_seq() {
        let fix = drive.fix(seq);
        assert!(fix.position[0].abs() >= 179.999 && (fix.heading - 90.0).abs() < 0.1, "seq {seq}: {fix:?}");
    }
}

/// Recorded once, and held bit for bit on every platform: what these lines say is what recorded deliveries hold. A
/// change here is a new `MODEL_VERSION`.
#[test]
fn the_fixes_of_model_version_1_never_change() {
    assert_eq!(delivery_motion::MODEL_VERSION, 1);
    let steady = drive(&CORNERS, model(Motion::ConstantSpeed { speed_kmh: 40 }, 0));
    let noisy = drive(&CORNERS, Model { seed: 42, ..model(Motion::ConstantSpeed { speed_kmh: 40 }, 6) });
    let points = drive(&CORNERS, model(Motion::PointPerTick, 3));
    assert_eq!((steady.last_seq(), noisy.last_seq(), points.last_seq()), (83, 83, 4));
    let recorded = [
        (steady.fix(0), ([-47.92923, -15.82594], 135.1, 0.0, 0.0, false)),
        (steady.fix(17), ([-47.9286065, -15.8265413], 135.1, 11.11, 0.2072, false)),
        (steady.fix(82), ([-47.9276498, -15.8294195], 199.7, 11.11, 0.9998, false)),
        (steady.fix(83), ([-47.92765, -15.82942], 199.7, 0.0, 1.0, true)),
        (noisy.fix(0), ([-47.9291934, -15.8259176], 135.1, 0.0, 0.0, false)),
        (noisy.fix(17), ([-47.92857, -15.8265786], 135.1, 11.11, 0.2072, false)),
        (noisy.fix(83), ([-47.92765, -15.82942], 199.7, 0.0, 1.0, true)),
        (points.fix(1), ([-47.9281077, -15.8270261], 135.1, 339.28, 0.3723, false)),
        (points.fix(2), ([-47.9281456, -15.8270172], 135.1, 0.0, 0.3723, false)),
        (points.fix(3), ([-47.9274021, -15.8287637], 158.5, 413.64, 0.8262, false)),
        (points.fix(4), ([-47.92765, -15.82942], 199.7, 0.0, 1.0, true)),
    ];
    for (fix, (position, heading, speed_meters_per_second, progress, finished)) in recorded {
        assert_eq!(fix, Fix { position, heading, speed_meters_per_second, progress, finished });
    }
}

fn motions() -> impl Strategy<Value = Motion> {
    prop_oneof![Just(Motion::PointPerTick), (1_u32..300).prop_map(|speed_kmh| Motion::ConstantSpeed { speed_kmh })]
}

fn models() -> impl Strategy<Value = Model> {
    (motions(), 100_u32..5_000, any::<u64>(), 0_u32..50).prop_map(
        |(motion, interval_milliseconds, seed, noise_meters)| Model {
            motion,
            interval_milliseconds,
            seed,
            noise_meters,
        },
    )
}

/// Paths anywhere on earth, by steps of up to a tenth of a degree, with repeated points, across both poles' latitudes
/// and the antimeridian.
fn paths() -> impl Strategy<Value = Vec<[f64; 2]>> {
    let step = prop_oneof![3 => (-1000_i32..=1000, -1000_i32..=1000), 1 => Just((0, 0))];
    (-180_i32..=180, -90_i32..=90, prop::collection::vec(step, 1..60)).prop_map(|(longitude, latitude, steps)| {
        let (mut x, mut y) = (longitude * 10_000, latitude * 10_000);
        let mut points = vec![[f64::from(longitude), f64::from(latitude)]];
        for (east, north) in steps {
            x += east;
            y = (y + north).clamp(-900_000, 900_000);
            if x.abs() > 1_800_000 {
                x -= 3_600_000 * x.signum();
            }
            points.push([f64::from(x) / 1e4, f64::from(y) / 1e4]);
        }
        points
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_drive_keeps_its_promises(points in paths(), model in models()) {
        let Ok(path) = Path::new(&points) else { return Ok(()) };
        let drive = Drive::new(Arc::new(path), model).unwrap();
        let exact = Drive::new(Arc::new(drive.path().clone()), Model { noise_meters: 0, ..model }).unwrap();
        let last = drive.last_seq();
        let stride = usize::try_from((last / 200).max(1)).unwrap();
        let mut progress = -1.0;
        for seq in (0..last).step_by(stride).chain([last - 1, last]) {
            let fix = drive.fix(seq);
            prop_assert!(fix.progress >= progress && (0.0..=1.0).contains(&fix.progress));
            prop_assert!((0.0..360.0).contains(&fix.heading), "heading {}", fix.heading);
            prop_assert!(fix.speed_meters_per_second >= 0.0 && fix.speed_meters_per_second.is_finite());
            prop_assert!((-180.0..=180.0).contains(&fix.position[0]) && (-90.0..=90.0).contains(&fix.position[1]));
            prop_assert_eq!(fix.finished, seq == last);
            prop_assert_eq!(fix.position.map(|d| (d * 1e7).round() / 1e7), fix.position);
            let off = distance_meters(fix.position, exact.fix(seq).position);
            prop_assert!(off <= 3.0 * f64::from(model.noise_meters) + 0.02, "{off} m off");
            progress = fix.progress;
        }
        prop_assert_eq!(drive.fix(last).position, points[points.len() - 1]);
        prop_assert_eq!(drive.fix(last).progress.to_bits(), 1.0_f64.to_bits());
        prop_assert_eq!(bits(&drive.fix(u64::MAX)), bits(&drive.fix(last)));
    }

    #[test]
    fn a_fix_is_the_same_on_any_start(points in paths(), model in models(), seqs in prop::collection::vec(0_u64..5_000, 1..20)) {
        let Ok(path) = Path::new(&points) else { return Ok(()) };
        let path = Arc::new(path);
        let through = Drive::new(Arc::clone(&path), model).unwrap();
        for seq in seqs {
            let seq = seq % (through.last_seq() + 1);
            let taken_up = Drive::new(Arc::new(Path::new(&points).unwrap()), model).unwrap();
            prop_assert_eq!(bits(&taken_up.fix(seq)), bits(&through.fix(seq)));
        }
    }

    #[test]
    fn constant_speed_takes_as_many_ticks_as_the_length_needs(points in paths(), speed_kmh in 1_u32..300, interval_milliseconds in 100_u32..5_000) {
        let Ok(path) = Path::new(&points) else { return Ok(()) };
        let length = path.length_meters();
        let step = f64::from(speed_kmh) * f64::from(interval_milliseconds) / 3600.0;
        let motion = Motion::ConstantSpeed { speed_kmh };
        let drive = Drive::new(Arc::new(path), Model { motion, interval_milliseconds, seed: 0, noise_meters: 0 }).unwrap();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let last = drive.last_seq() as f64;
        prop_assert!(last * step >= length * (1.0 - 1e-12), "{last} ticks of {step} m do not reach {length} m");
        prop_assert!((last - 1.0) * step < length || drive.last_seq() == 1);
    }
}
