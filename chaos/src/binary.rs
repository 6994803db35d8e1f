//! The gateway's binary frames of positions, read from their description. Pure.
//!
//! This is a second reader beside the page's: that both understand the gateway is a test of the description.

/// What a frame holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    /// By how much the next offset of partition 0, 1, … grows with this frame; of those beyond the list, by nothing.
    pub steps: Vec<u64>,
    /// The positions, in order.
    pub records: Vec<Record>,
}

/// One position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What this replica calls the delivery.
    pub number: u64,
    /// Whether it is the last.
    pub finished: bool,
    /// Its number.
    pub seq: u64,
    /// `[lng, lat]` from the delivery's origin, in 1e-7 degrees.
    pub offset: [i64; 2],
}

/// Why a frame cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It begins with another byte.
    Kind(Option<u8>),
    /// It ends in the middle of something.
    Short,
    /// A number is larger than any can be.
    Large,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Kind(kind) => write!(formatter, "a binary frame begins with {kind:?} and not with 1"),
            Self::Short => formatter.write_str("a binary frame ends in the middle of something"),
            Self::Large => formatter.write_str("a binary frame holds a number of more than 64 bits"),
        }
    }
}

/// Reads a frame.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(frame: &[u8]) -> Result<Positions, Malformed> {
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

    fn record(&mut self) -> Result<Record, Malformed> {
        let head = self.number()?;
        let seq = self.number()?;
        if head & 1 == 1 {
            // By how much it was due later than its seq alone would say.
            self.signed()?;
        }
        let offset = [self.signed()?, self.signed()?];
        // Speed, heading and progress.
        self.number()?;
        self.byte()?;
        self.number()?;
        Ok(Record { number: head >> 2, finished: head & 2 != 0, seq, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Partition 0 grows by 300, partition 1 by none, 2 by one. Number 2, finished, shifted by -1, seq 200, +1 and -1; and
    // number 1, seq 0, at its origin.
    const FRAME: [u8; 23] = [1, 3, 0xac, 2, 0, 1, 0b1011, 0xc8, 1, 1, 2, 1, 5, 128, 0x90, 0x4e, 4, 0, 0, 0, 0, 0, 0];

    #[test]
    fn steps_and_records_are_read_to_the_end_of_the_frame() {
        let found = read(&FRAME).unwrap();
        assert_eq!(found.steps, [300, 0, 1]);
        let first = Record { number: 2, finished: true, seq: 200, offset: [1, -1] };
        let second = Record { number: 1, finished: false, seq: 0, offset: [0, 0] };
        assert_eq!(found.records, [first, second]);
        assert_eq!(read(&[1, 0]).unwrap(), Positions { steps: vec![], records: vec![] });
    }

    #[test]
    fn the_gateways_golden_records_are_read() {
        let golden = "../gateway/golden/binary.json";
        let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
        for case in golden["records"].as_array().unwrap() {
            let hex = case["hex"].as_str().unwrap();
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let frame: Vec<u8> = [1, 0].into_iter().chain((0..hex.len()).step_by(2).map(byte)).collect();
            let (base, fix) = (&case["base"], &case["fix"]);
            let degrees = |value: &serde_json::Value| {
                crate::ledger::place([value[0].as_f64().unwrap(), value[1].as_f64().unwrap()])
            };
            let (origin, at) = (degrees(&base["origin"]), degrees(&fix["position"]));
            let expected = Record {
                number: base["number"].as_u64().unwrap(),
                finished: fix["finished"].as_bool().unwrap(),
                seq: fix["seq"].as_u64().unwrap(),
                offset: [at[0] - origin[0], at[1] - origin[1]],
            };
            assert_eq!(read(&frame).unwrap().records, [expected], "{}", case["name"]);
        }
    }

    #[test]
    fn a_frame_that_is_cut_in_a_record_or_of_another_kind_is_refused() {
        for end in [1, 2, 3, 4, 5].into_iter().chain(7..16).chain(17..23) {
            assert_eq!(read(&FRAME[..end]), Err(Malformed::Short), "{end}");
        }
        assert_eq!(read(&[2]), Err(Malformed::Kind(Some(2))));
        assert_eq!(read(&[]), Err(Malformed::Kind(None)));
        assert_eq!(read(&[1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2]), Err(Malformed::Large));
    }
}
