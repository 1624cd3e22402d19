//! Sends the messages that are due (I08). Every replica looks; one at a time holds a row, by a
//! lease. The content is decided at the last moment: someone who has rated meanwhile gets no
//! message. If a sender dies in the middle, the message is sent again under the same id, so that
//! the gateway recognises it.

use std::{sync::Arc, time::Duration};

use domain::{id::ActId, profile::Profile};
use jiff::{SignedDuration, Timestamp};
use platform::{
    auth::PersonDatum,
    status::{Failure, causes},
    trouble,
};
use proto::intake::v1::MessageState;
use tokio::task::JoinSet;

use crate::{
    Intake,
    app::message::matters::{self, Matters},
    convert::{case::window_of, to_column},
    entity::{message, rating},
    state::notifier::{
        Notifier,
        message::{Message, Outcome},
        words::Kind,
    },
    store::{
        case::{acts, cases},
        message::messages,
        people::applicants,
        rating::ratings,
    },
};

/// How often it looks. Commits do not wake it: there are thousands a second, and an SMS need not be
/// sooner.
const LOOK: Duration = Duration::from_secs(2);
/// How many are sent at a time.
const BATCH: u64 = 16;
/// How long a replica holds a row: longer than a gateway may take to answer.
const LEASE: SignedDuration = SignedDuration::from_mins(1);
/// How long to wait after each failure; after the last one, it is sent again only on request.
const PAUSES: [SignedDuration; 5] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(12),
];

/// Keeps sending until the process stops; it waits for a message on its way.
pub async fn run(intake: Intake) {
    let Some(notifier) = intake.notifier.clone() else {
        tracing::info!("no notifier is configured: nobody is invited or reminded by SMS");
        return intake.shell.stop.stopped().await;
    };
    let (troubles, wait) =
        (intake.store.troubles().clone(), trouble::Kind::Job("messages to raters"));
    while !intake.shell.stop.is_stopped() {
        match round(&intake, &notifier).await {
            // There may be more.
            Ok(BATCH) => continue,
            Ok(_) => troubles.end(wait),
            Err(error) => troubles.meet(wait, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = intake.shell.stop.stopped() => {}
        }
    }
}

/// Processes as many due messages as fit in a batch; returns how many.
pub(crate) async fn round(intake: &Intake, notifier: &Arc<Notifier>) -> Result<u64, Failure> {
    let now = intake.shell.clock.now();
    if notifier.is_quiet(now) {
        return Ok(0);
    }
    let due = messages::due(&intake.store, now.as_microsecond(), BATCH).await?;
    let count = due.len() as u64;
    let mut sending = JoinSet::new();
    for row in due {
        let (intake, notifier) = (intake.clone(), Arc::clone(notifier));
        sending.spawn(async move { look_after(&intake, &notifier, row).await });
    }
    let mut outcome = Ok(count);
    while let Some(ended) = sending.join_next().await {
        let ended = ended.unwrap_or_else(|error| Err(Failure::Internal(error.to_string())));
        outcome = outcome.and_then(|count| ended.map(|()| count));
    }
    outcome
}

/// What to do with a due message.
enum MessageDecision {
    Send(Message),
    Drop(&'static str),
}

async fn look_after(
    intake: &Intake,
    notifier: &Notifier,
    row: message::Model,
) -> Result<(), Failure> {
    let now = intake.shell.clock.now();
    let message = match prepare(intake, notifier, &row, now).await {
        Ok(MessageDecision::Drop(reason)) => {
            let state = to_column(MessageState::Dropped);
            let dropped =
                message::Model { state, last_error: Some(reason.to_owned()), ..row.clone() };
            messages::replace(&intake.store, &row, &dropped).await?;
            return Ok(());
        }
        Ok(MessageDecision::Send(message)) => Some(message),
        Err(Failure::Store(error)) => return Err(error.into()),
        // Tried again like any other, so that an operator sees it in the end.
        Err(_) => None,
    };
    let until = now.saturating_add(LEASE).unwrap_or(now);
    let leased = message::Model {
        attempts: row.attempts.saturating_add(1),
        leased_until: until.as_microsecond(),
        ..row.clone()
    };
    if !messages::replace(&intake.store, &row, &leased).await? {
        return Ok(());
    }
    let outcome = match &message {
        Some(message) => notifier.send(message).await,
        None => Outcome::Later { reason: "UNREADABLE" },
    };
    let settled = settle(leased.clone(), outcome, intake.shell.clock.now());
    if settled.state == to_column(MessageState::Dead) {
        let reason = settled.last_error.as_deref().unwrap_or_default();
        tracing::warn!(message.id = %row.id, attempts = settled.attempts, reason, "not sent, and not tried again");
    }
    messages::replace(&intake.store, &leased, &settled).await?;
    Ok(())
}

/// Decides whether a message is still wanted, and composes it.
async fn prepare(
    intake: &Intake,
    notifier: &Notifier,
    row: &message::Model,
    now: Timestamp,
) -> Result<MessageDecision, Failure> {
    let missing = |what: &str| Failure::Internal(format!("{what} of a message is not known"));
    let act_id = ActId(row.act_id);
    let (act, act_row) =
        acts::act(&intake.store, act_id).await?.ok_or_else(|| missing("the act"))?;
    let snapshot = intake.reference.now();
    let profile = snapshot.policy(&act.policy).ok_or_else(|| missing("the policy"))?;
    let kind = Kind::of(row.kind).ok_or_else(|| missing("the kind"))?;
    let question = match (kind, &act_row.phone_index) {
        (Kind::ReplyHint, Some(phone)) => question(intake, notifier, profile, phone, now).await?,
        _ => None,
    };
    let last = ratings::ratings_of(&intake.store, act_id, None, 1).await?;
    // The person asked which matter is meant may have rated this one long before.
    let answers = |rating: &rating::Model| question.is_none() || rating.received_at >= row.due_at;
    if last.iter().any(answers) {
        return Ok(MessageDecision::Drop("RATED"));
    }
    if act_row.closes_at.is_some_and(|closes_at| now.as_microsecond() >= closes_at) {
        return Ok(MessageDecision::Drop("WINDOW_CLOSED"));
    }
    let case = cases::case(&intake.store, row.case_id).await?.ok_or_else(|| missing("the case"))?;
    // The phone known when the act was opened, even if reports changed it since.
    let holder = applicants::holder(intake.store.read(), &case, &act_row).await?;
    let applicant = holder.open(&intake.shell.sealer)?;
    if applicant.phone.is_empty() {
        return Ok(MessageDecision::Drop("NO_PHONE"));
    }
    let phone = intake.shell.blind.phone(&applicant.phone);
    if messages::has_opted_out(&intake.store, &phone).await? {
        return Ok(MessageDecision::Drop("OPTED_OUT"));
    }
    let text = match question {
        Some(question) => question,
        None => {
            let of_several = matters::of_several(intake, &act_row, now).await?;
            let token = intake.shell.invitations.token(act_id);
            let window = window_of(&act_row)?;
            notifier.text(kind, profile, &token, window.as_ref(), of_several.as_ref())
        }
    };
    Ok(MessageDecision::Send(Message { id: row.id, phone: PersonDatum(applicant.phone), text }))
}

/// The question which of several matters an answer is about, if there still are several.
async fn question(
    intake: &Intake,
    notifier: &Notifier,
    profile: &Profile,
    phone: &[u8],
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let matters = Matters::of(intake, phone, now).await?;
    if !matters.are_several() {
        return Ok(None);
    }
    Ok(Some(notifier.question(profile, &matters.listed(intake).await?)))
}

/// A message after an attempt that ended at `at`.
fn settle(row: message::Model, outcome: Outcome, at: Timestamp) -> message::Model {
    let given_up = |row, reason| message::Model {
        state: to_column(MessageState::Dead),
        last_error: Some(reason),
        ..row
    };
    match outcome {
        Outcome::Sent { reference } => message::Model {
            state: to_column(MessageState::Sent),
            sent_at: Some(at.as_microsecond()),
            gateway_reference: reference,
            last_error: None,
            ..row
        },
        Outcome::Never { reason } => given_up(row, reason),
        Outcome::Later { reason } => {
            let failures = usize::try_from(row.attempts).unwrap_or_default();
            match failures.checked_sub(1).and_then(|n| PAUSES.get(n)) {
                None => given_up(row, reason.to_owned()),
                Some(pause) => message::Model {
                    next_attempt_at: at.saturating_add(*pause).unwrap_or(at).as_microsecond(),
                    leased_until: 0,
                    last_error: Some(reason.to_owned()),
                    ..row
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::facts;
    use prost::Message as _;
    use proto::{intake::v1::MessageKind, r#type::v1::Level};

    use super::*;
    use crate::{
        jobs::testing::{
            Answers, COUNTY, REMINDS, TestGateway, at, in_force, send, states, writing,
        },
        rpc::{
            rating::submit_rating,
            testing::{Fixture, ON_THE_SPOT_ITEM, rater, rating_request},
        },
    };

    const INVITATION: MessageKind = MessageKind::Invitation;
    const REMINDER: MessageKind = MessageKind::Reminder;

    fn state(
        kind: MessageKind,
        state: MessageState,
        reason: &str,
    ) -> (MessageKind, MessageState, String) {
        (kind, state, reason.to_owned())
    }

    async fn rate(fixture: &Fixture, token: &str) {
        let request = rating_request(token, Level::Satisfied);
        submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
    }

    #[tokio::test]
    async fn i08_invited_after_ten_minutes_reminded_after_a_day_outside_quiet_hours_then_left_alone()
     {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, REMINDS)).await;
        // Five minutes to eight in the morning, in China.
        at(&fixture, "2026-03-02T23:55:00Z");
        let token = fixture.invitation().await;
        let told = async |until: &str| {
            at(&fixture, until);
            send(&fixture.intake).await;
            gateway.told().len()
        };
        assert_eq!(told("2026-03-03T00:04:59Z").await, 0, "the faces are on the screen");
        assert_eq!(told("2026-03-03T00:05:00Z").await, 1);
        assert_eq!(told("2026-03-03T23:55:00Z").await, 1, "quiet until eight");
        assert_eq!(told("2026-03-03T23:59:59Z").await, 1);
        assert_eq!(told("2026-03-04T00:00:00Z").await, 2);
        let words: Vec<String> = gateway
            .told()
            .iter()
            .map(|told| told.body["text"].as_str().unwrap().to_owned())
            .collect();
        assert!(words[0].contains("已办结") && words[1].contains("还没有评价"), "{words:?}");
        assert!(words.iter().all(|words| words.contains(&token)));
        rate(&fixture, &token).await;

        // A rating after the invitation stops the reminder.
        let token = fixture.invitation().await;
        assert_eq!(told("2026-03-04T00:10:00Z").await, 3);
        rate(&fixture, &token).await;
        assert_eq!(told("2026-03-08T01:00:00Z").await, 3);
        assert_eq!(
            states(&fixture.intake).await,
            [
                state(INVITATION, MessageState::Sent, ""),
                state(REMINDER, MessageState::Sent, ""),
                state(INVITATION, MessageState::Sent, ""),
                state(REMINDER, MessageState::Dropped, "RATED"),
            ]
        );
    }

    #[tokio::test]
    async fn i08_nobody_is_written_to_who_has_rated_or_can_rate_no_more() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        rate(&fixture, &fixture.invitation().await).await;
        at(&fixture, "2026-03-02T01:10:00Z");
        send(&fixture.intake).await;
        fixture.invitation().await;
        // The morning after the window's last day, which was 9 March.
        at(&fixture, "2026-03-10T00:00:00Z");
        send(&fixture.intake).await;
        assert_eq!(
            states(&fixture.intake).await,
            [
                state(INVITATION, MessageState::Dropped, "RATED"),
                state(INVITATION, MessageState::Dropped, "WINDOW_CLOSED"),
            ]
        );
        assert!(gateway.told().is_empty());
    }

    #[tokio::test]
    async fn i08_i20_a_message_tells_nothing_of_person_item_or_agency_and_no_row_holds_the_phone() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, REMINDS)).await;
        let case = fixture.submit(ON_THE_SPOT_ITEM).await;
        at(&fixture, "2026-03-03T01:00:00Z");
        send(&fixture.intake).await;
        let told = gateway.told();
        assert_eq!(told.len(), 2);
        for told in told {
            assert_eq!(told.body["phone"], "13800000000");
            let text = told.body["text"].as_str().unwrap();
            assert!(text.contains("https://example.gov.cn/my"), "where to look things up: {text}");
            let agency = fixture.agency_of(ON_THE_SPOT_ITEM);
            for datum in [
                "示例办事人",
                "13800000000",
                case.item_name.as_str(),
                case.item_code.as_str(),
                case.project_number.as_str(),
                case.case_id.as_str(),
                agency.as_str(),
                "示例机构",
                "652301",
            ] {
                assert!(!text.contains(datum), "{datum}: {text}");
            }
        }
        let rows = messages::due(&fixture.intake.store, i64::MAX, 9).await.unwrap();
        assert!(!format!("{rows:?}").contains("13800000000"));
        let digits = b"13800000000";
        for fact in facts::list(&fixture.intake.store, 0, 1_000).await.unwrap() {
            assert!(!fact.encode_to_vec().windows(digits.len()).any(|bytes| bytes == digits));
        }
    }

    #[tokio::test]
    async fn i08_a_gateway_that_fails_is_tried_again_after_growing_pauses_and_then_no_more() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        fixture.intake.shell.clock.set("2026-03-02T00:00:00Z".parse().unwrap());
        fixture.submit(ON_THE_SPOT_ITEM).await;
        gateway.answers(Answers::Body(429, ""));
        // Due at 08:10 in China; the last pause ends the next morning, when nobody sleeps.
        for (n, due) in [
            "2026-03-02T00:10:00Z",
            "2026-03-02T00:11:00Z",
            "2026-03-02T00:16:00Z",
            "2026-03-02T00:46:00Z",
            "2026-03-02T02:46:00Z",
            "2026-03-03T00:00:00Z", // 14:46Z is quiet
        ]
        .into_iter()
        .enumerate()
        {
            let due: Timestamp = due.parse().unwrap();
            fixture.intake.shell.clock.set(due - SignedDuration::from_secs(1));
            send(&fixture.intake).await;
            assert_eq!(gateway.told().len(), n, "not before {due}");
            fixture.intake.shell.clock.set(due);
            send(&fixture.intake).await;
            assert_eq!(gateway.told().len(), n + 1, "at {due}");
        }
        assert_eq!(
            states(&fixture.intake).await,
            [state(INVITATION, MessageState::Dead, "GATEWAY_BUSY")]
        );
        at(&fixture, "2026-03-05T01:00:00Z");
        send(&fixture.intake).await;
        let told = gateway.told();
        assert_eq!(told.len(), 6);
        let keys: Vec<&str> = told.iter().map(|told| told.head("idempotency-key")).collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }

    #[tokio::test]
    async fn i08_what_the_gateway_refuses_is_given_up_at_once() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        gateway.answers(Answers::Body(422, ""));
        at(&fixture, "2026-03-02T01:10:00Z");
        send(&fixture.intake).await;
        at(&fixture, "2026-03-03T01:10:00Z");
        send(&fixture.intake).await;
        assert_eq!(gateway.told().len(), 1);
        assert_eq!(
            states(&fixture.intake).await,
            [state(INVITATION, MessageState::Dead, "GATEWAY_REFUSED_422")]
        );
    }

    #[tokio::test]
    async fn i08_a_message_whose_sender_died_in_the_middle_is_sent_again_under_the_same_id() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        at(&fixture, "2026-03-02T01:10:00Z");
        // The gateway has it; the sender died before it could record that.
        gateway.answers(Answers::Hang);
        let notifier = fixture.intake.notifier.clone().unwrap();
        let intake = fixture.intake.clone();
        let sender = tokio::spawn(async move { round(&intake, &notifier).await });
        let wait = async {
            while gateway.told().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        platform::testing::wait::within("it is told", platform::testing::wait::PATIENCE, wait)
            .await;
        sender.abort();
        gateway.answers(Answers::Body(202, ""));
        at(&fixture, "2026-03-02T01:10:59Z");
        send(&fixture.intake).await;
        assert_eq!(gateway.told().len(), 1, "it may still be on its way");
        at(&fixture, "2026-03-02T01:11:00Z");
        send(&fixture.intake).await;
        let told = gateway.told();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].body["id"], told[1].body["id"]);
        assert_eq!(states(&fixture.intake).await, [state(INVITATION, MessageState::Sent, "")]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i08_of_several_replicas_one_sends_each_message() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        for _ in 0..20 {
            fixture.submit(ON_THE_SPOT_ITEM).await;
        }
        at(&fixture, "2026-03-02T01:10:00Z");
        let (other, _commits) = fixture.restarted().await;
        let other = other.with_notifier(Notifier::new(gateway.messages()).unwrap());
        tokio::join!(send(&fixture.intake), send(&other));
        let mut ids: Vec<String> =
            gateway.told().iter().map(|told| told.head("idempotency-key").to_owned()).collect();
        assert_eq!(ids.len(), 20);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 20, "each once");
        assert!(
            states(&fixture.intake).await.iter().all(|(_, state, _)| *state == MessageState::Sent)
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i08_it_sends_on_its_own_until_the_process_stops() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, "")).await;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        at(&fixture, "2026-03-02T01:10:00Z");
        let running = tokio::spawn(run(fixture.intake.clone()));
        let wait = async {
            while gateway.told().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        platform::testing::wait::within("it is sent", platform::testing::wait::PATIENCE, wait)
            .await;
        fixture.intake.shell.stop.stop();
        platform::testing::wait::within("it ends", platform::testing::wait::PATIENCE, running)
            .await
            .unwrap();
    }
}
