use super::*;

#[tokio::test]
async fn without_minutes_what_there_is_is_summed_up_and_nothing_is_missed() {
    let results = std::env::temp_dir().join(delivery_e2e::unique("grid")).with_extension("jsonl");
    fs::write(&results, "{\"key\": \"1000 idle/nats\", \"figures\": {\"idleKib\": 38.6}}\n").unwrap();
    let setup = Setup {
        points: Vec::new(),
        servers: vec![Contestant::Nats],
        idle: vec![1_000, 10_000],
        rounds: 1,
        warm_up: 1,
        seconds: 1,
        minutes: 0,
        results: results.clone(),
        kafka: String::new(),
        gateway: PathBuf::new(),
        peers: PathBuf::new(),
    };
    let outcome = measure(&setup).await;
    let table = fs::read_to_string(results.with_extension("md")).unwrap();
    for extension in ["jsonl", "md", "json"] {
        fs::remove_file(results.with_extension(extension)).unwrap();
    }
    outcome.unwrap();
    assert!(table.contains("| 1000 | nats | 38.6 |"), "{table}");
}
