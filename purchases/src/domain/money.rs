//! Money: whole cents of one currency, added up without ever wrapping around or being rounded.

/// The currency of all amounts, by ISO 4217.
pub(crate) const CURRENCY: &str = "BRL";

/// The maximum price of one piece, cents: ten million reais.
pub(crate) const MAX_UNIT_PRICE: i64 = 1_000_000_000;

/// The maximum total of a purchase, cents: ten thousand million reais, which a JavaScript number holds exactly.
pub(crate) const MAX_TOTAL: i64 = 1_000_000_000_000;

/// An amount in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cents(i64);

/// The lines of an order come to more than a purchase may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the total is more than {MAX_TOTAL} cents; split the purchase")]
pub(crate) struct TotalTooLarge;

impl Cents {
    /// The price of one piece.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(crate) fn unit_price(cents: i64) -> Result<Self, String> {
        if (0..=MAX_UNIT_PRICE).contains(&cents) {
            Ok(Self(cents))
        } else {
            Err(format!("it is {cents}; write 0 to {MAX_UNIT_PRICE} cents"))
        }
    }

    /// An amount that was valid when it was stored.
    pub(crate) const fn stored(cents: i64) -> Self {
        Self(cents)
    }

    pub(crate) const fn get(self) -> i64 {
        self.0
    }
}

/// The sum of lines, each of a price and how many pieces.
///
/// # Errors
/// When it is more than [`MAX_TOTAL`].
pub(crate) fn total(lines: impl IntoIterator<Item = (Cents, u32)>) -> Result<Cents, TotalTooLarge> {
    let sum = lines.into_iter().try_fold(0_i64, |sum, (Cents(price), quantity)| {
        let line = price.checked_mul(i64::from(quantity))?;
        sum.checked_add(line)
    });
    sum.filter(|sum| *sum <= MAX_TOTAL).map(Cents).ok_or(TotalTooLarge)
}

#[cfg(test)]
#[path = "tests/money.rs"]
mod tests;
