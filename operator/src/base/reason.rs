//! The reasons in a Delivery's conditions and events, and what follows from each. They are part of the API: never rename one.
//!
//! A condition may also have a reason that the kubelet gave, such as `ImagePullBackOff`; those are not listed here.

use delivery_api::status::{COMPLETE, FAILED, READY, ROUTE_READY, RUNNING, STALLED};
use kube_runtime::events::EventType;

macro_rules! reasons {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Why a condition of a Delivery is as it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Reason {
            $($(#[$doc])+ $name,)+
        }

        impl Reason {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// As it is written in conditions, events and metrics.
            #[must_use]
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

reasons! {
    /// The route's revision is fixed.
    RouteFound,
    /// Nothing has asked for the route yet.
    NotLookedUp,
    /// There is no such DeliveryRoute.
    RouteNotFound,
    /// The route's path cannot be used.
    RouteNotReady,
    /// The revision that the delivery started with is neither in the cluster nor in Kafka.
    RouteRevisionGone,
    /// Nothing is known about the delivery.
    Unknown,
    /// The operator has not read the topics since it started to lead, or not the partition that the delivery is keyed to.
    KafkaUnavailable,
    /// The pod does not exist yet, or its container has not started.
    PodPending,
    /// The pod is running and has sent nothing yet.
    Starting,
    /// The pod is sending positions.
    UnderWay,
    /// Nothing has come from the running pod for too long.
    Silent,
    /// The proxy that the mesh put into the pod is not ready.
    SidecarNotReady,
    /// The pod and its proxy run, and nothing of it has reached Kafka.
    KafkaNotReached,
    /// The last pod is ending; the next one is created afterwards.
    PodTerminating,
    /// The pod has lost the label or the owner by which it is found; it is ended, and the next one is created afterwards.
    PodStray,
    /// The last pod failed; the next one is created after a delay.
    PodFailed,
    /// Paused by `spec.suspend`.
    Suspended,
    /// No longer paused; the next pod has not been created yet.
    Resumed,
    /// The vehicle is at the end of its route.
    Finished,
    /// The vehicle is not at the end of its route.
    NotArrived,
    /// The delivery cannot go on, so it is not running.
    Failed,
    /// The delivery cannot go on.
    GivenUp,
    /// The delivery has not failed permanently.
    NotFailed,
    /// The Kubernetes API refused a request or did not answer.
    ApiError,
    /// A pod may or may not have been created.
    PodUncertain,
    /// The Kubernetes API refused a pod: a quota, a policy, a webhook.
    PodRefused,
    /// The mesh's webhook, which puts the proxy into a pod, does not answer.
    SidecarNotInjected,
    /// An object that belongs to something else has a name that is needed.
    NameTaken,
    /// Kafka did not accept a record.
    KafkaWriteFailed,
    /// Kafka could not be read.
    KafkaReadFailed,
    /// The reconciliation took too long.
    Timeout,
    /// An object could not be encoded.
    EncodeFailed,
}

impl Reason {
    /// The reason of this name; `None` for one of the kubelet's.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
    }

    /// The types of the conditions that it explains.
    #[must_use]
    pub(crate) const fn conditions(self) -> &'static [&'static str] {
        match self {
            Self::RouteFound | Self::NotLookedUp => &[ROUTE_READY],
            Self::RouteNotFound | Self::RouteNotReady => &[READY, ROUTE_READY, RUNNING],
            Self::RouteRevisionGone => &[READY, ROUTE_READY, RUNNING, STALLED],
            Self::Finished => &[READY, RUNNING, COMPLETE],
            Self::NotArrived => &[COMPLETE],
            Self::GivenUp => &[READY, FAILED, STALLED],
            Self::NotFailed => &[FAILED],
            Self::Failed => &[RUNNING],
            Self::Unknown
            | Self::KafkaUnavailable
            | Self::PodPending
            | Self::Starting
            | Self::UnderWay
            | Self::Silent
            | Self::SidecarNotReady
            | Self::KafkaNotReached
            | Self::PodTerminating
            | Self::PodStray
            | Self::PodFailed
            | Self::Suspended
            | Self::Resumed
            | Self::ApiError
            | Self::PodUncertain
            | Self::PodRefused
            | Self::SidecarNotInjected
            | Self::NameTaken
            | Self::KafkaWriteFailed
            | Self::KafkaReadFailed
            | Self::Timeout
            | Self::EncodeFailed => &[READY, RUNNING],
        }
    }

    /// Whether it explains conditions of that type.
    #[must_use]
    pub(crate) fn explains(self, condition: &str) -> bool {
        self.conditions().contains(&condition)
    }

    /// Whether it remains the reason while the same attempt is made again, until its pod exists.
    #[must_use]
    pub(crate) const fn lasts_until_a_pod(self) -> bool {
        matches!(self, Self::ApiError | Self::PodRefused | Self::SidecarNotInjected | Self::NameTaken)
    }

    /// Whether it needs attention.
    #[must_use]
    pub(crate) const fn is_alarming(self) -> bool {
        match self {
            Self::KafkaUnavailable
            | Self::PodPending
            | Self::Starting
            | Self::UnderWay
            | Self::PodTerminating
            | Self::Suspended
            | Self::Finished => false,
            Self::RouteFound
            | Self::NotLookedUp
            | Self::RouteNotFound
            | Self::RouteNotReady
            | Self::RouteRevisionGone
            | Self::Unknown
            | Self::Silent
            | Self::SidecarNotReady
            | Self::KafkaNotReached
            | Self::PodStray
            | Self::PodFailed
            | Self::Resumed
            | Self::NotArrived
            | Self::Failed
            | Self::GivenUp
            | Self::NotFailed
            | Self::ApiError
            | Self::PodUncertain
            | Self::PodRefused
            | Self::SidecarNotInjected
            | Self::NameTaken
            | Self::KafkaWriteFailed
            | Self::KafkaReadFailed
            | Self::Timeout
            | Self::EncodeFailed => true,
        }
    }
}

/// The cause that stands for all reasons of the kubelet's.
const KUBELET: &str = "Kubelet";

/// The reason as a cause in metrics, of which there are few: one of the kubelet's is `Kubelet`.
#[must_use]
pub(crate) fn cause(reason: &str) -> &'static str {
    Reason::parse(reason).map_or(KUBELET, Reason::as_str)
}

/// The type of an event with that reason. What the kubelet complains about is always a warning.
#[must_use]
pub(crate) fn event_type(reason: &str) -> EventType {
    if Reason::parse(reason).is_none_or(Reason::is_alarming) { EventType::Warning } else { EventType::Normal }
}

#[cfg(test)]
#[path = "tests/reason.rs"]
mod tests;
