//! The shared part of all commands to an appeal: the appeal and its ticket, the decision in `domain`,
//! the duties that are on record by it, the row, the exclusion and the facts.

use domain::{
    appeal::{Actor, AppealCommand, AppealRefusal, AppealState, is_among, is_complete, next_duty},
    profile::ExclusionDuty,
};
use platform::{
    auth::Officer,
    convert::{ground_to_wire, to_wire},
    database::Txn,
};
use proto::{
    fact::v1::{AppealDecided, appeal_decided::AppealOutcome, fact::Body},
    ticketing::v1 as wire,
};
use uuid::Uuid;

use super::{
    case::{self, AppealCase},
    clock,
    exclude::{ExclusionOrder, exclude},
    follow::follow,
    words::{REASON, read_appeal, read_exclusion},
};
use crate::{
    convert::{
        appeal::{Cause, appeal_from_row, column, duties_of, duty_to_wire, state_to_wire},
        ticket::NOTHING_DUE,
    },
    entity::{appeal, exclusion},
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

/// What a command says beside itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CommandWords<'a> {
    /// The note of a duty, or the reason of a decision.
    pub(crate) text: &'a str,
    /// A document's number.
    pub(crate) document_number: &'a str,
}

/// What a command led to.
pub(crate) struct Taken {
    pub(crate) appeal: wire::Appeal,
    pub(crate) exclusion: Option<wire::Exclusion>,
    pub(crate) told: Vec<Body>,
}

/// An appeal within the caller's reach, and its case. Locked: it is read again behind the lock.
pub(crate) async fn open(
    ticketing: &Ticketing,
    txn: &Txn,
    caller: &Officer,
    appeal_id: Uuid,
) -> Result<(appeal::Model, AppealCase), Error> {
    let found = store::appeal::appeal(txn, caller, appeal_id).await?;
    let ticket_id = found.ok_or(AppealError::NotFound)?.ticket_id;
    let case = case::open(ticketing, txn, ticket_id).await?;
    let row = store::appeal::appeal(txn, caller, appeal_id).await?.ok_or(AppealError::NotFound)?;
    Ok((row, case))
}

/// Carries out a command.
pub(crate) async fn take(
    ticketing: &Ticketing,
    txn: &Txn,
    caller: &Officer,
    (mut row, mut case): (appeal::Model, AppealCase),
    command: AppealCommand,
    words: CommandWords<'_>,
) -> Result<Taken, Error> {
    let (id, sealer) = (row.id, &ticketing.shell.sealer);
    let records = duties::of(txn, [id]).await?.remove(&id).unwrap_or_default();
    let before = appeal_from_row(&row, &records)?;
    let by = Actor { id: caller.id(), office: caller.office() };
    let after = before.clone().take(command, by, &case.rated, &case.profile)?;
    let now = ticketing.shell.clock.now();
    let at = now.as_microsecond();
    let recording = matches!(command, AppealCommand::Record(_));
    for (n, duty) in after.done.iter().enumerate().skip(before.done.len()) {
        let new = NewDuty {
            duty: duty_to_wire(*duty).into(),
            at,
            by: caller.id(),
            document_number: words.document_number,
            // What a decision puts on record has its words with the decision.
            note: if recording { words.text } else { "" },
        };
        duties::insert(txn, sealer, id, n + 1, new).await?;
    }
    let late = before.state.is_open() && row.due_at <= at;
    row.state = column(state_to_wire(after.state));
    row.ground = after.state.ground().map_or(0, |ground| column(ground_to_wire(ground)));
    if !after.state.is_open() {
        row.due_at = NOTHING_DUE;
    }
    if matches!(command, AppealCommand::Uphold(_) | AppealCommand::Reject) {
        row.decided_at = Some(at);
        row.decided_by = caller.id().to_owned();
        row.document_number = words.document_number.to_owned();
        row.reason = seal(sealer, REASON, id, words.text)?;
    }
    store::appeal::update(txn, &row).await?;
    let cause = Cause { by: caller.id(), appeal_id: id, rating_id: row.rating_id };
    let resumed = clock::resume(txn, sealer, &mut case.rows, &case.calendar, cause, now).await?;
    let decided = |outcome: AppealOutcome| {
        Body::AppealDecided(AppealDecided {
            appeal_id: id.to_string(),
            rating_id: row.rating_id.to_string(),
            ticket_id: row.ticket_id.to_string(),
            outcome: outcome.into(),
            at: Some(to_wire(now)),
            late,
        })
    };
    let (exclusion, mut told) = match command {
        AppealCommand::Record(_) => (completed(txn, id, after.state, at).await?, Vec::new()),
        AppealCommand::Uphold(ground) => {
            let order = ExclusionOrder {
                ticket: &case.rows.ticket,
                rating_id: row.rating_id,
                ground,
                profile: &case.profile,
                appeal_id: Some(id),
                done: &after.done,
            };
            let excluded = exclude(ticketing, txn, caller, order).await?;
            let mut told = vec![decided(AppealOutcome::Upheld), excluded.told];
            told.extend(resumed.clone());
            if excluded.ratings_left == 0 {
                told.extend(follow(ticketing, txn, &case, Some(ground), cause).await?);
            }
            (Some(excluded.row), told)
        }
        AppealCommand::Reject => (None, vec![decided(AppealOutcome::Rejected)]),
        AppealCommand::Withdraw => (None, vec![decided(AppealOutcome::Withdrawn)]),
    };
    if !matches!(command, AppealCommand::Uphold(_)) {
        told.extend(resumed);
    }
    let records = duties::of(txn, [id]).await?.remove(&id).unwrap_or_default();
    let exclusion = exclusion.map(|row| read_exclusion(sealer, &row)).transpose()?;
    Ok(Taken { appeal: read_appeal(ticketing, &row, &records)?, exclusion, told })
}

/// The exclusion of an appeal that was upheld; complete with the last of its duties.
async fn completed(
    txn: &Txn,
    appeal_id: Uuid,
    state: AppealState,
    at: i64,
) -> Result<Option<exclusion::Model>, Error> {
    let Some(mut row) = exclusions::of_appeal(txn, appeal_id).await? else { return Ok(None) };
    if matches!(state, AppealState::Completed { .. }) && row.completed_at.is_none() {
        row.completed_at = Some(at);
        exclusions::update(txn, &row).await?;
    }
    Ok(Some(row))
}

/// Records a duty of an exclusion that no appeal led to.
pub(crate) async fn record_alone(
    ticketing: &Ticketing,
    txn: &Txn,
    caller: &Officer,
    (mut row, case): (exclusion::Model, AppealCase),
    duty: ExclusionDuty,
    words: CommandWords<'_>,
) -> Result<exclusion::Model, Error> {
    if is_among(caller.id(), &case.rated) {
        return Err(AppealRefusal::Rated { command: AppealCommand::Record(duty) }.into());
    }
    let records = duties::of(txn, [row.id]).await?.remove(&row.id).unwrap_or_default();
    let mut done = duties_of(&records)?;
    next_duty(duty, caller.office(), &done, &case.profile)?;
    let at = ticketing.shell.clock.now().as_microsecond();
    let new = NewDuty {
        duty: duty_to_wire(duty).into(),
        at,
        by: caller.id(),
        document_number: words.document_number,
        note: words.text,
    };
    duties::insert(txn, &ticketing.shell.sealer, row.id, done.len() + 1, new).await?;
    done.push(duty);
    if is_complete(&done, &case.profile) {
        row.completed_at = Some(at);
        exclusions::update(txn, &row).await?;
    }
    Ok(row)
}
