//! The memory that large answers may take together while their clients read them.
//!
//! An answer is up to some megabytes, and a client that does not read it keeps it in memory. Each answer counts until the last of its bytes has
//! been written to a socket.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit in which memory is counted, bytes.
const UNIT: usize = 1024;

/// The memory for answers.
pub struct AnswerMemory {
    free: Arc<Semaphore>,
    units: usize,
}

/// An answer that is held in memory; hyper drops it once it is written.
struct HeldAnswer {
    bytes: Vec<u8>,
    _units: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for HeldAnswer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AnswerMemory {
    /// So many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let units = bytes.div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(units)), units }
    }

    /// The answer, which counts until it is dropped; none when others that are still being read leave no place for it.
    #[must_use]
    pub fn hold(&self, bytes: Vec<u8>) -> Option<Bytes> {
        // One that is larger than all the memory is served when it is alone.
        let units = u32::try_from(bytes.len().div_ceil(UNIT).min(self.units)).ok()?;
        let units = Arc::clone(&self.free).try_acquire_many_owned(units).ok()?;
        Some(Bytes::from_owner(HeldAnswer { bytes, _units: units }))
    }
}

#[cfg(test)]
#[path = "tests/answers.rs"]
mod tests;
