use std::sync::Mutex;

use anyhow::bail;
use serde_json::json;

use super::*;

/// How often each id was asked for.
type Asked = Mutex<HashMap<String, u32>>;

fn note(asked: &Asked, id: &str) -> u32 {
    let mut asked = asked.lock().unwrap();
    let count = asked.entry(id.to_owned()).or_default();
    *count += 1;
    *count
}

fn ids() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

#[tokio::test]
async fn only_what_is_not_through_is_asked_for_again() {
    let asked = Asked::default();
    let ask = async |id: &str| match (id, note(&asked, id)) {
        ("b", 1) => anyhow::Ok(None),
        ("c", 1) => bail!("the service is starting"),
        ("c", 2) => Ok(Some(json!({"state": "PENDING"}))),
        (_, count) => Ok(Some(json!({"state": "SENT", "count": count}))),
    };
    let found = followed("mails", ids(), Duration::from_mins(1), &ask, |value| value["state"] == "SENT").await.unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(*asked.lock().unwrap(), [("a", 1), ("b", 2), ("c", 3)].map(|(id, count)| (id.to_owned(), count)).into());
}

#[tokio::test]
async fn what_does_not_come_in_time_is_named() {
    let ask = async |id: &str| anyhow::Ok((id != "b").then(|| json!({})));
    let error = followed("invoices", ids(), Duration::ZERO, &ask, |_| true).await.unwrap_err().to_string();
    assert_eq!(error, "invoices: 1 of 3 not within 0ns; b has none");
}
