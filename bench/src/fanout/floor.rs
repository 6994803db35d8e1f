//! The limit of the fan-out: the plainest program that writes the same bytes to the same number of sockets and does nothing else. It reads
//! no Kafka, encodes nothing, and keeps no order, so what it uses is nearly all the kernel's price of the writes. No server is cheaper.

use std::env;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::round::ratio;
use super::server::Used;

/// How long the readers may take to connect.
const PATIENCE: Duration = Duration::from_secs(20);
/// The size of a send buffer, bytes, as the gateway sets it.
const SEND_BUFFER: u32 = 64 * 1024;
const BACKLOG: u32 = 1024;
/// The size of a frame with one position in JSON, bytes.
pub(super) const POSITION: usize = 285;

/// What to write.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Setup {
    /// Sockets.
    #[arg(long, default_value_t = 1_000)]
    pub(super) clients: usize,
    /// Writes to each of them in a second.
    #[arg(long, default_value_t = 20)]
    pub(super) rate: u32,
    /// Bytes of a write: with 285, one position in JSON.
    #[arg(long, default_value_t = POSITION)]
    pub(super) bytes: usize,
    /// Seconds of measurement.
    #[arg(long, default_value_t = 8)]
    pub(super) seconds: u32,
}

/// What the writes have cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) writes: u64,
    /// CPU seconds in the program's own code, and in the kernel on its behalf.
    pub(super) cpu: (f64, f64),
}

impl Cost {
    fn seconds(self) -> f64 {
        (self.cpu.0 + self.cpu.1).max(f64::EPSILON)
    }
}

/// Writes, with a thread for each processor, and prints what a write costs.
///
/// # Errors
/// When the readers do not keep up.
pub(crate) async fn measure(setup: Setup) -> Result<()> {
    let Setup { clients, rate, bytes, seconds } = setup;
    let cost = cost(setup).await?;
    println!(
        "{clients} sockets, {rate} writes of {bytes} bytes to each a second, {seconds} s: {:.0} writes per CPU-second, {:.1} µs each; \
         CPU s own + kernel {:.2} + {:.2}",
        ratio(cost.writes, 1) / cost.seconds(),
        cost.seconds() * 1e6 / ratio(cost.writes, 1),
        cost.cpu.0,
        cost.cpu.1,
    );
    Ok(())
}

/// Writes, with a thread for each processor.
///
/// # Errors
/// When the readers do not keep up.
pub(super) async fn cost(setup: Setup) -> Result<Cost> {
    let Setup { clients, rate, bytes, seconds } = setup;
    ensure!(
        clients > 0 && rate > 0 && bytes > 0 && seconds > 0,
        "--clients, --rate, --bytes and --seconds must be at least 1"
    );
    let socket = TcpSocket::new_v4()?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let listener = socket.listen(BACKLOG)?;
    let mut readers = Command::new(env::current_exe()?)
        .args(["floor-readers", &listener.local_addr()?.to_string(), &clients.to_string()])
        .kill_on_drop(true)
        .spawn()
        .context("the readers could not be started")?;
    let accept = async {
        let mut sockets = Vec::with_capacity(clients);
        while sockets.len() < clients {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            sockets.push(socket.into_std()?);
        }
        anyhow::Ok(sockets)
    };
    let sockets = timeout(PATIENCE, accept).await.context("not all readers connected")??;

    let before = Used::by(std::process::id())?;
    let rounds = rate * seconds;
    let writing = move || write_all(&sockets, &vec![b'x'; bytes], rate, rounds);
    tokio::task::spawn_blocking(writing).await??;
    let after = Used::by(std::process::id())?;
    readers.kill().await?;

    let writes = u64::from(rounds) * u64::try_from(clients)?;
    Ok(Cost { writes, cpu: (after.user - before.user, after.system - before.system) })
}

fn write_all(sockets: &[std::net::TcpStream], payload: &[u8], rate: u32, rounds: u32) -> Result<()> {
    let workers = available_parallelism().map_or(1, usize::from);
    let part = sockets.len().div_ceil(workers);
    thread::scope(|scope| {
        let writers: Vec<_> = sockets
            .chunks(part)
            .map(|sockets| scope.spawn(move || write_part(sockets, payload, rate, rounds)))
            .collect();
        for writer in writers {
            writer.join().map_err(|_| anyhow!("a writer failed"))??;
        }
        Ok(())
    })
}

/// Writes to some of the sockets, each time to one after the other.
fn write_part(sockets: &[std::net::TcpStream], payload: &[u8], rate: u32, rounds: u32) -> Result<()> {
    let began = Instant::now();
    let step = Duration::from_secs(1) / rate;
    for round in 0..rounds {
        thread::sleep((began + step * round).saturating_duration_since(Instant::now()));
        for mut socket in sockets {
            match socket.write(payload) {
                Ok(count) if count == payload.len() => {}
                Ok(_) => bail!("a reader does not keep up; write less"),
                Err(error) if error.kind() == ErrorKind::WouldBlock => bail!("a reader does not keep up; write less"),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Connects so many times, and reads until the other side ends.
///
/// # Errors
/// When it cannot connect.
pub(crate) async fn read(from: SocketAddr, clients: usize) -> Result<()> {
    let mut readers = JoinSet::new();
    for _ in 0..clients {
        let mut stream = TcpStream::connect(from).await?;
        readers.spawn(async move {
            let mut room = vec![0; 16 * 1024];
            while stream.read(&mut room).await? > 0 {}
            anyhow::Ok(())
        });
    }
    while let Some(ended) = readers.join_next().await {
        ended??;
    }
    Ok(())
}
