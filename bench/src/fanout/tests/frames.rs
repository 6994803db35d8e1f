use super::*;

fn served(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(u8::try_from(length).unwrap()),
        length @ 126..65_536 => {
            frame.push(126);
            frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

fn read(bytes: &[u8], piece: usize) -> Vec<(Kind, Vec<u8>)> {
    let (mut inbox, mut found) = (Inbox::default(), Vec::new());
    for part in bytes.chunks(piece) {
        let mut part = part;
        while !part.is_empty() {
            let room = inbox.room();
            let count = room.len().min(part.len());
            room[..count].copy_from_slice(&part[..count]);
            inbox.filled(count);
            part = &part[count..];
            while let Some((kind, message)) = inbox.next().unwrap() {
                found.push((kind, message.to_vec()));
            }
        }
    }
    found
}

#[test]
fn messages_are_the_same_however_the_bytes_are_cut() {
    let long = vec![b'x'; 70_000];
    let mut bytes = served(0x81, b"short");
    bytes.extend(served(0x82, &long));
    bytes.extend(served(0x01, b"one, "));
    bytes.extend(served(0x00, &[b'y'; 300]));
    bytes.extend(served(0x80, b" three"));
    bytes.extend(served(0x89, b""));
    let whole = [b"one, ".as_slice(), &[b'y'; 300], b" three"].concat();
    let expected =
        [(Kind::Text, b"short".to_vec()), (Kind::Binary, long), (Kind::Text, whole), (Kind::Ping, Vec::new())];
    for piece in [1, 7, 300, 5_000, bytes.len()] {
        assert!(read(&bytes, piece) == expected, "in pieces of {piece}");
    }
}

#[test]
fn what_is_no_frame_of_a_server_is_refused() {
    for bytes in [&[0x81, 0x80][..], &[0xc1, 0], &[0x80, 0], &[0x83, 0]] {
        let mut inbox = Inbox::default();
        inbox.room()[..bytes.len()].copy_from_slice(bytes);
        inbox.filled(bytes.len());
        assert!(inbox.next().is_err(), "{bytes:?}");
    }
}

#[test]
fn a_clients_frame_is_masked() {
    let mut out = Vec::new();
    put(Kind::Text, b"40", &mut out);
    assert_eq!(out, [0x81, 0x82, 0, 0, 0, 0, b'4', b'0']);
    out.clear();
    put(Kind::Binary, &[7; 200], &mut out);
    assert_eq!(out[..8], [0x82, 0xfe, 0, 200, 0, 0, 0, 0]);
    assert_eq!(out.len(), 208);
}
