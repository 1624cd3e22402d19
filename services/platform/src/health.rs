//! What the health service reports. Each service of the process serves as long as its store can be
//! written to. If it needs data from others, these must also be in their histories. The name of the
//! whole process is empty; it serves if there is no trouble. `SERVICE/store` and `SERVICE/history`
//! show which of the two fails.

use tokio::{sync::watch, task::JoinSet};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    stop::Stop,
    trouble::{Able, Troubles},
};

/// Services and what they need.
#[derive(Clone, Debug)]
pub struct Duty {
    /// Their full names.
    pub services: Vec<&'static str>,
    /// The troubles they depend on; none if they always serve.
    pub troubles: Option<Troubles>,
    /// Whether they serve only while their data from others are in those histories. The service
    /// that takes ratings continues in any case.
    pub needs_to_know: bool,
}

/// The names of a service's parts.
#[must_use]
pub fn parts(service: &str) -> [String; 2] {
    [format!("{service}/store"), format!("{service}/history")]
}

/// Reports the health until stopped.
pub(crate) async fn keep(reporter: HealthReporter, duties: Vec<Duty>, stop: Stop) {
    let mut able = vec![Able::ALL; duties.len()];
    let mut changes = JoinSet::new();
    for (n, duty) in duties.iter().enumerate() {
        if let Some(troubles) = &duty.troubles {
            let watched = troubles.able();
            able[n] = *watched.borrow();
            changes.spawn(change(n, watched));
        }
        say(&reporter, duty, able[n]).await;
    }
    loop {
        let all = able.iter().all(|able| *able == Able::ALL);
        reporter.set_service_status("", status(all)).await;
        let changed = tokio::select! {
            Some(Ok(changed)) = changes.join_next() => changed,
            () = stop.stopped() => return,
        };
        let (n, watched) = changed;
        able[n] = *watched.borrow();
        say(&reporter, &duties[n], able[n]).await;
        changes.spawn(change(n, watched));
    }
}

async fn change(n: usize, mut watched: watch::Receiver<Able>) -> (usize, watch::Receiver<Able>) {
    if watched.changed().await.is_err() {
        // Nobody is left who could report more.
        std::future::pending::<()>().await;
    }
    (n, watched)
}

async fn say(reporter: &HealthReporter, duty: &Duty, able: Able) {
    let serves = able.write && (able.know || !duty.needs_to_know);
    for service in &duty.services {
        reporter.set_service_status(*service, status(serves)).await;
    }
    if let Some(troubles) = &duty.troubles {
        let [store, history] = parts(troubles.service());
        reporter.set_service_status(store, status(able.write)).await;
        reporter.set_service_status(history, status(able.know)).await;
    }
}

fn status(serves: bool) -> ServingStatus {
    if serves { ServingStatus::Serving } else { ServingStatus::NotServing }
}
