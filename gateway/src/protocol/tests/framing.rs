use tokio_tungstenite::tungstenite::protocol::frame::Frame;

use super::*;

#[test]
fn a_frame_is_what_the_library_makes_of_the_whole_payload() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
        let payload = "x".repeat(length);
        let (begin, end) = payload.as_bytes().split_at(length / 3);
        for kind in [Data::Text, Data::Binary] {
            let mut ours = Vec::new();
            append(kind, &[begin, end], &mut ours);
            let mut theirs = Vec::new();
            Frame::message(payload.clone(), OpCode::Data(kind), true).format(&mut theirs).unwrap();
            assert!(ours == theirs, "{length} bytes");
        }
    }
}
