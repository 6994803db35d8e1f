use super::super::positions::id;
use super::*;

fn record(delivery: usize, seq: u64) -> String {
    format!(r#"{{"routeId":"1","deliveryId":"{}","seq":{seq},"at":1}}"#, id(delivery))
}

fn read(session: &mut Session, kind: Kind, message: &str) -> (Vec<u64>, Vec<u8>) {
    let (mut found, mut out) = (Vec::new(), Vec::new());
    session.read((kind, message.as_bytes()), &mut found, &mut out).unwrap();
    (found.into_iter().map(|position| position.seq).collect(), out)
}

#[test]
fn the_gateways_snapshot_holds_no_positions_of_the_stream() {
    let mut session = Session::new(Protocol::Gateway("mode=all".into()));
    let snapshot = format!(r#"{{"event":"snapshot","data":{{"cursor":"c1","deliveries":[{}]}}}}"#, record(1, 4));
    assert!(read(&mut session, Kind::Text, &snapshot).0.is_empty());
    assert!(session.ready);
    assert_eq!(session.cursor.as_deref(), Some("c1"));
    let one = format!(r#"{{"event":"new-position","data":{}}}"#, record(1, 5));
    assert_eq!(read(&mut session, Kind::Text, &one).0, [5]);
    let two = format!(
        r#"{{"event":"new-positions","data":{{"positions":[{},{}],"cursor":"c2"}}}}"#,
        record(1, 6),
        record(2, 0)
    );
    assert_eq!(read(&mut session, Kind::Text, &two).0, [6, 0]);
    assert_eq!(session.cursor.as_deref(), Some("c2"));
    read(&mut session, Kind::Text, r#"{"event":"heartbeat","data":{"cursor":"c3"}}"#);
    assert_eq!(session.cursor.as_deref(), Some("c3"));
}

#[test]
fn socket_io_is_ready_when_the_namespace_is_and_wants_its_pings_answered() {
    let mut session = Session::new(Protocol::SocketIo);
    read(&mut session, Kind::Text, r#"0{"sid":"x","pingInterval":25000}"#);
    assert!(!session.ready);
    read(&mut session, Kind::Text, r#"40{"sid":"y"}"#);
    assert!(session.ready);
    let mut pong = Vec::new();
    put(Kind::Text, b"3", &mut pong);
    assert_eq!(read(&mut session, Kind::Text, "2").1, pong);
    assert_eq!(read(&mut session, Kind::Text, &format!(r#"42["new-position",{}]"#, record(1, 8))).0, [8]);
}

#[test]
fn centrifuge_joins_pushes_by_line_breaks() {
    let mut session = Session::new(Protocol::Centrifuge);
    let push = |seq| format!(r#"{{"push":{{"channel":"p","pub":{{"data":{}}}}}}}"#, record(1, seq));
    let first = format!("{}\n{}", r#"{"id":1,"connect":{"client":"x"}}"#, push(0));
    assert_eq!(read(&mut session, Kind::Text, &first).0, [0]);
    assert!(session.ready);
    assert_eq!(read(&mut session, Kind::Text, &format!("{}\n{}", push(1), push(2))).0, [1, 2]);
}

#[test]
fn a_session_of_centrifugo_is_ready_once_it_has_its_channel() {
    let mut session = Session::new(Protocol::Centrifugo);
    read(&mut session, Kind::Text, r#"{"id":1,"connect":{"client":"x","ping":25,"pong":true}}"#);
    assert!(!session.ready);
    let rest = format!("{}\n{}", r#"{"id":2,"subscribe":{}}"#, record(1, 4));
    assert_eq!(read(&mut session, Kind::Text, &rest).0, [4]);
    assert!(session.ready);
}

#[test]
fn what_centrifugo_refuses_is_an_error() {
    let mut session = Session::new(Protocol::Centrifugo);
    let refused = br#"{"id":2,"error":{"code":103,"message":"permission denied"}}"#;
    let error = session.read((Kind::Text, refused), &mut Vec::new(), &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[test]
fn nats_may_cut_its_stream_anywhere() {
    let record = record(1, 3);
    let message = format!("MSG p 1 {}\r\n{record}\r\n", record.len());
    let stream = format!("INFO {{}}\r\nPONG\r\n{message}PING\r\n{message}");
    for piece in [1, 5, 64, stream.len()] {
        let mut session = Session::new(Protocol::Nats);
        let mut found = Vec::new();
        for part in stream.as_bytes().chunks(piece) {
            found.extend(read(&mut session, Kind::Binary, std::str::from_utf8(part).unwrap()).0);
        }
        assert_eq!(found, [3, 3], "in pieces of {piece}");
        assert!(session.ready);
    }
}

#[test]
fn the_end_of_a_connection_is_an_error_with_its_reason() {
    let mut session = Session::new(Protocol::Centrifuge);
    let error = session.read((Kind::Close, b"\x03\xe9going"), &mut Vec::new(), &mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("1001") && error.to_string().contains("going"), "{error}");
}
