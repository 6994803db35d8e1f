//! Records of Kafka as lines of a corpus: `TOPIC KEY TIME VALUE`, where a single `-` stands for no key and no value.
//!
//! What they mean is left to the tests.

/// A record as a line of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The topic's name without a prefix.
    pub topic: &'a str,
    /// The key's bytes.
    pub key: Option<&'a [u8]>,
    /// When the broker wrote it, milliseconds since the Unix epoch; 0 where the line has no number.
    pub time: i64,
    /// The value's bytes.
    pub value: Option<&'a [u8]>,
}

impl<'a> Line<'a> {
    /// Reads a line. Any line is a record: what is missing is empty.
    #[must_use]
    pub fn read(line: &'a [u8]) -> Self {
        let mut parts = line.splitn(4, |byte| *byte == b' ');
        let mut next = || parts.next().unwrap_or_default();
        let (topic, key, time, value) = (next(), next(), next(), next());
        let given = |part: &'a [u8]| (part != b"-").then_some(part);
        let time = std::str::from_utf8(time).ok().and_then(|time| time.parse().ok()).unwrap_or_default();
        Self { topic: std::str::from_utf8(topic).unwrap_or_default(), key: given(key), time, value: given(value) }
    }

    /// The records of an input.
    pub fn all(input: &'a [u8]) -> impl Iterator<Item = Self> {
        input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(Self::read)
    }
}

#[cfg(test)]
#[path = "tests/record.rs"]
mod tests;
