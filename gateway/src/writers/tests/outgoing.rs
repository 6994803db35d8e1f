use super::*;
use crate::protocol::subscription::Mode;
use crate::testing::{delivery, fix};

const JSON: Kind = Kind { mode: Mode::Latest, form: Form::Json, batch: false };

fn position(seq: u64) -> Outgoing {
    Outgoing::Position(Arc::new(EncodedPosition::new(&delivery("d1"), fix(seq, [-47.9, -15.8]), None)))
}

/// The payloads of frames of less than 64 KiB, with their first byte.
fn payloads(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while let [first, length, rest @ ..] = bytes {
        let (length, rest) = match length {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            short => (usize::from(*short), rest),
        };
        found.push((*first, rest[..length].to_vec()));
        bytes = &rest[length..];
    }
    found
}

#[test]
fn positions_in_a_row_share_a_frame_where_a_client_wants_that_and_everything_keeps_its_order() {
    let view = frames::delivery(&delivery("d1"));
    let messages = || [position(1), position(2), Outgoing::Text(view.clone()), position(3)];
    for (kind, expected) in [
        (JSON, vec![1, 1, 0, 1]),
        (Kind { batch: true, ..JSON }, vec![2, 0, 1]),
        (Kind { form: Form::Binary, ..JSON }, vec![1, 1, 0, 1]),
        (Kind { form: Form::Binary, batch: true, ..JSON }, vec![2, 0, 1]),
    ] {
        let (bytes, written) = encode(kind, &messages());
        let payloads = payloads(&bytes);
        assert_eq!(payloads.len(), expected.len(), "{kind:?}");
        assert_eq!(written.frames, expected.len(), "{kind:?}");
        for ((first, payload), count) in payloads.iter().zip(expected) {
            let binary = kind.form == Form::Binary && count > 0;
            assert_eq!(*first, if binary { 0x82 } else { 0x81 }, "{kind:?}");
            if count == 0 {
                assert_eq!(payload.as_slice(), view.as_bytes(), "{kind:?}");
            } else if !binary {
                let found = String::from_utf8_lossy(payload).matches(r#""seq":"#).count();
                assert_eq!(found, count, "{kind:?}");
            }
        }
    }
    let (bytes, written) = encode(JSON, &[]);
    assert!(bytes.is_empty() && written == Written::new(0, std::iter::empty()));
}
