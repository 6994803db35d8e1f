use delivery_fuzz::Fuzz;

use super::*;

fn origin(record: &str, at: i64) -> Origin {
    Origin { record: record.to_owned(), at, ..Origin::default() }
}

#[test]
fn a_command_acts_only_if_it_is_newer_than_the_last_that_did() {
    let last = annotation(&origin("delivery.command/2/41", 5_000));
    let outdated = |record: &str, at| is_outdated(&origin(record, at), &last);
    assert!(outdated("delivery.command/2/41", 5_000), "it comes again");
    assert!(outdated("delivery.command/2/7", 4_000));
    assert!(outdated("delivery.command/2/7", 5_000), "in the same millisecond");
    assert!(!outdated("delivery.command/2/42", 5_000));
    assert!(!outdated("delivery.command/2/42", 4_000), "offsets are right, whatever the clock says");
    assert!(!outdated("delivery.command/2/0", 6_000), "the topic was made anew");
    assert!(outdated("delivery.command/1/99", 4_999), "in another partition, the time counts");
    assert!(!outdated("delivery.command/1/0", 5_000));
    let timeless = annotation(&origin("delivery.command/2/41", i64::MAX));
    assert!(!is_outdated(&origin("delivery.command/1/0", 5_000), &timeless));
    for nothing in ["", "any", "a/b@c", "@"] {
        assert!(!is_outdated(&origin("delivery.command/2/41", 5_000), nothing), "{nothing}");
    }
}

#[test]
fn fuzzed_annotations_never_let_a_command_act_twice() {
    let report = Fuzz::new("command-annotation").run(|input| {
        let Ok(text) = std::str::from_utf8(input) else { return "not text" };
        let (record, at) = text.rsplit_once('@').unwrap_or((text, "0"));
        let command = origin(record, at.parse().unwrap_or_default());
        let again = is_outdated(&command, &annotation(&command));
        assert!(command.at == i64::MAX || place(record).is_none() || again, "{command:?} would act again");
        if is_outdated(&origin("delivery.command/2/41", 5_000), text) { "outdated" } else { "newer" }
    });
    report.reached(&["outdated", "newer"]);
}
