use std::fs;

use super::*;

/// A corpus in a folder of its own, which is removed in the end.
struct Corpus(Fuzz);

impl Corpus {
    fn new(name: &str, inputs: &[&[u8]]) -> Self {
        let folder = std::env::temp_dir().join(format!("fuzz-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (place, input) in inputs.iter().enumerate() {
            fs::write(folder.join(place.to_string()), input).unwrap();
        }
        Self(Fuzz { folder, ..Fuzz::new(name) })
    }

    /// What a run that must fail says, and the inputs that it kept.
    fn failure(&self, parser: impl FnMut(&[u8]) -> &'static str) -> (String, Vec<Vec<u8>>) {
        let fuzz = self.0.clone();
        let failed = catch_unwind(AssertUnwindSafe(|| fuzz.run(parser))).expect_err("it fails");
        let kept = fs::read_dir(&self.0.folder).unwrap().map(|entry| entry.unwrap().path());
        let kept = kept.filter(|path| path.to_string_lossy().contains("found-"));
        (message(&*failed).to_owned(), kept.map(|path| fs::read(path).unwrap()).collect())
    }
}

impl Drop for Corpus {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0.folder).unwrap();
    }
}

#[test]
fn a_run_makes_many_inputs_and_begins_with_those_of_the_corpus() {
    let corpus = Corpus::new("many", &[b"{\"a\":1}", b"{\"b\":2}"]);
    let mut seen = Vec::new();
    let report = corpus.0.clone().run(|input| {
        seen.push(input.to_vec());
        if serde_json::from_slice::<serde_json::Value>(input).is_ok() { "json" } else { "text" }
    });
    assert_eq!(seen[..2], [b"{\"a\":1}".to_vec(), b"{\"b\":2}".to_vec()]);
    assert_eq!(report.inputs(), seen.len() as u64);
    assert!(report.inputs() > 100, "{report}");
    report.reached(&["json"]);
}

#[test]
fn a_run_has_a_megabyte_in_each_text_on_demand() {
    let corpus = Corpus::new("swollen", &[b"{\"a\":\"1\",\"b\":\"2\"}"]);
    let mut long = 0;
    let report = corpus.0.clone().swollen().run(|input| {
        long += usize::from(input.len() > 1 << 20);
        "read"
    });
    assert_eq!(long, 2, "{report}");
}

#[test]
fn an_input_that_panics_is_found_and_kept_and_the_message_says_how_to_go_on() {
    let corpus = Corpus::new("panics", &[b"{\"a\":1}"]);
    let (message, kept) = corpus.failure(|input| {
        assert!(!input.contains(&b'9'), "a nine");
        "read"
    });
    assert!(message.contains("panics failed on an input of") && message.contains("it panicked: a nine."), "{message}");
    assert!(
        message.contains("FUZZ_SEED=") && message.contains("cargo test -p delivery-fuzz run::tests::an_input"),
        "{message}"
    );
    assert!(matches!(&kept[..], [input] if input.contains(&b'9')), "{kept:?}");
}

#[test]
fn memory_beyond_the_bound_fails() {
    let corpus = Corpus::new("memory", &[b"12345678"]);
    let (message, kept) = corpus.failure(|input| {
        let taken = vec![1_u8; 2 * 1024 * 1024 + input.len()];
        if taken.contains(&0) { "never" } else { "read" }
    });
    assert!(message.contains("bytes of memory, and may take 1050624"), "{message}");
    assert_eq!(kept, [b"12345678"]);
}

#[test]
fn processor_time_beyond_the_bound_fails_and_waiting_does_not() {
    let mut corpus = Corpus::new("time", &[b"1"]);
    corpus.0.time = Duration::from_millis(50);
    let mut waited = false;
    let (message, _) = corpus.failure(|_| {
        if !waited {
            waited = true;
            std::thread::sleep(Duration::from_millis(100));
            return "waited";
        }
        let begun = processor_time();
        while processor_time().saturating_sub(begun) < Duration::from_millis(60) {}
        "worked"
    });
    assert!(waited && message.contains("of processor time, and may take 50ms"), "{message}");
}
