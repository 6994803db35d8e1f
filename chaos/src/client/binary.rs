//! A decoder of the gateway's binary frames, written from docs/binary.md. Pure.
//!
//! It is independent of the page's decoder: that both understand the gateway is a test of the description.

/// What a frame holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Positions {
    /// By how much this frame advances the next offset of partition 0, 1, …; the others are not advanced.
    pub(crate) steps: Vec<u64>,
    pub(crate) records: Vec<BinaryPosition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BinaryPosition {
    /// The number that this replica gives the delivery.
    pub(crate) number: u64,
    /// Whether it is the last.
    pub(crate) finished: bool,
    pub(crate) seq: u64,
    /// `[lng, lat]` from the delivery's origin, in 1e-7 degrees.
    pub(crate) offset: [i64; 2],
}

/// Why a frame cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// It begins with a byte other than 1.
    Kind(Option<u8>),
    /// It ends in the middle of a value.
    Short,
    /// A number has more than 64 bits.
    Large,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kind(kind) => write!(formatter, "a binary frame begins with {kind:?} instead of 1"),
            Self::Short => formatter.write_str("a binary frame ends in the middle of a value"),
            Self::Large => formatter.write_str("a binary frame contains a number of more than 64 bits"),
        }
    }
}

/// Reads a frame.
///
/// # Errors
/// The first problem.
pub(crate) fn read(frame: &[u8]) -> Result<Positions, Malformed> {
    let mut input = Input(frame);
    match input.byte() {
        Ok(1) => {}
        other => return Err(Malformed::Kind(other.ok())),
    }
    let partitions = input.number()?;
    let steps = (0..partitions).map(|_| input.number()).collect::<Result<_, _>>()?;
    let mut records = Vec::new();
    while !input.0.is_empty() {
        records.push(input.record()?);
    }
    Ok(Positions { steps, records })
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*first)
    }

    /// LEB128.
    fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed::Large)
    }

    /// Zigzag.
    fn signed(&mut self) -> Result<i64, Malformed> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn record(&mut self) -> Result<BinaryPosition, Malformed> {
        let head = self.number()?;
        let seq = self.number()?;
        if head & 1 == 1 {
            // By how much it was due later than its seq implies.
            self.signed()?;
        }
        let offset = [self.signed()?, self.signed()?];
        // Speed, heading and progress.
        self.number()?;
        self.byte()?;
        self.number()?;
        Ok(BinaryPosition { number: head >> 2, finished: head & 2 != 0, seq, offset })
    }
}

#[cfg(test)]
#[path = "tests/binary.rs"]
mod tests;
