use proptest::prelude::*;

use super::*;
use crate::testing::{self, delivery};

fn interest(json: &str) -> Interest {
    *Interest::new(&Arc::default(), serde_json::from_str(json).unwrap()).unwrap()
}

fn at(seq: u64, lng: f64) -> Moved {
    Moved::new(&delivery("d1"), testing::fix(seq, [lng, 0.0]), None)
}

#[test]
fn who_sees_everything_has_no_interest_of_its_own() {
    assert!(Interest::new(&Arc::default(), Filter::default()).is_none());
}

#[test]
fn a_vehicle_enters_moves_and_leaves() {
    let mut interest = interest(r#"{"rectangle":[0,-1,10,1]}"#);
    let sights: Vec<_> = [(0, -1.0), (1, 0.0), (2, 5.0), (6, 10.0), (7, 11.0), (8, 12.0), (9, 9.0)]
        .map(|(seq, lng)| interest.moved(&at(seq, lng)))
        .into();
    let inside = |spared| Sight::Inside { spared };
    assert_eq!(
        sights,
        [Sight::Hidden, Sight::Enters, inside(0), inside(3), Sight::Leaves, Sight::Hidden, Sight::Enters]
    );
    assert!(interest.follows(&delivery("d1")));
    interest.forget(&delivery("d1"));
    assert!(!interest.follows(&delivery("d1")) && interest.told.is_empty());
}

#[test]
fn without_a_rectangle_nothing_enters_or_leaves() {
    let mut interest = interest(r#"{"couriers":["moto-7"]}"#);
    assert!(interest.follows(&delivery("d1")) && interest.shows(&Delivery { fix: None, ..delivery("d1") }));
    assert_eq!(interest.moved(&at(0, 0.0)), Sight::Inside { spared: 0 });
    assert_eq!(interest.moved(&at(2, 99.0)), Sight::Inside { spared: 1 });
    let late = Moved::new(&testing::numbered("d2", 8), testing::fix(4, [0.0, 0.0]), None);
    assert_eq!(interest.moved(&late), Sight::Inside { spared: 4 });
}

proptest! {
    /// Whatever a client is told adds up to what is inside: a plain model of a map against the words.
    #[test]
    fn what_is_told_adds_up_to_what_is_inside(moves in prop::collection::vec((0..4_u32, -2.0..12.0_f64), 0..80)) {
        let mut interest = interest(r#"{"rectangle":[0,-1,10,1]}"#);
        let mut told = std::collections::BTreeSet::new();
        let mut truth = std::collections::BTreeSet::new();
        for (seq, (vehicle, lng)) in moves.into_iter().enumerate() {
            let delivery = testing::numbered(&format!("d{vehicle}"), vehicle);
            let fix = testing::fix(seq as u64, [lng, 0.0]);
            match interest.moved(&Moved::new(&delivery, fix, None)) {
                Sight::Enters => prop_assert!(told.insert(vehicle)),
                Sight::Leaves => prop_assert!(told.remove(&vehicle)),
                Sight::Inside { .. } => prop_assert!(told.contains(&vehicle)),
                Sight::Hidden => prop_assert!(!told.contains(&vehicle)),
            }
            if (0.0..=10.0).contains(&lng) { truth.insert(vehicle) } else { truth.remove(&vehicle) };
            prop_assert_eq!(&told, &truth);
        }
    }
}
