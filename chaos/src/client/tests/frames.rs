use super::*;

#[test]
fn a_position_is_read_with_its_latitude_first() {
    let text = r#"{"event":"new-position","data":{"routeId":"1","position":[-15.8259412,-47.92923],"finished":false,
            "deliveryId":"d","seq":3,"at":1,"speed":1.0,"heading":0.0,"progress":0.5,"eta":null}}"#;
    let Frame::Positions { positions, cursor: None } = read(text).unwrap() else { panic!("another frame") };
    assert_eq!(positions[0].fix(), Fix { seq: 3, coordinates: [-479_292_300, -158_259_412] });
}

#[test]
fn a_snapshot_lists_deliveries_with_and_without_a_position() {
    let text = r#"{"event":"snapshot","data":{"cursor":"x","reason":"connected","deliveries":[
            {"deliveryId":"a","phase":"Accepted","seq":null,"position":null,"number":0,"origin":[1.0,2.0]},
            {"deliveryId":"b","phase":"Running","seq":0,"position":[2.0,1.0]}]}}"#;
    let Frame::Snapshot { cursor, reason, deliveries } = read(text).unwrap() else { panic!("another frame") };
    assert_eq!((cursor.as_deref(), reason.as_str()), (Some("x"), "connected"));
    assert_eq!(deliveries[0].summary().fix, None);
    assert_eq!(deliveries[1].summary().fix.unwrap().coordinates, [10_000_000, 20_000_000]);
}

#[test]
fn unknown_frames_are_skipped_and_malformed_ones_are_refused() {
    assert_eq!(read(r#"{"event":"left","data":{"deliveryId":"d"}}"#).unwrap(), Frame::Other("left".into()));
    assert!(read(r#"{"event":"new-position","data":{}}"#).is_err());
    assert!(read("new-position").is_err());
}
