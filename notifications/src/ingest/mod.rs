//! Requests from Kafka: reads `notifications.send-notification` in a group, once for all replicas.
//!
//! [`request`] reads a record, which is pure; [`inbox`] serves it, sends what is none to `dead-letters`, and commits. What becomes of a
//! request is left to [`crate::domain::use_cases`]. It may import `domain`, `metrics`, `writer` and `group`.

pub(crate) mod request;
pub(crate) mod inbox;
