use serde_json::json;

use super::*;

const POINT: Point = Point { clients: 200, rate: 400 };

#[test]
fn the_plainest_program_writes_what_our_gateway_has_written() {
    // In 6 s each of 200 clients read 600 times, 1,000 bytes at a time; or almost, when two writes were read together.
    for reads in [120_000, 119_999] {
        let figures = json!({"reads": reads, "bytes": reads * 1_000});
        let setup = writes(POINT, &[Contestant::Gateway], Some(&figures), 6).unwrap();
        assert_eq!((setup.clients, setup.rate, setup.bytes, setup.seconds), (200, 100, 1_000, 6));
    }
}

#[test]
fn without_our_gateway_each_position_is_a_write() {
    for figures in [None, Some(json!({})), Some(json!({"reads": 0, "bytes": 0}))] {
        let setup = writes(POINT, &[Contestant::Nats], figures.as_ref(), 6).unwrap();
        assert_eq!((setup.rate, setup.bytes), (400, POSITION));
    }
}

#[test]
fn it_writes_something_however_little_there_was() {
    let setup = writes(POINT, &[Contestant::Gateway], Some(&json!({"reads": 1, "bytes": 1})), 6).unwrap();
    assert_eq!((setup.rate, setup.bytes), (1, 1));
}

#[test]
fn it_waits_for_a_gateway_that_failed() {
    assert!(writes(POINT, &[Contestant::Nats, Contestant::Gateway], None, 6).is_err());
}
