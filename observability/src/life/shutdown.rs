//! The request to end: SIGTERM from Kubernetes, or ctrl-C at a terminal.

use tokio::signal::unix::{SignalKind, signal};

/// Waits until the process is asked to end.
///
/// # Errors
/// When the system does not allow listening to signals.
pub async fn requested() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
