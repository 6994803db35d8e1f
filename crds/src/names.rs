//! Names that both users and the operator see: the group, labels, annotations and the maximum lengths of objects' names.

/// The API group.
pub const GROUP: &str = "codedelivery.dev";

/// The label, on what belongs to a Delivery, with the Delivery's name.
pub const DELIVERY_LABEL: &str = "codedelivery.dev/delivery";

/// The label, on what belongs to a Delivery, with the Delivery's uid, which is its delivery id.
pub const DELIVERY_UID_LABEL: &str = "codedelivery.dev/delivery-uid";

/// The annotation, on a Delivery that came from a start request, with the request's full id.
pub const REQUEST_ID_ANNOTATION: &str = "codedelivery.dev/request-id";

/// The annotation, on a Delivery that came from a start request, with the id of the client.
pub const CLIENT_ID_ANNOTATION: &str = "codedelivery.dev/client-id";

/// The annotation, on a Delivery that a command has suspended or resumed, with the last such command's record:
/// `topic/partition/offset@milliseconds`, the latter by the broker's clock.
pub const COMMAND_ANNOTATION: &str = "codedelivery.dev/command";

/// The annotation of a Delivery with its W3C trace context, which its records carry in the header `traceparent`.
pub const TRACEPARENT_ANNOTATION: &str = "codedelivery.dev/traceparent";

/// The maximum length of a Delivery's name: with a hyphen and a hash of 8 characters it is the name of a pod, at most 63.
pub const MAX_DELIVERY_NAME: usize = 54;

/// The maximum length of a DeliveryRoute's name: with a hyphen and a hash of 12 characters it is the name of a requested Delivery.
pub const MAX_ROUTE_NAME: usize = 41;
