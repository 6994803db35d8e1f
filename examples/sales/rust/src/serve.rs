//! Shows the counts over HTTP to whoever asks, such as the page of the demo. Apart from the consumer, which is to be copied without it.
//!
//! Every request gets the same answer: `{"products": [{"product", "quantity", "totalCents"}]}`, as the file has it now. There is one at a
//! time, and each has a second.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long a client may take.
const LIMIT: Duration = Duration::from_secs(1);
/// The maximum size of a request's head, bytes.
const HEAD: usize = 8_192;

/// What is shown of the file: of each product how many were sold, for how many cents.
#[derive(Default, Deserialize)]
struct Kept {
    products: BTreeMap<String, (i64, i64)>,
}

/// Listens at `host:port`, if there is one, in a thread of its own.
pub(crate) fn start(address: Option<String>, file: &str) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    let listener = TcpListener::bind(&address)
        .with_context(|| format!("Cannot listen at {address}; set LISTEN to the host:port of a free port"))?;
    let file = file.to_owned();
    thread::spawn(move || {
        for client in listener.incoming() {
            if let Err(error) = client.map_err(Into::into).and_then(|client| answer(client, &file)) {
                eprintln!("A request was not answered: {error}");
            }
        }
    });
    Ok(())
}

fn answer(mut client: TcpStream, file: &str) -> Result<()> {
    client.set_read_timeout(Some(LIMIT))?;
    client.set_write_timeout(Some(LIMIT))?;
    let (mut head, end) = (Vec::new(), Instant::now() + LIMIT);
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let mut part = [0; 1_024];
        let count = client.read(&mut part)?;
        if count == 0 || head.len() > HEAD || Instant::now() > end {
            return Ok(());
        }
        head.extend_from_slice(part.get(..count).unwrap_or_default());
    }
    let body = body(&fs::read(file).unwrap_or_default())?;
    write!(
        client,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(())
}

/// The answer's body, from the file's content; there is none before the first purchase.
fn body(content: &[u8]) -> serde_json::Result<String> {
    let kept = if content.is_empty() { Kept::default() } else { serde_json::from_slice(content)? };
    let products = kept.products.into_iter();
    let products: Vec<Value> = products
        .map(|(product, (quantity, cents))| json!({"product": product, "quantity": quantity, "totalCents": cents}))
        .collect();
    Ok(json!({"products": products}).to_string())
}

#[cfg(test)]
#[path = "tests/serve.rs"]
mod tests;
