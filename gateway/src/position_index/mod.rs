//! What was: questions about what the sink has put into Elasticsearch.
//!
//! A narrow way, not a proxy. What a client gives becomes a checked question ([`parameters`], [`span`], [`whose`], and a module for
//! each: [`summary`], [`near`], [`past`], [`positions`], [`heat`], [`extent`], [`traces`]), which makes the bodies of searches ([`body`]) and
//! an answer of what was [`found`]; all of that is pure. [`ask`] lets one follow the other, [`index`] asks, with limits on time,
//! size and number. Elasticsearch may be away: nothing else notices.

pub mod ask;
pub mod body;
pub mod document;
pub mod extent;
pub mod found;
pub mod heat;
pub mod index;
pub mod login;
pub mod near;
pub mod parameters;
pub mod past;
pub mod positions;
pub mod quantile;
pub mod span;
pub mod summary;
pub mod tile;
pub mod titles;
pub mod traces;
pub mod whose;

#[cfg(test)]
mod testing;
