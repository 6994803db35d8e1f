//! The API types of `codedelivery.dev/v1alpha1`, from which `crds/*.yaml` and `docs/reference/crds.md` are generated.
//!
//! [`Delivery`] is a vehicle's trip along a route; [`DeliveryRoute`] is a route that has a name. The schema and its CEL rules
//! check all that can be checked without geometry or other objects; what needs those is left to the operator. Nothing here
//! uses a client.
#![allow(unreachable_pub, reason = "KubeSchema repeats each struct privately with its `pub`")]

pub mod names;
pub mod age;
pub mod line;
mod meta;
pub mod status;
pub mod route;
pub mod delivery;
pub mod manifest;
pub mod reference;

pub use delivery::{Delivery, DeliverySpec, RouteRef};
pub use route::{DeliveryRoute, DeliveryRouteSpec};
pub use status::{DeliveryPhase, DeliveryRouteStatus, DeliveryStatus};
