use super::*;

fn row(name: &str, phase: DeliveryPhase, percent: u32) -> Row {
    Row {
        name: name.into(),
        courier: "moto-7".into(),
        phase,
        percent,
        arrives_at: Some(Timestamp::from_second(68).unwrap()),
        finished_at: Some(Timestamp::from_second(109).unwrap()),
        started_at: Some(Timestamp::UNIX_EPOCH),
        speed: "62 km/h".into(),
        message: String::new(),
    }
}

#[test]
fn a_frame_fits_the_terminal() {
    let rows: Vec<_> =
        (0..30).map(|at| row(&format!("primeiro-{at}-{}", "x".repeat(at)), DeliveryPhase::Running, 37)).collect();
    let rows: Vec<_> = rows.iter().collect();
    for (width, height) in [(20, 4), (80, 24), (200, 50)] {
        let lines = frame(&rows, Timestamp::UNIX_EPOCH, Size { width, height });
        assert!(lines.len() <= height, "{width}×{height}");
        assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
    }
    let lines = frame(&rows, Timestamp::UNIX_EPOCH, Size { width: 80, height: 24 });
    assert_eq!(lines.last().unwrap(), "… and 8 more");
    assert_eq!(frame(&[], Timestamp::UNIX_EPOCH, Size { width: 10, height: 4 }), ["No delive…"]);
}

#[test]
fn a_row_shows_progress_and_time_left_or_taken() {
    let (running, finished) = (row("a", DeliveryPhase::Running, 50), row("b", DeliveryPhase::Finished, 100));
    let mut waiting = row("c", DeliveryPhase::Pending, 0);
    waiting.message = "The DeliveryRoute x does not exist\u{1b}[2J.".into();
    let lines = frame(&[&running, &finished, &waiting], Timestamp::UNIX_EPOCH, Size { width: 76, height: 24 });
    assert_eq!(lines[0], "NAME   COURIER   PHASE       PROGRESS                        ETA     SPEED");
    assert_eq!(lines[1], "a      moto-7    Running     ████████████············  50%   68s     62 km/h");
    assert!(lines[2].contains("100%   109s"), "{}", lines[2]);
    assert!(lines[3].ends_with('…') && !lines[3].contains('\u{1b}'), "{}", lines[3]);
    assert_eq!(line(&running, Timestamp::UNIX_EPOCH), "a Running 50%, 68s left");
    assert_eq!(line(&finished, Timestamp::UNIX_EPOCH), "b Finished 100% after 109s");
    assert!(line(&waiting, Timestamp::UNIX_EPOCH).starts_with("c Pending 0%: The DeliveryRoute x"));
}

#[test]
fn a_bar_keeps_its_width_and_grows_by_eighths() {
    assert!((0..=100).all(|percent| progress_bar(percent, 10).chars().count() == 10));
    assert_eq!([0, 1, 56, 100].map(|percent| progress_bar(percent, 5)), ["·····", "·····", "██▊··", "█████"]);
}
