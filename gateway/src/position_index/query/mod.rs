//! The queries, a file each: what a client's parameters ask for, the bodies of its searches, and the answer that their responses make.
//!
//! Pure. Sending the searches is left to [`super::queries`]. Imports what all queries share, beside this folder.

pub(crate) mod tile;
pub(crate) mod percentile;
pub(crate) mod extent;
pub(crate) mod deliveries;
pub(crate) mod positions;
pub(crate) mod near;
pub(crate) mod heatmap;
pub(crate) mod summary;
pub(crate) mod personal_data;
