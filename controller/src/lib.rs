//! What both operators do the same way around a kube-rs control loop. It knows neither of them, and it is not a framework: each
//! function can be used alone, and an operator calls those that it needs.
//!
//! [`requests`] makes the client: it counts and times what is asked of the API server, within [`limits`]. In the order in which an object
//! meets the others: [`kinds`] waits until the API server serves its kind; [`watch`] lists and watches the objects into a store;
//! [`reconcile`] guards one reconciliation (unreadable objects, the time limit, what follows an error) and [`backoff`] says when to
//! retry; [`status`] writes the result and [`events`] announces transitions; [`metrics`] counts it all.
//! [`error`] and [`time`] are used by all of them; [`access`] is how the API server is reached.
//!
//! What an object should become, which conditions it has and which transitions deserve an Event is left to each operator. Pure:
//! [`backoff`] (except for its lock), [`time`], and [`events::event`].

pub mod error;
pub mod time;
pub mod access;
pub mod limits;
pub mod requests;
pub mod kinds;
pub mod watch;
pub mod backoff;
pub mod reconcile;
pub mod status;
pub mod events;
pub mod metrics;
