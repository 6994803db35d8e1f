use std::sync::Arc;

use delivery_motion::{Departure, Drive, Model, Motion, Path};

use super::*;

fn delivery() -> Delivery {
    let path = Path::new(&[[-47.929_23, -15.825_94], [-47.928_11, -15.827_02], [-47.927_65, -15.829_42]]).unwrap();
    let motion = Motion::ConstantSpeed { speed_kmh: 40 };
    let model = Model { motion, interval_milliseconds: 500, seed: 42, noise_meters: 3 };
    Delivery {
        id: "0d0f".to_owned(),
        route_id: "1".to_owned(),
        client_id: "vX3kq".to_owned(),
        drive: Drive::new(Arc::new(path), model).unwrap(),
        created_at: 1_699_999_998_000,
        resumed_at: None,
        traceparent: None,
        pod: None,
    }
}

#[track_caller]
fn written(message: &Message, text: &str) {
    assert_eq!(String::from_utf8(message.value().unwrap()).unwrap(), text);
}

#[test]
fn a_position_is_the_same_bytes_for_ever() {
    let position = Message::Position(position(&delivery(), 17, 1_700_000_008_500));
    assert_eq!((position.topic(), position.key()), (Topic::NewPosition, "0d0f"));
    written(
        &position,
        concat!(
            r#"{"routeId":"1","clientId":"vX3kq","position":[-47.9285883,-15.8265599],"finished":false,"#,
            r#""deliveryId":"0d0f","seq":17,"at":1700000008500,"speed":11.11,"heading":135.1,"#,
            r#""progress":0.2141}"#
        ),
    );
}

#[test]
fn the_states_before_the_first_position_under_way_and_at_the_end() {
    let (delivery, start, place) = (delivery(), 1_700_000_000_000, RecordOffset { partition: 3, offset: 41 });
    let of = |last: Option<Fixed>| {
        let departure = last.map_or(Departure::Start(start), Departure::After);
        Message::State(state(&delivery, start, last, &Schedule::new(departure, 500, None), place))
    };
    assert_eq!((of(None).topic(), of(None).key()), (Topic::State, "0d0f"));
    written(
        &of(None),
        concat!(
            r#"{"deliveryId":"0d0f","version":0,"phase":"Running","start":1700000000000,"seq":-1,"#,
            r#""at":1700000000000,"speed":0.0,"heading":135.1,"progress":0.0,"eta":1700000040000,"#,
            r#""lateMilliseconds":2000,"partition":3,"offset":41}"#
        ),
    );
    written(
        &of(Some(Fixed { seq: 17, at: start + 8_500 })),
        concat!(
            r#"{"deliveryId":"0d0f","version":36,"phase":"Running","start":1700000000000,"seq":17,"#,
            r#""at":1700000008500,"position":[-47.9285883,-15.8265599],"speed":11.11,"heading":135.1,"#,
            r#""progress":0.2141,"eta":1700000040000,"lateMilliseconds":2000,"partition":3,"offset":41}"#
        ),
    );
    let last = delivery.drive.last_seq();
    let arrival = start + 500 * i64::try_from(last).unwrap();
    written(
        &of(Some(Fixed { seq: last, at: arrival })),
        concat!(
            r#"{"deliveryId":"0d0f","version":163,"phase":"Finished","start":1700000000000,"seq":80,"#,
            r#""at":1700000040000,"position":[-47.92765,-15.82942],"speed":0.0,"heading":169.6,"progress":1.0,"#,
            r#""eta":1700000040000,"lateMilliseconds":2000,"partition":3,"offset":41}"#
        ),
    );
}

#[test]
fn a_state_names_the_pod_that_drives_if_there_is_one() {
    let start = 1_700_000_000_000;
    let of = |delivery: &Delivery| {
        let schedule = Schedule::new(Departure::Start(start), 500, None);
        state(delivery, start, None, &schedule, RecordOffset { partition: 3, offset: 41 }).pod
    };
    assert_eq!(of(&delivery()), None);
    assert_eq!(of(&Delivery { pod: Some("moto-7-x2b4".into()), ..delivery() }).as_deref(), Some("moto-7-x2b4"));
}
