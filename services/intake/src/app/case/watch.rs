//! Watches a case or a window for a terminal: the shared part of `WatchCase` and `WatchWindow`.
//! Changes by other processes, or by time, are looked up once for all watchers here. It is no job:
//! it begins with the first watcher and ends with the last.

use std::time::Duration;

use domain::evaluator::over_by;

use crate::{
    Intake,
    state::board::Watch,
    store::case::watched::{self, WatchTarget},
};

/// How long a change by another replica can stay unseen.
pub(crate) const LOOK: Duration = Duration::from_millis(500);

/// Watches for a terminal, from now on.
pub(crate) fn watch(intake: &Intake, terminal: &str, watched: WatchTarget) -> Watch {
    let (watch, first) = intake.board.watch(terminal, watched);
    if first {
        tokio::spawn(look_for_all(intake.clone()));
    }
    watch
}

/// Looks up changes while anybody watches.
async fn look_for_all(intake: Intake) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = intake.shell.stop.stopped() => return,
        }
        let Some((cases, windows)) = intake.board.all() else { return };
        let since = over_by(intake.shell.clock.now()).as_microsecond();
        let (connection, catalog) = (intake.store.read(), intake.reference.now().position());
        let marks = async {
            let mut marks = watched::cases(connection, &cases).await?;
            marks.extend(watched::windows(connection, &windows, since).await?);
            Ok::<_, sea_orm::DbErr>(marks)
        };
        match marks.await {
            Ok(marks) => intake.board.note(&marks, catalog),
            // If the store is away, other code reports it; watchers wait.
            Err(error) => tracing::debug!(error = %error, "cannot read what watchers wait for"),
        }
    }
}
