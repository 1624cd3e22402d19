//! Excludes a rating, and ends an exclusion: the row, and the facts that publication follows. Also for
//! what is found while a ticket is handled, without an appeal (T03). The rating itself is not touched.

use domain::{
    appeal::{AppealCommand, AppealRefusal, exclude_on_verification, is_among, is_complete},
    profile::{ExclusionDuty, ExclusionGround},
};
use platform::{auth::Officer, clock::instant, convert::to_wire, database::Txn};
use proto::fact::v1::{RatingExcluded, RatingReinstated, fact::Body};
use uuid::Uuid;

use super::{case::AppealCase, words::REINSTATE_REASON};
use crate::{
    convert::appeal::{column, duty_to_wire, ground_to_wire, kind_to_wire, office_to_wire},
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

/// What an exclusion comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExclusionCause<'a> {
    /// An appeal that was upheld, with the duties on record by then.
    Appeal(Uuid, &'a [ExclusionDuty]),
    /// What was found while the ticket was handled; these duties are put on record with it, the
    /// verification among them.
    Verification(&'a [ExclusionDuty]),
}

/// Excludes a rating of a ticket whose case is open. Returns the exclusion and the facts to tell.
pub(crate) async fn exclude(
    ticketing: &Ticketing,
    txn: &Txn,
    by: &Officer,
    case: &AppealCase,
    (rating_id, ground): (Uuid, ExclusionGround),
    cause: ExclusionCause<'_>,
) -> Result<(exclusion::Model, Vec<Body>), Error> {
    let AppealCase { ticket, rated, profile, .. } = case;
    let belongs = store::appeal::ticket_of(txn, rating_id).await?;
    if belongs.is_none_or(|belongs| belongs.ticket_id != ticket.id) {
        return Err(AppealError::RatingNotFound.into());
    }
    if exclusions::lasts(txn, rating_id).await? {
        return Err(AppealError::Excluded.into());
    }
    let id = ticketing.shell.clock.new_id();
    let at = ticketing.shell.clock.now();
    let (appeal_id, done) = match cause {
        ExclusionCause::Appeal(appeal_id, done) => (Some(appeal_id), done),
        ExclusionCause::Verification(done) => {
            if is_among(by.id(), rated) {
                let command = AppealCommand::Uphold(ground);
                return Err(AppealRefusal::Rated { command }.into());
            }
            exclude_on_verification(ground, by.office(), done, profile)?;
            for (sequence, duty) in (1..).zip(done) {
                let new = NewDuty {
                    duty: duty_to_wire(*duty).into(),
                    at: at.as_microsecond(),
                    by: by.id(),
                    document_number: "",
                    note: "",
                };
                duties::insert(txn, &ticketing.shell.sealer, id, sequence, new).await?;
            }
            (None, done)
        }
    };
    let row = exclusion::Model {
        id,
        rating_id,
        ticket_id: ticket.id,
        region_code: ticket.region_code.clone(),
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
        ratings_left: ratings_left(txn, ticket.id).await?,
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
    });
    Ok((row, vec![told]))
}

/// Ends an exclusion of a ticket that is locked: the rating counts again.
pub(crate) async fn reinstate(
    ticketing: &Ticketing,
    txn: &Txn,
    by: &Officer,
    (ticket, mut row): (&ticket::Model, exclusion::Model),
    reason: &str,
) -> Result<(exclusion::Model, Vec<Body>), Error> {
    if row.reinstated_at.is_some() {
        return Err(AppealError::Ended.into());
    }
    let at = ticketing.shell.clock.now().as_microsecond();
    row.reinstated_at = Some(at);
    row.reinstated_by = by.id().to_owned();
    row.reinstate_reason = seal(&ticketing.shell.sealer, REINSTATE_REASON, row.id, reason)?;
    exclusions::update(txn, &row).await?;
    let told = Body::RatingReinstated(RatingReinstated {
        exclusion_id: row.id.to_string(),
        rating_id: row.rating_id.to_string(),
        ticket_id: ticket.id.to_string(),
        act_id: ticket.act_id.to_string(),
        at: Some(to_wire(instant(at))),
        ratings_left: ratings_left(txn, ticket.id).await?,
    });
    Ok((row, vec![told]))
}

/// How many ratings of a ticket count.
async fn ratings_left(txn: &Txn, ticket_id: Uuid) -> Result<u32, Error> {
    let all = store::appeal::ratings_of(txn, ticket_id).await?;
    let excluded = exclusions::lasting_in(txn, ticket_id).await?;
    Ok(u32::try_from(all.saturating_sub(excluded)).unwrap_or(u32::MAX))
}
