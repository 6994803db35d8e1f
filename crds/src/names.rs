//! Names that both users and the operator see: the group, labels, annotations and the lengths that they leave to names.

/// The API group.
pub const GROUP: &str = "codedelivery.dev";

/// The label of what belongs to a Delivery: the name of the Delivery.
pub const DELIVERY_LABEL: &str = "codedelivery.dev/delivery";

/// The label of what belongs to a Delivery: the uid of the Delivery, which is its delivery id.
pub const DELIVERY_UID_LABEL: &str = "codedelivery.dev/delivery-uid";

/// The annotation of a Delivery that came from a start request: the request's whole identity.
pub const REQUEST_ID_ANNOTATION: &str = "codedelivery.dev/request-id";

/// The annotation of a Delivery that came from a start request: who asked.
pub const CLIENT_ID_ANNOTATION: &str = "codedelivery.dev/client-id";

/// The annotation of a Delivery with its W3C trace context, which its records carry in the header `traceparent`.
pub const TRACEPARENT_ANNOTATION: &str = "codedelivery.dev/traceparent";

/// The longest name of a Delivery: with a hyphen and a hash of 8 characters it is the name of a pod, at most 63.
pub const MAX_DELIVERY_NAME: usize = 54;

/// The longest name of a DeliveryRoute: with a hyphen and a hash of 12 characters it is the name of a requested Delivery.
pub const MAX_ROUTE_NAME: usize = 41;
