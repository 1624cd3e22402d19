//! What applicants see of their own service acts, in a list or at a window: what can be rated, what
//! was rated, and the outcome.

use std::collections::HashMap;

use domain::deadline::day_of;
use platform::convert::{deadline_to_wire, to_wire};
use proto::intake::v1::{Invitation, MyAct};
use uuid::Uuid;

use crate::{
    Intake,
    convert::{
        case::{act_from_row, window_of},
        rating::follow_up_to_wire,
    },
    entity::{case_file, handling::Became, rating, service_act},
    error::Error,
    store::rating::{handlings, ratings},
};

/// The acts as their applicants see them, each with its case.
pub(crate) async fn shown(
    intake: &Intake,
    rows: &[service_act::Model],
    cases: &HashMap<Uuid, &case_file::Model>,
) -> Result<Vec<(Uuid, MyAct)>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut ratings: HashMap<Uuid, Vec<rating::Model>> = HashMap::new();
    for rating in ratings::newest_of_acts(intake.store.read(), &ids).await? {
        ratings.entry(rating.act_id).or_default().push(rating);
    }
    let outcomes = handlings::became(intake.store.read(), &ids).await?;
    let outcomes: HashMap<Uuid, Became> =
        outcomes.into_iter().map(|became| (became.row.act_id, became)).collect();
    let now = intake.shell.clock.now();
    let (known, today) = (intake.reference.now(), day_of(now));
    let agency = |id: &str| known.unit(id, today).map(|unit| unit.name.clone()).unwrap_or_default();
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let act = act_from_row(row)?;
        let window = window_of(row)?;
        // An act reported after its window has closed, and an older row, have another window than
        // their own.
        let window = window.filter(|window| row.offered || window.is_past(now));
        let closed = !row.offered || window.as_ref().is_some_and(|window| window.is_past(now));
        let token = if closed { String::new() } else { intake.shell.invitations.token(act.id) };
        let stands = ratings.get(&row.id).and_then(|ratings| ratings::effective(ratings));
        let seen = outcomes.get(&row.id);
        let became = seen.map(|seen| &seen.row);
        let main = seen.and_then(|seen| seen.main_ticket_id);
        let item_name = cases.get(&row.case_id).map(|case| case.item_name.clone());
        let act = MyAct {
            invitation: Some(Invitation { token, window: window.as_ref().map(deadline_to_wire) }),
            item_name: item_name.unwrap_or_default(),
            stage: row.stage.into(),
            served_at: Some(to_wire(act.served_at)),
            closed,
            level: stands.map_or(0, |rating| rating.level.into()),
            origin: stands.map_or(0, |rating| rating.origin.into()),
            rated_at: stands.map(|rating| to_wire(ratings::given_at(rating))),
            ticket_id: became.map(|became| became.ticket_id.to_string()).unwrap_or_default(),
            ticket_state: became.map_or(0, |became| became.state.into()),
            finding: became.map_or(0, |became| became.finding.into()),
            next_due_on: became.map(|became| became.next_due_on.clone()).unwrap_or_default(),
            answering_agency_name: became
                .map(|became| agency(&became.agency_id))
                .unwrap_or_default(),
            main_ticket_id: main.map(|id| id.to_string()).unwrap_or_default(),
            follow_up: seen.and_then(|seen| seen.follow_up).map(follow_up_to_wire),
        };
        shown.push((row.case_id, act));
    }
    Ok(shown)
}
