//! The access key of a Brazilian electronic invoice (*chave de acesso*), by the public manual of the NF-e: 44 digits.
//!
//! State (2), year and month (4), CNPJ of the issuer (14), model (2), series (3), number (9), way of issue (1), a code (8), and a check
//! digit: modulo 11 over the other 43, weighted 2 to 9 from the right; a rest of 0 or 1 gives 0.

/// How many digits a key has.
const LENGTH: usize = 44;
/// Where the series begins, and how many digits it has.
const SERIES: (usize, usize) = (22, 3);
/// The same of the number.
const NUMBER: (usize, usize) = (25, 9);

/// What is wrong with a key: the part of a sentence after *its access key*.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Not 44 digits.
    #[error("is not 44 digits")]
    Digits,
    /// The last digit does not check the others.
    #[error("ends in {found}, but the check digit of the others is {expected}")]
    CheckDigit {
        /// The digit that the others yield.
        expected: u32,
        /// The last digit.
        found: u32,
    },
    /// It is a key of another series.
    #[error("is of the series {0}")]
    Series(u32),
    /// It is a key of another number.
    #[error("is of the number {0}")]
    Number(u32),
}

/// The check digit of the first 43 digits of a key, each 0 to 9.
#[must_use]
pub fn check_digit(digits: &[u32]) -> u32 {
    let sum: u32 = digits.iter().rev().zip((2..=9).cycle()).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

/// Checks the key of an invoice with this number.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(key: &str, series: u32, number: u32) -> Result<(), KeyProblem> {
    let digits: Vec<u32> =
        key.chars().map(|character| character.to_digit(10)).collect::<Option<_>>().unwrap_or_default();
    let Some((found, others)) = digits.split_last().filter(|_| digits.len() == LENGTH) else {
        return Err(KeyProblem::Digits);
    };
    let expected = check_digit(others);
    if *found != expected {
        return Err(KeyProblem::CheckDigit { expected, found: *found });
    }
    let part =
        |(from, count): (usize, usize)| others.iter().skip(from).take(count).fold(0_u32, |sum, digit| sum * 10 + digit);
    if part(SERIES) != series {
        return Err(KeyProblem::Series(part(SERIES)));
    }
    if part(NUMBER) != number {
        return Err(KeyProblem::Number(part(NUMBER)));
    }
    Ok(())
}

/// A number as it is printed, in three groups of three digits.
#[must_use]
pub fn formatted(number: u32) -> String {
    format!("{:03}.{:03}.{:03}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
}

#[cfg(test)]
#[path = "tests/access_key.rs"]
mod tests;
