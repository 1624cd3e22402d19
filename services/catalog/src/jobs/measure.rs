//! What an operator sees of the catalog: the terminals, and which of them are silent.

use platform::{
    status::Failure,
    telemetry::metrics::{
        Reading,
        table::{STATE, TERMINALS},
    },
};

use crate::{state::Catalog, store};

/// Reads it.
///
/// # Errors
/// If the store fails.
pub async fn look(catalog: Catalog) -> Result<Vec<Reading>, Failure> {
    let (registered, silent) = store::terminal::counts(catalog.store.read()).await?;
    let count = |n, state: &'static str| Reading::count(&TERMINALS, n).with(STATE, state);
    Ok(vec![count(registered, "registered"), count(silent, "silent")])
}
