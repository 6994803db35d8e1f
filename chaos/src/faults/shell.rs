//! Runs the commands that the user has given, for what this program cannot do itself.

use std::process::Stdio;

use anyhow::{Result, ensure};
use tokio::process::Command;

/// Runs a command of the user; the error contains the end of its output.
pub(crate) async fn shell(command: &str) -> Result<()> {
    let ran = Command::new("bash").arg("-c").arg(command).stdin(Stdio::null()).output().await?;
    let output = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    let tail: Vec<&str> = output.lines().rev().take(10).collect();
    ensure!(ran.status.success(), "{command} failed: {}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    Ok(())
}
