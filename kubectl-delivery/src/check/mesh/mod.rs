//! What is judged of a service mesh, if the installation is in one: [`proxies`] (whether each pod has one that is ready), [`policies`] (mutual
//! TLS is demanded, nothing is allowed by default), [`sync`] (whether the proxies have what istiod has sent), [`routes`] (of the Gateway API)
//! and [`traffic`] (mutual TLS as Prometheus has seen it); all are pure. [`istiod`] asks istiod, [`observe`] the API server and Prometheus.

mod proxies;
mod policies;
mod sync;
mod routes;
mod traffic;
mod istiod;
pub(crate) mod observe;
