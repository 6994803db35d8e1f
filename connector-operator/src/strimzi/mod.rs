//! Strimzi's API as this operator reads and writes it: the kind `KafkaConnector`, the annotations on its
//! objects, and the reasons in its status. Pure; imports
//! nothing of this crate. What follows from them is decided in `crate::plan`.

pub mod connector;
pub mod annotations;
pub mod reason;
