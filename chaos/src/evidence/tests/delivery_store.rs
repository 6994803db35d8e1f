use super::*;

#[test]
fn a_document_must_be_there_be_finished_and_have_the_true_last_position() {
    let truth = ExpectedEnd { last: Fix { seq: 3, coordinates: [-10_000_000, 20_000_000] }, at: 0 };
    let document = |phase: &str, seq: i64, lng: f64| doc! {"statePhase": phase, "seq": seq, "position": [lng, 2.0]};
    assert_eq!(objection(Some(&document("Finished", 3, -1.0)), &truth), None);
    for wrong in [document("Running", 3, -1.0), document("Finished", 2, -1.0), document("Finished", 3, 1.0), doc! {}] {
        assert!(objection(Some(&wrong), &truth).is_some(), "{wrong}");
    }
    assert!(objection(None, &truth).is_some());
}
