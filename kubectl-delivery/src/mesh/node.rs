//! Who sends or answers in a mesh. Plain data.

use serde::Serialize;

/// What a node of the graph stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// A workload: each Delivery is one.
    Workload,
    /// All workloads of a canonical service: all simulators are one.
    CanonicalService,
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NodeKind {
    Workload,
    CanonicalService,
    /// Nothing but the Service, or the host: it is outside of the mesh, or was never reached.
    Service,
    Unknown,
}

impl NodeKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::CanonicalService => "canonicalService",
            Self::Service => "service",
            Self::Unknown => "unknown",
        }
    }
}

/// Who sends or answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) kind: NodeKind,
    /// Empty: not known.
    pub(crate) namespace: String,
    pub(crate) name: String,
}
