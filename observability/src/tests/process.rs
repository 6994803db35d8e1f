use std::time::{Duration, Instant};

use super::*;

#[test]
fn a_question_without_an_answer_does_not_delay_the_end() {
    let begun = Instant::now();
    let ended = finish(async {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(20)));
        tokio::task::yield_now().await;
        anyhow::bail!("It was asked to end.")
    });
    assert_eq!(ended.unwrap_err().to_string(), "It was asked to end.");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_cause_is_named_once() {
    let sentence = anyhow::anyhow!("It is gone.").context("The file cannot be read.");
    assert_eq!(with_causes(&sentence), "The file cannot be read. It is gone.");
    let naming = Err::<(), _>(anyhow::anyhow!("it is gone")).context("The file cannot be read: it is gone.");
    assert_eq!(
        with_causes(&naming.context("It failed").unwrap_err()),
        "It failed: The file cannot be read: it is gone."
    );
}
