//! The demo's Prometheus, asked as Grafana and Kiali ask it.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::{PATIENCE, http};

/// As in `cluster/lib.sh`.
const ADDRESS: &str = "http://127.0.0.1:29090";
/// A scrape, and what is written before it.
const SETTLED: Duration = Duration::from_secs(12);

async fn get(path: &str) -> Result<Value> {
    let (status, answer) = http::ask(Method::GET, &format!("{ADDRESS}{path}"), None).await?;
    ensure!(status == StatusCode::OK, "{path}: {answer}");
    Ok(answer["data"].clone())
}

/// What it scrapes at present.
///
/// # Errors
/// When it does not answer.
pub async fn targets() -> Result<Vec<Value>> {
    let found = get("/api/v1/targets?state=active").await?;
    Ok(found["activeTargets"].as_array().context("a list of targets")?.clone())
}

/// The result of a query now.
///
/// # Errors
/// When it refuses the query.
pub async fn query(expression: &str) -> Result<Vec<Value>> {
    let mut path = "/api/v1/query?query=".to_owned();
    for byte in expression.bytes() {
        write!(path, "%{byte:02X}")?;
    }
    Ok(get(&path).await?["result"].as_array().context("a list of results")?.clone())
}

/// The sum of all results of a query now; 0 without a result.
///
/// # Errors
/// When it refuses the query.
pub async fn sum(expression: &str) -> Result<f64> {
    let found = query(expression).await?;
    Ok(found.iter().filter_map(|one| one["value"][1].as_str()?.parse::<f64>().ok()).sum())
}

/// Waits until a query has this value, and still has it after everything that has happened is counted.
///
/// # Errors
/// When it has another value then; the error has it.
pub async fn exactly(expression: &str, expected: f64) -> Result<()> {
    let began = Instant::now();
    loop {
        let found = sum(expression).await?;
        if (found - expected).abs() < 0.5 {
            break;
        }
        ensure!(began.elapsed() < PATIENCE, "after {PATIENCE:?} {expression} is {found} instead of {expected}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::sleep(SETTLED).await;
    let found = sum(expression).await?;
    ensure!((found - expected).abs() < 0.5, "{expression} is {found} instead of {expected}");
    Ok(())
}

/// The value of a query once everything that has happened is counted.
///
/// # Errors
/// When it refuses the query.
pub async fn settled(expression: &str) -> Result<f64> {
    tokio::time::sleep(SETTLED).await;
    sum(expression).await
}
