//! What ticketing decides about citizens' reports of retaliation, obstruction or a leak (S06).

use platform::{
    convert::instant_of,
    database::Txn,
    facts::{consume::Obstacle, place_of},
};
use proto::fact::v1::{Fact, RestrictedMatterDecided};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::store;

/// What was decided about a citizen's report, for whoever holds its receipt.
pub(super) async fn decided(
    txn: &Txn,
    fact: &Fact,
    said: &RestrictedMatterDecided,
) -> Result<Result<(), Obstacle>, DbErr> {
    let broken = |why: &dyn std::fmt::Display| Ok(Err(Obstacle::Broken(why.to_string())));
    let id = match said.matter_id.parse::<Uuid>() {
        Ok(id) => id,
        Err(_) => return broken(&"matter_id is no UUID"),
    };
    let at = match instant_of(said.at.as_ref()) {
        Ok(at) => at,
        Err(why) => return broken(&why),
    };
    let decision = (said.upheld, at.as_microsecond());
    store::report::decide(txn, id, decision, place_of(fact)).await?;
    Ok(Ok(()))
}
