//! A part of the log, for whoever compares it little by little.

use std::ops::Range;

use platform::{database::Store, receipt::ReceiptSalts, tlog::tiles::WIDTH};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Finding, LogReport, not_logged, own_rows};
use crate::store::transparency::tiles;

/// Compares the ratings that figures are counted from with some of the leaves.
pub(crate) async fn leaves(
    store: &Store,
    salts: &ReceiptSalts,
    range: Range<u64>,
) -> Result<LogReport, DbErr> {
    let mut report = LogReport::default();
    let whole = range.start / WIDTH..range.end.div_ceil(WIDTH);
    let held = tiles::between(store.read(), 0, whole.start, whole.end).await?;
    let mut hashes = Vec::new();
    for number in range.clone() {
        let at = usize::try_from(number % WIDTH).unwrap_or_default();
        let hash = held.hashes((0, number / WIDTH)).get(at).copied();
        if hash.is_none() {
            report.find(Finding::TreeCut(number));
        }
        hashes.push(hash.unwrap_or_default());
    }
    own_rows(store, salts, range, &hashes, &mut report, &mut async |_, _| Ok(())).await?;
    Ok(report)
}

/// Of some ratings that figures are counted from, those that are in no leaf.
pub(crate) async fn ratings(store: &Store, ids: &[Uuid]) -> Result<LogReport, DbErr> {
    let mut report = LogReport::default();
    for id in not_logged(store, ids).await? {
        report.find(Finding::NotLogged(id, "publication"));
    }
    Ok(report)
}
