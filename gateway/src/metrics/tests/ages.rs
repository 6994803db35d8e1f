use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::histogram::Histogram;
use proptest::prelude::*;

use super::*;
use crate::metrics::Metrics;
use crate::protocol::subscription::{Form, Mode};

const SINGLES: Kind = Kind { mode: Mode::All, form: Form::Json, batch: false };
const BATCHES: Kind = Kind { batch: true, ..SINGLES };
const LATEST: Kind = Kind { mode: Mode::Latest, ..SINGLES };
const NOW: Millis = 100_000;

/// The registered metrics, and all that they say.
fn metrics() -> (Metrics, impl Fn() -> String) {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    let text = move || {
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    };
    (metrics, text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a shard counts together is what it would have counted one by one, to the last bucket.
    #[test]
    fn a_tally_counts_what_each_write_by_itself_would(
        bursts in prop::collection::vec(
            prop::collection::vec((0..3_usize, 0..4_usize, prop::collection::vec(30_000..NOW + 100, 0..4)), 0..20),
            0..6,
        ),
    ) {
        let ((together, shown_together), (alone, shown_alone)) = (metrics(), metrics());
        let mut tally = Tally::default();
        for burst in bursts {
            for (which, frames, due) in burst {
                let kind = [SINGLES, BATCHES, LATEST][which];
                let written = Written::new(frames, due.into_iter());
                tally.note(kind, &together.sent(kind), &written);
                alone.sent(kind).written(&written, NOW);
            }
            tally.settle(NOW);
            // Nothing is counted twice.
            tally.settle(NOW);
        }
        // Looking up the counters of a kind creates them, in any order.
        let lines = |text: String| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(lines(shown_together()), lines(shown_alone()));
    }

    /// The buckets are those of any other histogram.
    #[test]
    fn ages_fall_into_the_buckets_of_the_library(ages in prop::collection::vec(-1_000..100_000_i64, 0..50)) {
        let (ours, theirs) = (WrittenAges::default(), Histogram::new(AGES));
        ours.observe(ages.iter().map(|age| (*age, 1)));
        for age in &ages {
            theirs.observe(units::seconds(*age));
        }
        let mut registries = [Registry::default(), Registry::default()];
        registries[0].register("age", "Age", ours);
        registries[1].register("age", "Age", theirs);
        let [ours, theirs] = registries.map(|registry| {
            let mut text = String::new();
            encode(&mut text, &registry).unwrap();
            // The library's sum of floats differs in the last digits.
            text.lines().filter(|line| !line.starts_with("age_sum")).map(str::to_owned).collect::<Vec<_>>()
        });
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn a_bound_belongs_to_its_bucket_and_the_sum_is_exact() {
    let ages = WrittenAges::default();
    ages.observe([(5, 2), (6, 1), (70_000, 3), (-4, 1)].into_iter());
    let mut registry = Registry::default();
    registry.register("age", "Age", ages);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for line in [
        "age_sum 210.016",
        "age_count 7",
        "age_bucket{le=\"0.005\"} 3",
        "age_bucket{le=\"0.01\"} 4",
        "age_bucket{le=\"60.0\"} 4",
        "age_bucket{le=\"+Inf\"} 7",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
