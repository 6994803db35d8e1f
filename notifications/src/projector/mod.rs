//! Makes news for customers of what happens to their purchases: approved, invoiced, accepted for delivery, under way, and so on.
//!
//! [`kind`] are the kinds of news and which records tell them, [`order`] is what is known of a purchase and its delivery, [`texts`] are the
//! sentences in both languages, [`news`] decides what is to be told to whom, [`early`] holds states whose plan was not read yet, and
//! [`fold`] gathers what records mean; these are pure. [`orders`] is what is asked of a store, [`kept`] is that on `MongoDB`, [`project`]
//! does what was gathered, and [`reader`] reads the topics and commits.
//!
//! Records of different topics come in any order, and come again when the group's offsets are lost. So what each tells is kept first, by the
//! purchase's id; what is news then is written to `notifications.send-notification` with an id that follows from the purchase's and the kind;
//! and only then offsets are committed. Deliveries of nobody who is known are passed over without asking the database. It may import
//! `domain`, `metrics`, `store`, `writer` and `group`.

pub(crate) mod kind;
pub(crate) mod order;
pub(crate) mod texts;
pub(crate) mod news;
pub(crate) mod early;
pub(crate) mod fold;
pub(crate) mod orders;
mod kept;
pub(crate) mod project;
pub(crate) mod reader;

#[cfg(test)]
mod testing;
