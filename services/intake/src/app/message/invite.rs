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
    state::notifier::words::Kind,
};

/// How long a person served at a kiosk has to rate there before an SMS invites them: the faces are
/// on its screen. It is our number; no document states one.
const KIOSK_GRACE: SignedDuration = SignedDuration::from_mins(10);

/// The messages that follow from an act that can be rated. Nothing is planned that could not be
/// sent: without a notifier, or without a phone.
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

/// Whether a reminder runs from a service at a stage.
fn is_event(event: Event, stage: i16) -> bool {
    let at = |expected: Stage| stage == to_column(expected);
    match event {
        Event::CaseCompleted => at(Stage::Completion),
        Event::CaseAccepted => at(Stage::Acceptance),
        Event::AcceptedOrCompleted => at(Stage::Acceptance) || at(Stage::Completion),
        // Each service counts as received at its stage.
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

#[cfg(test)]
mod tests {
    use proto::intake::v1::{FormEntry, MessageKind};

    use super::*;
    use crate::{
        jobs::testing::{
            CHANGJI, COUNTY, GUANGXI, HAIYANG, REMINDS, TestGateway, in_force, send, states,
            writing,
        },
        rpc::{
            case::submit_application,
            testing::{COMMITTED_ITEM, ON_THE_SPOT_ITEM, republished, wire_item},
        },
        store::{case::acts, message::messages},
    };

    #[tokio::test]
    async fn i08_who_is_invited_and_who_is_reminded_the_profile_says() {
        let gateway = TestGateway::start().await;
        for (profile, kinds) in [
            (CHANGJI, vec![]),
            (GUANGXI, vec![]),
            (COUNTY, vec![MessageKind::Invitation]),
            (HAIYANG, vec![MessageKind::Reminder]),
        ] {
            let fixture = writing(&gateway, in_force(profile, "")).await;
            fixture.submit(ON_THE_SPOT_ITEM).await;
            let planned: Vec<_> =
                states(&fixture.intake).await.into_iter().map(|(kind, ..)| kind).collect();
            assert_eq!(planned, kinds);
        }
    }

    #[tokio::test]
    async fn i08_hy9_a_batch_told_with_all_its_steps_is_reminded_once_of_its_completion() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(HAIYANG, "")).await;
        let both = [Stage::Acceptance, Stage::Completion];
        let mut report = fixture.report("P-1", COMMITTED_ITEM, &both);
        report.batch_number = "B-1".to_owned();
        fixture.push(report).await.unwrap();
        assert_eq!(fixture.offered().await.len(), 2);
        let planned = states(&fixture.intake).await;
        let planned: Vec<_> = planned.into_iter().map(|(kind, ..)| kind).collect();
        assert_eq!(planned, [MessageKind::Reminder]);
    }

    #[tokio::test]
    async fn i08_without_a_notifier_or_a_phone_nothing_is_planned() {
        let gateway = TestGateway::start().await;
        let mut fixture = writing(&gateway, in_force(COUNTY, REMINDS)).await;
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        item.version = 2;
        item.form[1].required = false;
        fixture.tell(vec![republished(&item)]).await;
        let mut request = fixture.application(ON_THE_SPOT_ITEM);
        let name = |entry: &FormEntry| entry.field_id == "applicant_name";
        request.entries.retain(name);
        submit_application::run(&fixture.intake, fixture.terminal(), request).await.unwrap();
        assert_eq!(states(&fixture.intake).await, []);
        fixture.submit(ON_THE_SPOT_ITEM).await;
        assert_eq!(states(&fixture.intake).await.len(), 2);
        fixture.intake.notifier = None;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        assert_eq!(states(&fixture.intake).await.len(), 2);
    }

    #[tokio::test]
    async fn i08_how_to_answer_is_said_once_to_whom_could_not_be_understood() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(CHANGJI, "")).await;
        let token = fixture.invitation().await;
        let act_id = fixture.intake.shell.invitations.open(&token).unwrap();
        let (_, act) = acts::act(&fixture.intake.store, act_id).await.unwrap().unwrap();
        let txn = fixture.intake.store.begin().await.unwrap();
        for _ in 0..2 {
            let now = fixture.intake.shell.clock.now();
            let hint = row(&fixture.intake, Kind::ReplyHint, &act, now);
            messages::insert(&txn, vec![hint]).await.unwrap();
        }
        txn.commit().await.unwrap();
        send(&fixture.intake).await;
        let told = gateway.told();
        assert_eq!(told.len(), 1);
        assert!(told[0].body["text"].as_str().unwrap().contains("没有读懂您的回复"));
    }
}
