use super::*;

#[test]
fn latitude_comes_first_and_the_last_line_needs_no_end() {
    let track = read("# Primeiro\n-15.82594,-47.92923\r\n\n -15.82942 , -47.92765").unwrap();
    assert_eq!(track.points[0], Point { position: [-47.92923, -15.82594], line: Some(2) });
    assert_eq!(track.points[1], Point { position: [-47.92765, -15.82942], line: Some(4) });
}

#[test]
fn a_line_that_is_not_a_point_is_named() {
    for (text, expected) in [
        ("-15,-47\nfoo", "Line 2 is not a point: it has no comma"),
        ("-15,-47\n-15,west", "Line 2 is not a point: its longitude \"west\" is not a number"),
        ("-15;-47", "Line 1 is not a point: it has no comma"),
        ("1,2,3", "its longitude \"2,3\" is not a number"),
        ("NaN,2", "its latitude \"NaN\" is not a number"),
        ("-115.8,-47.9", "its latitude -115.8 is outside -90 to 90"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
