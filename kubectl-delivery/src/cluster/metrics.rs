//! The metrics of one process, from the OpenMetrics text that it serves at `/metrics`. Pure.
//!
//! Only what is needed of the format: samples with their labels. Comments, units, timestamps and exemplars are skipped. See
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

/// A text that is no OpenMetrics, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidMetrics {
    #[error("line {0} of its metrics cannot be read")]
    Line(usize),
    #[error("its metrics end early")]
    Incomplete,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Sample {
    fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// All values of one scrape.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metrics(Vec<Sample>);

impl Metrics {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidMetrics> {
        let mut samples = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line == "# EOF" {
                return Ok(Self(samples));
            }
            if !line.is_empty() && !line.starts_with('#') {
                samples.push(sample(line).ok_or(InvalidMetrics::Line(index + 1))?);
            }
        }
        Err(InvalidMetrics::Incomplete)
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Sample> {
        self.0.iter().filter(move |sample| sample.name == name)
    }

    fn having<'a>(&'a self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &'a Sample> {
        self.named(name).filter(move |sample| labels.iter().all(|(key, value)| sample.label(key) == Some(*value)))
    }

    /// The sum over all labels; `None` if there is no such metric.
    pub(crate) fn sum(&self, name: &str) -> Option<f64> {
        self.sum_where(name, &[])
    }

    /// The sum over what has these labels.
    pub(crate) fn sum_where(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.having(name, labels).map(|sample| sample.value).reduce(|sum, value| sum + value)
    }

    /// Each value of a label, with the sum over what has it, in the order of the text.
    pub(crate) fn by(&self, name: &str, label: &str) -> Vec<(&str, f64)> {
        self.by_where(name, label, &[])
    }

    fn by_where(&self, name: &str, label: &str, labels: &[(&str, &str)]) -> Vec<(&str, f64)> {
        let mut found: Vec<(&str, f64)> = Vec::new();
        for sample in self.having(name, labels) {
            let Some(value) = sample.label(label) else { continue };
            match found.iter_mut().find(|(known, _)| *known == value) {
                Some((_, sum)) => *sum += sample.value,
                None => found.push((value, sample.value)),
            }
        }
        found
    }

    /// Each pair of values of two labels, with the sum over what has them, in the order of the text.
    pub(crate) fn by_both(&self, name: &str, labels: [&str; 2]) -> Vec<([&str; 2], f64)> {
        let mut found: Vec<([&str; 2], f64)> = Vec::new();
        for sample in self.named(name) {
            let [Some(one), Some(other)] = labels.map(|label| sample.label(label)) else { continue };
            match found.iter_mut().find(|(known, _)| *known == [one, other]) {
                Some((_, sum)) => *sum += sample.value,
                None => found.push(([one, other], sample.value)),
            }
        }
        found
    }

    /// The cumulative buckets of what has these labels of a histogram: upper bounds and counts, in ascending order.
    pub(crate) fn buckets(&self, histogram: &str, labels: &[(&str, &str)]) -> Vec<(f64, f64)> {
        let of = self.by_where(&format!("{histogram}_bucket"), "le", labels).into_iter();
        let mut buckets: Vec<_> = of.filter_map(|(bound, count)| Some((number(bound)?, count))).collect();
        buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        buckets
    }
}

/// A line such as `name{label="value"} 1.5 1700000000 # {trace_id="x"} 0.7`.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let value = number(rest.split_ascii_whitespace().next()?)?;
    Some(Sample { name: name.to_owned(), labels, value })
}

/// Labels up to the closing brace, and what follows it.
fn labels(mut rest: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, quoted) = rest.split_once("=\"")?;
        let (value, after) = quoted_text(quoted)?;
        labels.push((name.to_owned(), value));
        rest = after;
    }
}

/// The text up to the closing quote without its escapes, and what follows it.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(place + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        other => other.parse().ok(),
    }
}

#[cfg(test)]
#[path = "tests/metrics.rs"]
mod tests;
