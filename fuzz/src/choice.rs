//! Chooses one of a list. Which lists there are is left to the mutations.

use fastrand::Rng;

/// One of a list, which must not be empty.
pub(crate) fn choice<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    let place = rng.usize(0..all.len());
    all.get(place).unwrap_or_else(|| unreachable!("{place} is within the list"))
}
