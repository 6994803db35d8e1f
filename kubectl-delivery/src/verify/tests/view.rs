use delivery_verify::report::{Problem, SinkCause, SinkDifference, SinkProblem, SinkVerdict};

use super::*;

fn report(name: &str, verdict: Verdict) -> DeliveryReport {
    DeliveryReport {
        delivery_id: "8f6a".into(),
        name: name.into(),
        namespace: "shop".into(),
        positions: 219,
        gaps: 0,
        repeats: 4,
        reordered: 0,
        wrong: 0,
        late_max_milliseconds: Some(48),
        caught_up: 0,
        finished: 1,
        verdict,
        reason: None,
        faults: Vec::new(),
        sink: None,
    }
}

#[test]
fn the_index_follows_the_verdict_on_the_log() {
    let missing = SinkFault { problem: SinkProblem::Missing, seq: 7, found: String::new() };
    let sink = SinkReport {
        indexed: 218,
        missing: 1,
        expired: 0,
        doubled: 0,
        different: 0,
        extra: 0,
        verdict: SinkVerdict::Broken,
        faults: vec![missing],
        differences: Vec::new(),
    };
    let reports = [DeliveryReport { sink: Some(sink), ..report("primeiro", Verdict::Complete) }];
    let text = table(&reports, false, false);
    assert!(
        text.lines().next().unwrap().ends_with("VERDICT    INDEXED   MISSING   DOUBLED   DIFFERENT   EXTRA   SINK"),
        "{text}"
    );
    assert!(
        text.lines().nth(1).unwrap().ends_with("complete       218         1         0           0       0   broken"),
        "{text}"
    );
    assert!(table(&reports, true, true).contains("SINK     EXPIRED   CAUGHT-UP   ID"));
    let mut sum = Summary::default();
    sum.add(&reports[0]);
    assert_eq!(summary(&sum), "1 delivery, 219 positions: 1 complete\nSink: 1 broken\n");
    assert!(sum.fails(false));
    assert!(sink_faults(&reports).ends_with("primeiro     7   missing   -\n"), "{}", sink_faults(&reports));
    assert_eq!(sink_faults(&[report("primeiro", Verdict::Complete)]), "");
}

#[test]
fn why_the_index_differs_is_told_in_a_sentence_per_cause() {
    let cause = |cause, count, examples: &[&str]| SinkDifference {
        cause,
        count,
        examples: examples.iter().map(|example| (*example).to_owned()).collect(),
    };
    let sink = SinkReport {
        indexed: 219,
        missing: 0,
        expired: 0,
        doubled: 0,
        different: 2,
        extra: 1,
        verdict: SinkVerdict::Broken,
        faults: Vec::new(),
        differences: vec![
            cause(SinkCause::LaterRecord, 2, &["seq 17 (partition 2, offset 41)", "seq 18 (partition 2, offset 42)"]),
            cause(SinkCause::BeyondEnd, 1, &["seq 219"]),
        ],
    };
    let text = sink_faults(&[DeliveryReport { sink: Some(sink), ..report("primeiro", Verdict::Broken) }]);
    assert_eq!(
        text,
        "\nprimeiro: 2 positions in the index are what later records of their seq say, while every reader keeps the first: \
         seq 17 (partition 2, offset 41); seq 18 (partition 2, offset 42).\n\
         primeiro: 1 position in the index is beyond the end of the route: seq 219.\n\
         How to correct an index: docs/sink.md, Correcting the index.\n"
    );
}

#[test]
fn the_table_and_the_summary_are_as_documented() {
    let reports = [report("primeiro", Verdict::Complete)];
    let mut sum = Summary::default();
    sum.add(&reports[0]);
    assert_eq!(
        table(&reports, false, false),
        "DELIVERY   POSITIONS   GAPS   REPEATS   REORDERED   WRONG   LATE-MAX   FINISHED   VERDICT\n\
             primeiro         219      0         4           0       0      48 ms   once       complete\n"
    );
    assert_eq!(summary(&sum), "1 delivery, 219 positions: 1 complete\n");
    assert_eq!(faults(&reports), "");
    assert!(table(&reports, true, true).lines().nth(1).unwrap().starts_with("shop        primeiro"));
    sum.unreadable = 2;
    assert!(summary(&sum).contains("2 records are not a position of any delivery"));
}

#[test]
fn faults_and_reasons_follow_the_table() {
    let mut broken = report("", Verdict::Broken);
    broken.faults.push(Fault {
        problem: Problem::Gap,
        partition: 3,
        offset: 41,
        seq: Some(9),
        expected: "seq 7".into(),
        found: "seq 9".into(),
    });
    let mut gone = report("segundo", Verdict::Unverifiable);
    gone.reason = Some("Its plan is not in the log.".into());
    let text = faults(&[broken, gone]);
    assert!(text.contains("8f6a               3       41     9   gap       seq 7      seq 9\n"), "{text}");
    assert!(text.ends_with("segundo is unverifiable: Its plan is not in the log.\n"), "{text}");
}
