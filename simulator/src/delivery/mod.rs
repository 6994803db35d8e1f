//! One delivery: what it drives, its records, where it resumes and how it begins.
//!
//! Pure, but for reading the file of plans. When its records are due is left to [`crate::vehicles`], Kafka to [`crate::log`]. Imports no
//! other folder.

pub mod plans;
pub mod records;
pub mod resume;
pub mod departure;
pub mod skew;
