//! What this program must be allowed to do, and what follows from the API server's answers. Pure.

use crate::check::finding::Finding;

/// Where something must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The namespace in use.
    Current,
    /// The namespace of the operator.
    Installation,
}

/// A purpose, and what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) place: Place,
    /// Completes "You may …" and "You may not …".
    pub(crate) purpose: &'static str,
    /// Which commands it is for.
    pub(crate) commands: &'static str,
    pub(crate) rights: &'static [Right],
    /// Without it nothing is of use.
    pub(crate) essential: bool,
}

/// A verb on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Right {
    /// Empty: the core group.
    pub(crate) group: &'static str,
    pub(crate) resource: &'static str,
    /// Empty: the resource itself.
    pub(crate) subresource: &'static str,
    pub(crate) verb: &'static str,
}

const fn right(group: &'static str, resource: &'static str, subresource: &'static str, verb: &'static str) -> Right {
    Right { group, resource, subresource, verb }
}

const DELIVERY: &str = "codedelivery.dev";

/// All that this program may need.
pub(crate) static NEEDS: [Need; 6] = [
    Need {
        place: Place::Current,
        purpose: "read Deliveries",
        commands: "watch and all other commands on Deliveries",
        rights: &[
            right(DELIVERY, "deliveries", "", "get"),
            right(DELIVERY, "deliveries", "", "list"),
            right(DELIVERY, "deliveries", "", "watch"),
        ],
        essential: true,
    },
    Need {
        place: Place::Current,
        purpose: "start, change and cancel Deliveries",
        commands: "start, suspend, resume and cancel",
        rights: &[
            right(DELIVERY, "deliveries", "", "create"),
            right(DELIVERY, "deliveries", "", "patch"),
            right(DELIVERY, "deliveries", "", "delete"),
        ],
        essential: false,
    },
    Need {
        place: Place::Current,
        purpose: "read and write DeliveryRoutes",
        commands: "start and route import",
        rights: &[
            right(DELIVERY, "deliveryroutes", "", "get"),
            right(DELIVERY, "deliveryroutes", "", "list"),
            right(DELIVERY, "deliveryroutes", "", "create"),
            right(DELIVERY, "deliveryroutes", "", "patch"),
        ],
        essential: false,
    },
    Need {
        place: Place::Installation,
        purpose: "reach the gateway through the API server",
        commands: "history, verify --sink and erase",
        rights: &[right("", "services", "", "list"), right("", "services", "proxy", "get")],
        essential: false,
    },
    Need {
        place: Place::Installation,
        purpose: "read the services' /readyz and /metrics through the API server",
        commands: "check and top",
        rights: &[right("", "pods", "", "list"), right("", "pods", "proxy", "get")],
        essential: false,
    },
    Need {
        place: Place::Installation,
        purpose: "read Kafka through a Job",
        commands: "where the brokers cannot be reached from here, verify, topics, dead-letters and erase",
        rights: &[
            right("apps", "deployments", "", "list"),
            right("batch", "jobs", "", "create"),
            right("batch", "jobs", "", "delete"),
            right("", "pods", "", "get"),
            right("", "pods", "", "list"),
            right("", "pods", "log", "get"),
        ],
        essential: false,
    },
];

/// What follows from the rights that are denied.
pub(crate) fn judge(need: &Need, namespace: &str, denied: &[Right]) -> Finding {
    let Need { purpose, commands, .. } = need;
    if denied.is_empty() {
        return Finding::right(format!("You may {purpose} in the namespace {namespace}."));
    }
    let rights: Vec<_> = denied.iter().map(Right::text).collect();
    let message = format!("You may not {purpose} in the namespace {namespace}; {commands} need it.");
    let way_out = format!("Ask an administrator for {} there.", rights.join(", "));
    if need.essential { Finding::wrong(message, way_out) } else { Finding::warning(message, way_out) }
}

impl Right {
    /// Such as `create on jobs.batch`.
    fn text(&self) -> String {
        let Self { group, resource, subresource, verb } = self;
        let group = if group.is_empty() { String::new() } else { format!(".{group}") };
        let subresource = if subresource.is_empty() { String::new() } else { format!("/{subresource}") };
        format!("{verb} on {resource}{subresource}{group}")
    }
}

#[cfg(test)]
#[path = "tests/permissions.rs"]
mod tests;
