//! The WebSocket protocol to the letter (RFC 6455), after families 1 to 7 of the Autobahn test suite.
//!
//! Those expect a server that echoes each message. The gateway expects JSON and answers anything else with an `error` frame, so where
//! Autobahn looks for the echo these tests look for that frame: `MalformedFrame` for text, `BinaryFrame` for binary, `UnknownEvent`
//! with the event's name for an event that does not exist, which shows that the text arrived unchanged. Not applicable: families 9
//! and 10 (performance), 12 and 13 (compression, which the gateway never agrees to).

use serde_json::{Value, json};

use super::Running;
use super::client::ask;
use super::raw::{BINARY, CLOSE, CONTINUATION, FIN, Frame, PING, PONG, Raw, TEXT, close, frame};
use super::sockets::{moved, one_delivery};

/// Enough for messages whose length takes 64 bits, and for tests that send many frames.
const CONFIG: &str = "limits: {frameBytes: 70000, framesPerSecond: 1000}";
/// Both modes and both forms.
const QUERIES: [&str; 3] = ["", "mode=all", "mode=all&batch=true&form=binary"];

async fn running() -> Running {
    Running::ready(CONFIG, one_delivery()).await
}

/// The reason of an `error` frame.
fn reason(frame: Option<Frame>) -> String {
    let frame = frame.expect("the connection ended");
    assert_eq!(frame.opcode, TEXT, "{frame:?}");
    let frame: Value = serde_json::from_slice(&frame.payload).unwrap();
    assert_eq!(frame["event"], "error");
    frame["data"]["reason"].as_str().unwrap().to_owned()
}

/// The code of the close frame that comes next; none without a code. After it the gateway sends nothing and closes.
async fn closed(raw: &mut Raw, what: &str) -> Option<u16> {
    let frame = raw.reply().await.unwrap_or_else(|| panic!("{what}: no close frame"));
    assert_eq!(frame.opcode, CLOSE, "{what}: {frame:?}");
    assert_eq!(raw.next().await, None, "{what}: something after the close frame");
    frame.payload.first_chunk().map(|code| u16::from_be_bytes(*code))
}

/// Sends each of these on a connection of its own, and expects it to be closed with `code`.
async fn each_closes_with(code: u16, cases: Vec<(String, Vec<u8>)>) {
    let running = running().await;
    for (what, bytes) in cases {
        let mut raw = Raw::open(&running, "").await;
        raw.send(&bytes).await;
        assert_eq!(closed(&mut raw, &what).await, Some(code), "{what}");
    }
}

fn text(payload: &[u8]) -> Vec<u8> {
    frame(FIN | TEXT, payload)
}

/// A message of several fragments.
fn fragments(parts: &[&[u8]]) -> Vec<u8> {
    let last = parts.len() - 1;
    let bytes = parts.iter().enumerate().map(|(place, part)| {
        let opcode = if place == 0 { TEXT } else { CONTINUATION };
        frame(if place == last { FIN | opcode } else { opcode }, part)
    });
    bytes.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn family_1_framing_of_every_length() {
    let running = running().await;
    let mut raw = Raw::open(&running, "").await;
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536] {
        raw.send(&text(&vec![b'*'; length])).await;
        assert_eq!(reason(raw.reply().await), "MalformedFrame", "{length}");
        raw.send(&frame(FIN | BINARY, &vec![0xfe; length])).await;
        assert_eq!(reason(raw.reply().await), "BinaryFrame", "{length}");
    }
    raw.send_chopped(&text(&[b'*'; 200])).await;
    assert_eq!(reason(raw.reply().await), "MalformedFrame", "byte by byte");
}

#[tokio::test]
async fn family_1_a_length_beyond_the_limit_closes_with_1009_as_soon_as_it_is_announced() {
    let announced = |length: u64| [&[FIN | TEXT, 0x80 | 127][..], &length.to_be_bytes(), &[0; 4]].concat();
    let running = running().await;
    for length in [70_001, 1 << 40, u64::MAX] {
        let mut raw = Raw::open(&running, "").await;
        raw.send(&announced(length)).await;
        assert_eq!(reason(raw.reply().await), "FrameTooLarge", "{length}");
        assert_eq!(closed(&mut raw, "too long").await, Some(1009), "{length}");
    }
    let mut raw = Raw::open(&running, "").await;
    raw.send(&fragments(&[&vec![b'*'; 40_000], &vec![b'*'; 40_000]])).await;
    assert_eq!(reason(raw.reply().await), "FrameTooLarge", "the limit is that of the whole message");
    assert_eq!(closed(&mut raw, "fragments").await, Some(1009));
}

#[tokio::test]
async fn family_2_pings_are_answered_with_their_payload_and_pongs_are_ignored() {
    let running = running().await;
    for query in QUERIES {
        let mut raw = Raw::open(&running, query).await;
        for payload in [&b""[..], b"Hello, world!", &[0x00, 0xff, 0xfe, 0xfd], &[0xfe; 125]] {
            raw.send(&frame(FIN | PONG, b"unsolicited")).await;
            raw.send(&frame(FIN | PING, payload)).await;
            assert_eq!(raw.reply().await, Some(Frame { opcode: PONG, payload: payload.to_vec() }));
        }
        raw.send_chopped(&frame(FIN | PING, &[0xfe; 125])).await;
        assert_eq!(raw.reply().await.unwrap().payload, [0xfe; 125]);
        let ten: Vec<u8> = (0..10).flat_map(|number: u8| frame(FIN | PING, &[number])).collect();
        raw.send(&ten).await;
        for number in 0..10 {
            assert_eq!(raw.reply().await, Some(Frame { opcode: PONG, payload: vec![number] }));
        }
    }
    each_closes_with(1002, vec![("126 bytes".to_owned(), frame(FIN | PING, &[0xfe; 126]))]).await;
}

#[tokio::test]
async fn family_3_a_reserved_bit_closes_with_1002() {
    let mut cases = Vec::new();
    for bits in 1..8 {
        for opcode in [TEXT, BINARY, PING, CLOSE] {
            let odd = frame(FIN | (bits << 4) | opcode, b"");
            cases.push((format!("bits {bits}, opcode {opcode}"), odd.clone()));
            cases.push((format!("bits {bits}, opcode {opcode}, then a ping"), [odd, frame(FIN | PING, b"")].concat()));
        }
    }
    each_closes_with(1002, cases).await;
}

#[tokio::test]
async fn family_4_a_reserved_opcode_closes_with_1002() {
    let mut cases = Vec::new();
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in [&b""[..], b"unknown"] {
            cases.push((format!("opcode {opcode}"), frame(FIN | opcode, payload)));
        }
    }
    each_closes_with(1002, cases).await;
}

#[tokio::test]
async fn family_5_fragments_are_joined_and_control_frames_may_come_between_them() {
    let running = running().await;
    let mut raw = Raw::open(&running, "").await;
    let event = r#"{"event":"fragmented"}"#.as_bytes();
    let bytes: Vec<&[u8]> = event.chunks(1).collect();
    for parts in [&[event][..], &[&event[..5], &event[5..]], &[b"", event, b""], &bytes] {
        raw.send(&fragments(parts)).await;
        assert_eq!(reason(raw.reply().await), "UnknownEvent");
        raw.send_chopped(&fragments(parts)).await;
        assert_eq!(reason(raw.reply().await), "UnknownEvent");
    }
    let (first, rest) = (frame(TEXT, &event[..5]), frame(FIN | CONTINUATION, &event[5..]));
    raw.send(&[first.clone(), frame(FIN | PING, b"between"), frame(FIN | PONG, b""), rest.clone()].concat()).await;
    assert_eq!(raw.reply().await, Some(Frame { opcode: PONG, payload: b"between".to_vec() }));
    assert_eq!(reason(raw.reply().await), "UnknownEvent");
    let cases = [
        ("a fragmented ping", [frame(PING, b"a"), frame(FIN | CONTINUATION, b"b")].concat()),
        ("a fragmented pong", [frame(PONG, b"a"), frame(FIN | CONTINUATION, b"b")].concat()),
        ("a continuation of nothing", frame(FIN | CONTINUATION, b"a")),
        ("a first fragment of nothing", frame(CONTINUATION, b"a")),
        ("a continuation after the end", [frame(PING | FIN, b""), rest].concat()),
        ("a message within a message", [first.clone(), text(b"a")].concat()),
        ("a binary message within a text", [first, frame(FIN | BINARY, b"a")].concat()),
    ];
    let cases = cases.into_iter().map(|(what, bytes)| (what.to_owned(), bytes)).collect();
    // A pong may come before the close frame.
    each_closes_with_after_pongs(1002, cases).await;
}

async fn each_closes_with_after_pongs(code: u16, cases: Vec<(String, Vec<u8>)>) {
    let running = running().await;
    for (what, bytes) in cases {
        let mut raw = Raw::open(&running, "").await;
        raw.send(&bytes).await;
        let mut frame = raw.reply().await;
        while frame.as_ref().is_some_and(|frame| frame.opcode == PONG) {
            frame = raw.reply().await;
        }
        let payload = frame.unwrap_or_else(|| panic!("{what}: no close frame")).payload;
        assert_eq!(payload.get(..2), Some(&code.to_be_bytes()[..]), "{what}");
    }
}

#[tokio::test]
async fn family_6_text_is_utf_8_however_it_is_cut() {
    let running = running().await;
    let mut raw = Raw::open(&running, "").await;
    let samples =
        ["Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\u{10ffff}\u{fffd}\u{d7ff}\u{e000}\u{fffe}", "🛵é", "\u{7ff}\u{800}\u{1}"];
    for sample in samples {
        let event = json!({"event": sample}).to_string();
        let bytes: Vec<&[u8]> = event.as_bytes().chunks(1).collect();
        for message in [text(event.as_bytes()), fragments(&bytes)] {
            raw.send(&message).await;
            let reply = raw.reply().await.unwrap();
            let reply: Value = serde_json::from_slice(&reply.payload).unwrap();
            let said = reply["data"]["message"].as_str().unwrap();
            assert!(said.contains(&format!("{sample:?}")), "{sample}: {said}");
        }
    }
    let wrong: [&[u8]; 14] = [
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
        b"\x80",
        b"\xff",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xc1\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xce",
        b"\xf0\x9f\x9b",
    ];
    let mut cases = Vec::new();
    for bytes in wrong {
        cases.push((format!("{bytes:x?}"), text(bytes)));
        let cut: Vec<&[u8]> = bytes.chunks(1).collect();
        cases.push((format!("{bytes:x?} byte by byte"), fragments(&cut)));
    }
    // Noticed at the fragment, before the message is whole.
    cases.push((
        "the second fragment".to_owned(),
        [frame(TEXT, "κόσ".as_bytes()), frame(CONTINUATION, b"\xf4\x90")].concat(),
    ));
    each_closes_with(1007, cases).await;
}

#[tokio::test]
async fn family_7_a_close_is_answered_with_its_own_code_in_both_modes() {
    let running = running().await;
    for query in QUERIES {
        let mut raw = Raw::open(&running, query).await;
        raw.send(&close(1000, b"bye")).await;
        assert_eq!(closed(&mut raw, query).await, Some(1000), "{query}");
        for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999] {
            let mut raw = Raw::open(&running, query).await;
            raw.send(&close(code, &[b'*'; 123])).await;
            assert_eq!(closed(&mut raw, query).await, Some(code), "{query}");
        }
        let mut raw = Raw::open(&running, query).await;
        raw.send(&frame(FIN | CLOSE, b"")).await;
        assert_eq!(closed(&mut raw, query).await, None, "no code is answered with none");
    }
}

#[tokio::test]
async fn family_7_what_follows_a_close_is_ignored() {
    let running = running().await;
    let bye = close(1000, b"");
    for (what, bytes) in [
        ("a second close", [bye.clone(), close(1001, b"")].concat()),
        ("a ping", [bye.clone(), frame(FIN | PING, b"")].concat()),
        ("text", [bye.clone(), text(b"late")].concat()),
        ("an unfinished message before", [frame(TEXT, b"half"), bye.clone()].concat()),
        ("much text", [bye.clone(), text(&vec![b'*'; 60_000])].concat()),
    ] {
        let mut raw = Raw::open(&running, "").await;
        raw.send(&bytes).await;
        assert_eq!(closed(&mut raw, what).await, Some(1000), "{what}");
    }
    let mut raw = Raw::open(&running, "mode=all").await;
    raw.send(&bye).await;
    running.feed((1..200).map(|seq| moved("d1", seq)).collect()).await;
    assert_eq!(closed(&mut raw, "while positions are sent").await, Some(1000));
    super::sockets::until(|| running.metrics().contains(r#"closed_total{reason="client"} 6"#)).await;
}

#[tokio::test]
async fn family_7_a_wrong_close_closes_with_1002_or_1007() {
    let mut cases = vec![
        ("one byte".to_owned(), frame(FIN | CLOSE, &[3])),
        ("126 bytes".to_owned(), close(1000, &[b'*'; 124])),
        ("a fragment".to_owned(), frame(CLOSE, &1000_u16.to_be_bytes())),
    ];
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        cases.push((code.to_string(), close(code, b"")));
    }
    each_closes_with(1002, cases).await;
    each_closes_with(1007, vec![("the reason".to_owned(), close(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80"))]).await;
}

#[tokio::test]
async fn a_frame_without_a_mask_closes_with_1002() {
    each_closes_with(1002, vec![("unmasked".to_owned(), vec![FIN | TEXT, 2, b'{', b'}'])]).await;
}

#[tokio::test]
async fn an_upgrades_headers_may_be_spread_over_several_lines() {
    let running = running().await;
    let status = async |lines: &str| {
        let request = format!("GET /ws HTTP/1.1\nhost: map.example\n{lines}\n");
        upgrade_status(&running, &request).await
    };
    let key = "sec-websocket-version: 13\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\n";
    for lines in [
        "connection: keep-alive\nconnection: Upgrade\nupgrade: websocket\n",
        "connection: keep-alive, Upgrade\nupgrade: websocket\n",
        "connection: upgrade\nupgrade: h2c\nupgrade: WebSocket\n",
        "connection: upgrade\nupgrade: h2c, websocket\n",
        "connection: ,upgrade ,\nupgrade: websocket\n",
    ] {
        assert_eq!(status(&format!("{lines}{key}")).await, 101, "{lines}");
    }
    let upgrade = "connection: close, upgrade\nupgrade: websocket\n";
    let sample = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\n";
    for (lines, expected) in [
        (format!("connection: close\nupgrade: websocket\n{key}"), 426),
        (format!("connection: close, upgrade\n{key}"), 426),
        (format!("{upgrade}{sample}"), 426),
        (format!("{upgrade}{sample}sec-websocket-version: 8\n"), 426),
        (format!("{upgrade}{sample}sec-websocket-version: 13\nsec-websocket-version: 8\n"), 426),
        (format!("{upgrade}sec-websocket-version: 13\n"), 400),
        (format!("{upgrade}sec-websocket-version: 13\nsec-websocket-key: dGhlIHNhbXBsZQ==\n"), 400),
        (format!("{upgrade}sec-websocket-version: 13\nsec-websocket-key: ************************\n"), 400),
        (format!("{upgrade}{key}{sample}"), 400),
    ] {
        let answer = ask(&running, &format!("GET /ws HTTP/1.1\nhost: map.example\n{lines}\n")).await;
        assert_eq!(answer.status, expected, "{lines}: {}", answer.body);
        if expected == 426 {
            assert_eq!(answer.headers["upgrade"], "websocket", "{lines}");
            assert!(answer.headers["connection"].to_lowercase().contains("upgrade"), "{lines}: {:?}", answer.headers);
            assert_eq!(answer.headers["sec-websocket-version"], "13", "{lines}");
        }
    }
}

/// The status of the response to an upgrade request, whose connection then stays open.
async fn upgrade_status(running: &Running, request: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut tcp = tokio::net::TcpStream::connect(running.address).await.unwrap();
    tcp.write_all(request.replace('\n', "\r\n").as_bytes()).await.unwrap();
    let mut line = [0; 12];
    tcp.read_exact(&mut line).await.unwrap();
    std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

#[tokio::test]
async fn head_is_answered_as_get_without_a_body_on_every_path() {
    let running = running().await;
    let paths = ["/routes", "/routes/1", "/deliveries", "/deliveries/d1", "/deliveries/d1/route", "/config.json"];
    let refused = ["/routes/9", "/history", "/history/summary", "/ws", "/none"];
    for path in paths.into_iter().chain(refused) {
        let request = |method: &str| format!("{method} {path} HTTP/1.1\nhost: map.example\nconnection: close\n\n");
        let (head, get) = (ask(&running, &request("HEAD")).await, ask(&running, &request("GET")).await);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.status == 200, paths.contains(&path), "{path}");
        assert_eq!(head.body, "", "{path}");
        for name in ["content-type", "content-length"] {
            assert_eq!(head.headers.get(name), get.headers.get(name), "{path}");
        }
    }
    let upgrade = "HEAD /ws HTTP/1.1\nhost: map.example\nconnection: upgrade, close\nupgrade: websocket\n\
        sec-websocket-version: 13\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\n\n";
    assert_eq!(ask(&running, upgrade).await.status, 426, "only GET upgrades");
}
