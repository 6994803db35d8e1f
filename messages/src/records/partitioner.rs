//! The partition of a key, as Java's and librdkafka's `murmur2_random` partitioners choose it.
//!
//! `MurmurHash2` by Austin Appleby in the 32-bit form and with the seed of Kafka's `Utils.murmur2`; bytes are signed in Java,
//! which makes no difference to the arithmetic below.

const SEED: u32 = 0x9747_b28c;
const M: u32 = 0x5bd1_e995;
const R: u32 = 24;

/// The hash of a key.
#[must_use]
pub fn murmur2(key: &[u8]) -> u32 {
    let mut hash = SEED ^ u32::try_from(key.len()).unwrap_or(u32::MAX);
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let mut k = word.iter().rev().fold(0_u32, |k, byte| k << 8 | u32::from(*byte));
        k = k.wrapping_mul(M);
        k ^= k >> R;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        hash ^= rest.iter().rev().fold(0_u32, |k, byte| k << 8 | u32::from(*byte));
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ hash >> 15
}

/// The partition of a key among `partitions`; 0 when there are none.
#[must_use]
pub fn partition(key: &[u8], partitions: i32) -> i32 {
    let positive = murmur2(key) & 0x7fff_ffff;
    u32::try_from(partitions)
        .ok()
        .filter(|count| *count > 0)
        .and_then(|count| i32::try_from(positive % count).ok())
        .unwrap_or(0)
}

#[cfg(test)]
#[path = "tests/partitioner.rs"]
mod tests;
