//! Asks the gateway what Elasticsearch has of each delivery, and waits a little for what the sink has still to write: the shell around
//! [`super::comparison`].

use super::comparison::{Comparison, LogSide};
use super::report::SinkReport;
use crate::error::Error;
use crate::gateway::{Gateway, encoded};
use crate::output::counted;
use delivery_messages::{LngLat, Millis, NewPosition};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many deliveries are asked for at once: the gateway answers four questions at a time, and not for us alone.
const AT_ONCE: usize = 3;
/// The most positions of a page.
const PAGE: usize = 5_000;
/// How long one page may be not to be had.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest pause before the index is looked at again.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// A day, milliseconds; an index keeps or loses whole ones.
const DAY: Millis = 86_400_000;

#[derive(Deserialize)]
struct Extent {
    oldest: Option<Millis>,
}

#[derive(Deserialize)]
struct Page {
    positions: Vec<Indexed>,
    next: Option<u64>,
}

/// A position as the gateway tells it, latitude first.
#[derive(Deserialize)]
struct Indexed {
    seq: u64,
    at: Millis,
    position: [f64; 2],
    speed: f64,
    heading: f64,
    progress: f64,
    finished: bool,
}

impl From<Indexed> for NewPosition {
    fn from(found: Indexed) -> Self {
        let Indexed { seq, at, position: [lat, lng], speed, heading, progress, finished } = found;
        let position: LngLat = [lng, lat];
        let (route_id, client_id, delivery_id) = Default::default();
        Self { route_id, client_id, delivery_id, seq, at, position, speed, heading, progress, finished }
    }
}

/// Compares what the log has of each delivery, by its id, with the index. What the index lacks is waited for, no longer than `wait`
/// from now.
///
/// # Errors
/// When the gateway has no answer.
pub async fn compare(
    gateway: &Gateway,
    deliveries: impl IntoIterator<Item = (String, LogSide)>,
    wait: Duration,
) -> Result<HashMap<String, SinkReport>, Error> {
    let deadline = Instant::now() + wait;
    let Extent { oldest } = gateway.ask("/history", PATIENCE).await?;
    let kept_since = oldest.map(|oldest| oldest.div_euclid(DAY) * DAY);
    let fresh = deliveries.into_iter().map(|(id, log)| (id, Comparison::new(log, kept_since), None)).collect();
    let (mut all, mut open) = look(gateway, fresh).await?;
    let mut pause = Duration::from_secs(1);
    while !open.is_empty() {
        let now = Instant::now();
        if now >= deadline {
            break;
        }
        if pause == Duration::from_secs(1) {
            let positions: u64 = open.iter().map(|(_, comparison)| comparison.open()).sum();
            eprintln!(
                "Waiting up to {} s for the sink, which has not dealt with {} of {} yet.",
                wait.as_secs(),
                counted(positions, "position", "positions"),
                counted(open.len() as u64, "delivery", "deliveries"),
            );
        }
        sleep(pause.min(deadline - now)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        let again = open.into_iter().map(|(id, mut comparison)| {
            let after = comparison.rewind();
            (id, comparison, after)
        });
        let (closed, still) = look(gateway, again.collect()).await?;
        all.extend(closed);
        open = still;
    }
    all.extend(open);
    Ok(all.into_iter().map(|(id, comparison)| (id, comparison.report())).collect())
}

type Looked = Vec<(String, Comparison)>;

/// Reads what the index has of each of these after a seq. The answer is those that another look could change nothing of, and those
/// that one could.
async fn look(
    gateway: &Gateway,
    deliveries: Vec<(String, Comparison, Option<u64>)>,
) -> Result<(Looked, Looked), Error> {
    let looks = deliveries.into_iter().map(|(id, mut comparison, mut after)| async move {
        loop {
            let from = after.map(|after| format!("&after={after}")).unwrap_or_default();
            let path = format!("/history/deliveries/{}/positions?limit={PAGE}{from}", encoded(&id));
            let page: Page = gateway.ask(&path, PATIENCE).await?;
            page.positions.into_iter().for_each(|found| comparison.take(&found.into()));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let again = comparison.end();
        Ok::<_, Error>((again, (id, comparison)))
    });
    let looked: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).try_collect().await?;
    let (open, closed): (Vec<_>, Vec<_>) = looked.into_iter().partition(|(again, _)| *again);
    let bare = |all: Vec<(bool, (String, Comparison))>| all.into_iter().map(|(_, one)| one).collect();
    Ok((bare(closed), bare(open)))
}

#[cfg(test)]
mod tests {
    use super::super::prints::Prints;
    use super::super::report::SinkVerdict;
    use super::*;
    use crate::gateway::GatewayArguments;
    use serde_json::{Value, json};
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const START: Millis = 1_795_340_000_000;

    fn told(seq: u64) -> Value {
        json!({"seq": seq, "at": START + i64::try_from(seq).unwrap_or_default(), "position": [-15.8, -47.9], "speed": 8.5,
            "heading": 90.0, "progress": 0.5, "finished": false})
    }

    fn log(count: u64) -> LogSide {
        let mut prints = Prints::default();
        for seq in 0..count {
            let found: Indexed = serde_json::from_value(told(seq)).unwrap();
            prints.add(&found.into());
        }
        LogSide { prints, over: true, ..LogSide::default() }
    }

    /// A gateway that answers each path so, and what it was asked.
    async fn gateway(mut answer: impl FnMut(&str) -> Value + Send + 'static) -> (Gateway, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let length = socket.read(&mut request).await.unwrap_or_default();
                let text = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                let body = answer(&path).to_string();
                notes.lock().unwrap().push(path);
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = socket.write_all((head + &body).as_bytes()).await;
            }
        });
        (GatewayArguments { gateway: Some(address) }.typed().unwrap(), asked)
    }

    #[tokio::test]
    async fn what_the_sink_has_still_to_write_is_asked_for_again_from_there() {
        let mut looks = 0;
        let (gateway, asked) = gateway(move |path| match path {
            "/history" => json!({"oldest": START}),
            // The first look finds a page that leads on, and then the end too early.
            "/history/deliveries/d%2D1/positions?limit=5000" => json!({"positions": [told(0), told(1)], "next": 1}),
            "/history/deliveries/d%2D1/positions?limit=5000&after=1" => {
                looks += 1;
                let found = if looks == 1 { vec![] } else { vec![told(2), told(3)] };
                json!({"positions": found, "next": null})
            }
            other => panic!("nobody should ask for {other}"),
        })
        .await;
        let found = compare(&gateway, [("d-1".to_owned(), log(4))], Duration::from_secs(30)).await.unwrap();
        assert_eq!((found["d-1"].verdict, found["d-1"].indexed), (SinkVerdict::Same, 4));
        assert_eq!(asked.lock().unwrap().len(), 4, "the first page was not asked for again");
    }

    #[tokio::test]
    async fn the_wait_has_an_end() {
        let (gateway, _) = gateway(|path| match path {
            "/history" => json!({"oldest": null}),
            _ => json!({"positions": [], "next": null}),
        })
        .await;
        let begun = Instant::now();
        let found = compare(&gateway, [("d1".to_owned(), log(4))], Duration::from_secs(2)).await.unwrap();
        assert_eq!((found["d1"].verdict, found["d1"].missing), (SinkVerdict::Behind, 4));
        assert!((2..10).contains(&begun.elapsed().as_secs()));
    }
}
