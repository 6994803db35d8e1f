use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;

#[test]
fn a_frame_is_what_the_library_makes_of_it() {
    for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
        let payload = "x".repeat(length);
        for (code, put) in [(Data::Text, 0), (Data::Binary, 1)] {
            let mut ours = Vec::new();
            if put == 0 {
                text(&payload, &mut ours);
            } else {
                binary(payload.as_bytes(), &mut ours);
            }
            let mut theirs = Vec::new();
            Frame::message(payload.clone(), OpCode::Data(code), true).format(&mut theirs).unwrap();
            assert!(ours == theirs, "{length} bytes");
        }
    }
}
