//! The command `purchase`, which buys and follows what becomes of it, and the proof behind `verify --purchases`.
//!
//! To buy: [`order`] is what is bought, [`followed`] how far each purchase is, [`kin`] what belongs to it by its id, and [`view`] renders it;
//! all of that is pure. [`look`] asks
//! the services and Kubernetes for news, [`command`] puts it together. To prove: [`records`] reads the log, [`books`] the services and a mail
//! server, and [`proof`] repeats both until the judge of `delivery-verify` has nothing left to wait for; [`verdict`] renders what it says.
//! May import [`crate::base`], [`crate::cluster`] and [`crate::log`].

mod order;
mod kin;
mod followed;
mod view;
mod look;
pub(crate) mod command;
pub(crate) mod records;
mod books;
mod verdict;
pub(crate) mod proof;
#[cfg(test)]
mod testing;
