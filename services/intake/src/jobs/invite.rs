//! The messages that invite and remind (I08): planned in the transaction that keeps the act which can
//! be rated, sent by a job when they are due.

use domain::profile::{Event, Profile, Reminder};
use jiff::{SignedDuration, Timestamp};
use platform::clock::instant;
use proto::{
    intake::v1::{MessageState, ServiceMode},
    r#type::v1::Stage,
};

use crate::{
    Intake,
    convert::to_column,
    entity::{case_file, message, service_act},
    jobs::notifier::Kind,
};

/// How long whoever was served at a kiosk has to rate there before an SMS invites them: the faces are
/// on its screen. Ours, no document says so.
const KIOSK_GRACE: SignedDuration = SignedDuration::from_mins(10);

/// The messages that follow from an act that can be rated. Nothing is planned that nobody would send:
/// without a notifier, or without a phone.
pub(crate) fn plan(
    intake: &Intake,
    profile: &Profile,
    case: &case_file::Model,
    act: &service_act::Model,
) -> Vec<message::Model> {
    if intake.notifier.is_none() || case.phone_index.is_none() || !act.offered {
        return Vec::new();
    }
    let mut planned = Vec::new();
    let served_at = instant(act.served_at);
    let completed = act.stage == to_column(Stage::Completion);
    if completed && profile.sms_invitation.value {
        let at_kiosk = case.mode == to_column(ServiceMode::Kiosk);
        let grace = if at_kiosk { KIOSK_GRACE } else { SignedDuration::ZERO };
        planned.push(row(intake, Kind::Invitation, act, after(served_at, grace)));
    }
    if let Some(Reminder { hours, event }) = profile.sms_reminder.as_ref().map(|rule| rule.value)
        && is_event(event, act.stage)
    {
        let due_at = after(served_at, SignedDuration::from_hours(hours.into()));
        planned.push(row(intake, Kind::Reminder, act, due_at));
    }
    planned
}

/// Whether a service at a stage is the event that a reminder runs from.
fn is_event(event: Event, stage: i16) -> bool {
    let at = |expected: Stage| stage == to_column(expected);
    match event {
        Event::CaseCompleted => at(Stage::Completion),
        Event::CaseAccepted => at(Stage::Acceptance),
        Event::AcceptedOrCompleted => at(Stage::Acceptance) || at(Stage::Completion),
        // Each service is received at its stage.
        _ => true,
    }
}

fn after(at: Timestamp, time: SignedDuration) -> Timestamp {
    at.saturating_add(time).unwrap_or(Timestamp::MAX)
}

/// A message about an act, not yet sent.
pub(crate) fn row(
    intake: &Intake,
    kind: Kind,
    act: &service_act::Model,
    due_at: Timestamp,
) -> message::Model {
    message::Model {
        id: intake.shell.clock.new_id(),
        act_id: act.id,
        case_id: act.case_id,
        region_code: act.region_code.clone(),
        kind: kind.number(),
        state: to_column(MessageState::Waiting),
        due_at: due_at.as_microsecond(),
        attempts: 0,
        next_attempt_at: due_at.as_microsecond(),
        leased_until: 0,
        last_error: None,
        sent_at: None,
        gateway_reference: None,
    }
}
