//! What ticketing decides about citizens' reports of retaliation, obstruction or a leak (S06).

use platform::{
    convert::instant_of,
    database::Txn,
    facts::{consume::Obstacle, place_of},
};
use proto::fact::v1::{Fact, RestrictedMatterDecided};
use sea_orm::DbErr;

use super::{broken, uuid};
use crate::store;

/// What was decided about a citizen's report, for whoever holds its receipt.
pub(super) async fn decided(
    txn: &Txn,
    fact: &Fact,
    said: &RestrictedMatterDecided,
) -> Result<Result<(), Obstacle>, DbErr> {
    let at = instant_of(said.at.as_ref()).map_err(broken);
    let (id, at) = match uuid(&said.matter_id).and_then(|id| Ok((id, at?))) {
        Ok(read) => read,
        Err(left) => return Ok(Err(left)),
    };
    let decision = (said.upheld, at.as_microsecond());
    store::report::decide(txn, id, decision, place_of(fact)).await?;
    Ok(Ok(()))
}
