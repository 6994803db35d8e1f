//! The HTTP port of a service: connections within limits, bodies within limits, answers that say what is wrong, and an end that cuts
//! nobody off. What is served is left to the services, as routes of warp.
//!
//! In the order of a request: [`server`] accepts its connection, if its address has not too many, and drives it with hyper, on a socket
//! ([`unread`]) that gives up when the client reads nothing. [`peer`] says whose request it is, also behind proxies, and [`budgets`] of
//! [`token_bucket`]s how often they may ask. Large [`answers`] share a memory.
//! [`body`] reads what was sent, a [`problem`] is the answer to what is wrong, [`origins`] says which pages may ask, and the [`entrance`]
//! decides by both. [`routes`] has the filters that all services share.

pub mod unread;
pub mod peer;
pub mod token_bucket;
pub mod budgets;
pub mod answers;
mod open;
pub mod server;
pub mod problem;
pub mod origins;
pub mod entrance;
pub mod body;
pub mod routes;

pub use answers::AnswerMemory;
pub use entrance::{Entrance, Rates};
pub use origins::{AllowedOrigins, InvalidOrigin};
pub use peer::{InvalidNetwork, PeerAddress, TrustedProxies};
pub use problem::{ApiResult, Problem};
pub use server::{Limits, listen, serve};
pub use unread::{Closed, Patience, PatientStream};
