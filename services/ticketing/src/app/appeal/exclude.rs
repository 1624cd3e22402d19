//! Excludes a rating, and ends an exclusion: the row, and the facts that publication follows. By an
//! appeal, or by a step of the ticket that excludes all of its ratings (T03). The rating itself is not
//! touched.

use domain::{
    appeal::{done_by_step, is_complete},
    profile::{ExclusionDuty, ExclusionGround, Profile},
};
use platform::{
    auth::Officer,
    clock::instant,
    convert::{ground_to_wire, to_wire},
    database::Txn,
};
use proto::fact::v1::{RatingExcluded, RatingReinstated, fact::Body};
use uuid::Uuid;

use super::words::REINSTATE_REASON;
use crate::{
    app::focus,
    convert::appeal::{column, duty_to_wire, kind_to_wire, office_to_wire},
    entity::{exclusion, ticket},
    error::{AppealError, Error},
    state::Ticketing,
    store::{
        self,
        appeal::{
            duties::{self, NewDuty},
            exclusions, seal,
        },
    },
};

/// A rating to exclude.
pub(crate) struct ExclusionOrder<'a> {
    /// Its ticket; locked, or changed by this transaction.
    pub(crate) ticket: &'a ticket::Model,
    pub(crate) rating_id: Uuid,
    pub(crate) ground: ExclusionGround,
    /// The profile that the rated act is bound to.
    pub(crate) profile: &'a Profile,
    /// The appeal it comes from; none if a step of the ticket excludes it.
    pub(crate) appeal_id: Option<Uuid>,
    /// The duties on record by then.
    pub(crate) done: &'a [ExclusionDuty],
}

/// An exclusion, or the end of one.
pub(crate) struct Excluded {
    pub(crate) row: exclusion::Model,
    /// How many ratings of the ticket count now.
    pub(crate) ratings_left: u32,
    pub(crate) told: Body,
}

/// Excludes a rating.
pub(crate) async fn exclude(
    ticketing: &Ticketing,
    txn: &Txn,
    by: &Officer,
    order: ExclusionOrder<'_>,
) -> Result<Excluded, Error> {
    let ExclusionOrder { ticket, rating_id, ground, profile, appeal_id, done } = order;
    if exclusions::lasts(txn, rating_id).await? {
        return Err(AppealError::Excluded.into());
    }
    let id = ticketing.shell.clock.new_id();
    let at = ticketing.shell.clock.now();
    let row = exclusion::Model {
        id,
        rating_id,
        ticket_id: ticket.id,
        region_code: ticket.authority_region.clone(),
        agency_id: ticket.agency_id.clone(),
        ground: column(ground_to_wire(ground)),
        since: at.as_microsecond(),
        decided_by: by.id().to_owned(),
        office: column(office_to_wire(by.office())),
        appeal_id,
        clause: profile.exclusion.clause.clone(),
        completed_at: is_complete(done, profile).then(|| at.as_microsecond()),
        reinstated_at: None,
        reinstated_by: String::new(),
        reinstate_reason: Vec::new(),
    };
    exclusions::insert(txn, &row).await?;
    focus::excluded(txn, rating_id).await?;
    let ratings_left = ratings_left(txn, ticket.id).await?;
    let told = Body::RatingExcluded(RatingExcluded {
        exclusion_id: id.to_string(),
        rating_id: rating_id.to_string(),
        ticket_id: ticket.id.to_string(),
        act_id: ticket.act_id.to_string(),
        ground: ground_to_wire(ground).into(),
        kind: kind_to_wire(ground).into(),
        appeal_id: appeal_id.map(|id| id.to_string()).unwrap_or_default(),
        at: Some(to_wire(at)),
        clause: row.clause.clone(),
        ratings_left,
        region_code: ticket.region_code.clone(),
        agency_id: row.agency_id.clone(),
    });
    Ok(Excluded { row, ratings_left, told })
}

/// Excludes every rating of a ticket that a step of it found not to count, and puts the duties on
/// record that come with the step. Returns the facts.
pub(crate) async fn exclude_all(
    ticketing: &Ticketing,
    txn: &Txn,
    by: &Officer,
    ticket: &ticket::Model,
    (ground, profile): (ExclusionGround, &Profile),
) -> Result<Vec<Body>, Error> {
    let done = done_by_step(by.office(), profile);
    let mut told = Vec::new();
    for rating_id in store::appeal::ratings_of(txn, ticket.id).await? {
        // An appeal may have excluded one before.
        if exclusions::lasts(txn, rating_id).await? {
            continue;
        }
        let (appeal_id, done) = (None, done.as_slice());
        let order = ExclusionOrder { ticket, rating_id, ground, profile, appeal_id, done };
        let excluded = exclude(ticketing, txn, by, order).await?;
        for (sequence, duty) in (1..).zip(done) {
            let new = NewDuty {
                duty: duty_to_wire(*duty).into(),
                at: excluded.row.since,
                by: by.id(),
                document_number: "",
                note: "",
            };
            let sealer = &ticketing.shell.sealer;
            duties::insert(txn, sealer, excluded.row.id, sequence, new).await?;
        }
        told.push(excluded.told);
    }
    Ok(told)
}

/// Ends an exclusion of a ticket that is locked: the rating counts again.
pub(crate) async fn reinstate(
    ticketing: &Ticketing,
    txn: &Txn,
    by: &Officer,
    (ticket, mut row): (&ticket::Model, exclusion::Model),
    reason: &str,
) -> Result<Excluded, Error> {
    if row.reinstated_at.is_some() {
        return Err(AppealError::Ended.into());
    }
    let at = ticketing.shell.clock.now().as_microsecond();
    row.reinstated_at = Some(at);
    row.reinstated_by = by.id().to_owned();
    row.reinstate_reason = seal(&ticketing.shell.sealer, REINSTATE_REASON, row.id, reason)?;
    exclusions::update(txn, &row).await?;
    focus::reinstated(txn, row.rating_id).await?;
    let ratings_left = ratings_left(txn, ticket.id).await?;
    let told = Body::RatingReinstated(RatingReinstated {
        exclusion_id: row.id.to_string(),
        rating_id: row.rating_id.to_string(),
        ticket_id: ticket.id.to_string(),
        act_id: ticket.act_id.to_string(),
        at: Some(to_wire(instant(at))),
        ratings_left,
    });
    Ok(Excluded { row, ratings_left, told })
}

/// How many ratings of a ticket count.
async fn ratings_left(txn: &Txn, ticket_id: Uuid) -> Result<u32, Error> {
    let all = store::appeal::ratings_of(txn, ticket_id).await?.len();
    let excluded = exclusions::lasting_in(txn, ticket_id).await?;
    let left = u64::try_from(all).unwrap_or(u64::MAX).saturating_sub(excluded);
    Ok(u32::try_from(left).unwrap_or(u32::MAX))
}
