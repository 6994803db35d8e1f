use proptest::prelude::*;

use super::*;
use crate::testing::{self, delivery};

fn interest(json: &str) -> Interest {
    *Interest::new(&Arc::default(), serde_json::from_str(json).unwrap()).unwrap()
}

fn at(seq: u64, lng: f64) -> EncodedPosition {
    EncodedPosition::new(&delivery("d1"), testing::fix(seq, [lng, 0.0]), None)
}

#[test]
fn a_client_that_sees_everything_has_no_interest() {
    assert!(Interest::new(&Arc::default(), Filter::default()).is_none());
}

#[test]
fn a_vehicle_enters_moves_and_leaves() {
    let mut interest = interest(r#"{"rectangle":[0,-1,10,1]}"#);
    let seen: Vec<_> = [(0, -1.0), (1, 0.0), (2, 5.0), (6, 10.0), (7, 11.0), (8, 12.0), (9, 9.0)]
        .map(|(seq, lng)| interest.observe(&at(seq, lng)))
        .into();
    let inside = |spared| Visibility::Inside { spared };
    assert_eq!(
        seen,
        [
            Visibility::Hidden,
            Visibility::Enters,
            inside(0),
            inside(3),
            Visibility::Leaves,
            Visibility::Hidden,
            Visibility::Enters
        ]
    );
    assert!(interest.follows(&delivery("d1")));
    interest.forget(&delivery("d1"));
    assert!(!interest.follows(&delivery("d1")) && interest.sent.is_empty());
}

#[test]
fn without_a_rectangle_nothing_enters_or_leaves() {
    let mut interest = interest(r#"{"couriers":["moto-7"]}"#);
    assert!(interest.follows(&delivery("d1")) && interest.shows(&Delivery { fix: None, ..delivery("d1") }));
    assert_eq!(interest.observe(&at(0, 0.0)), Visibility::Inside { spared: 0 });
    assert_eq!(interest.observe(&at(2, 99.0)), Visibility::Inside { spared: 1 });
    let late = EncodedPosition::new(&testing::numbered("d2", 8), testing::fix(4, [0.0, 0.0]), None);
    assert_eq!(interest.observe(&late), Visibility::Inside { spared: 4 });
}

proptest! {
    /// Everything that a client is sent adds up to what is inside, compared with a plain model of a map.
    #[test]
    fn what_is_sent_adds_up_to_what_is_inside(moves in prop::collection::vec((0..4_u32, -2.0..12.0_f64), 0..80)) {
        let mut interest = interest(r#"{"rectangle":[0,-1,10,1]}"#);
        let mut sent = std::collections::BTreeSet::new();
        let mut truth = std::collections::BTreeSet::new();
        for (seq, (vehicle, lng)) in moves.into_iter().enumerate() {
            let delivery = testing::numbered(&format!("d{vehicle}"), vehicle);
            let position = EncodedPosition::new(&delivery, testing::fix(seq as u64, [lng, 0.0]), None);
            let concerns = interest.concerns(&position);
            let visibility = interest.observe(&position);
            prop_assert_eq!(concerns, visibility != Visibility::Hidden);
            match visibility {
                Visibility::Enters => prop_assert!(sent.insert(vehicle)),
                Visibility::Leaves => prop_assert!(sent.remove(&vehicle)),
                Visibility::Inside { .. } => prop_assert!(sent.contains(&vehicle)),
                Visibility::Hidden => prop_assert!(!sent.contains(&vehicle)),
            }
            if (0.0..=10.0).contains(&lng) { truth.insert(vehicle) } else { truth.remove(&vehicle) };
            prop_assert_eq!(&sent, &truth);
        }
    }
}
