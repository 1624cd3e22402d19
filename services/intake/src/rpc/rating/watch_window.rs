//! Watches a window from its evaluator: what can be rated there now.

use std::pin::Pin;

use domain::evaluator::{WindowStep, over_by, standing};
use platform::{
    auth::Terminal,
    clock::instant,
    convert::{deadline_to_wire, to_wire},
    telemetry::trace,
};
use proto::intake::v1::{AtWindow as ToRate, Invitation, WatchWindowRequest, WatchWindowResponse};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use crate::{
    Intake,
    app::{case::watch, rating::devices},
    convert::case::{act_from_row, window_of},
    entity::case_step,
    error::{Error, case::CaseError, rating::device::DeviceError},
    state::snapshot_with,
    store::{
        case::{cases, watched::WatchTarget},
        rating::{at_window, ratings},
    },
};

/// What can be rated, whenever that changes.
pub(crate) type Matters = Pin<Box<dyn Stream<Item = Result<WatchWindowResponse, Status>> + Send>>;

pub(crate) async fn run(
    intake: &Intake,
    caller: Terminal,
    _: WatchWindowRequest,
) -> Result<Matters, Error> {
    snapshot_with(intake, caller.id()).await?;
    let mut window = devices::window(intake, caller.id())?;
    let mut watch = watch::watch(intake, caller.id(), WatchTarget::Window(window.clone()));
    let seen = watch.first(look(intake, &window)).await;
    let mut seen = seen.ok_or(DeviceError::WatchedElsewhere)??;
    let (sender, receiver) = mpsc::channel(1);
    let intake = intake.clone();
    tokio::spawn(trace::carried(async move {
        let mut next = Ok(seen.clone());
        loop {
            let failed = next.is_err();
            if sender.send(next.map_err(Status::from)).await.is_err() || failed {
                return;
            }
            next = loop {
                tokio::select! {
                    more = watch.changed() => if !more {
                        break Err(DeviceError::WatchedElsewhere.into());
                    },
                    () = sender.closed() => return,
                    () = intake.shell.stop.stopped() => return,
                }
                // It may have moved to another window.
                match devices::window(&intake, caller.id()) {
                    Ok(now) if now == window => {}
                    Ok(now) => {
                        watch =
                            watch::watch(&intake, caller.id(), WatchTarget::Window(now.clone()));
                        window = now;
                    }
                    Err(error) => break Err(error),
                }
                match look(&intake, &window).await {
                    Ok(now) if now == seen => {}
                    Ok(now) => {
                        seen = now.clone();
                        break Ok(now);
                    }
                    Err(error) => break Err(error),
                }
            };
        }
    }));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

/// What can be rated at a window now.
async fn look(intake: &Intake, window: &str) -> Result<WatchWindowResponse, Error> {
    let now = intake.shell.clock.now();
    let since = over_by(now).as_microsecond();
    let steps = at_window::steps_since(intake.store.read(), window, since).await?;
    let at_window = |step: &case_step::Model| WindowStep {
        received_at: instant(step.received_at),
        reported_at: instant(step.reported_at.unwrap_or(step.received_at)),
    };
    let window_steps: Vec<_> = steps.iter().map(at_window).collect();
    let step = standing(&window_steps, now).and_then(|n| steps.get(n));
    let to_rate = match step {
        Some(step) => to_rate(intake, step).await?,
        None => None,
    };
    Ok(WatchWindowResponse { to_rate })
}

/// The rating that a step offers, if the evaluator opens on it and it is not rated yet.
async fn to_rate(intake: &Intake, step: &case_step::Model) -> Result<Option<ToRate>, Error> {
    let connection = intake.store.read();
    let Some(row) = at_window::act_of_step(connection, step).await? else { return Ok(None) };
    let act = act_from_row(&row)?;
    let snapshot = intake.reference.now();
    let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
    let profile = snapshot.policy(&act.policy).ok_or_else(|| not_yet("the policy profile"))?;
    let window = window_of(&row)?;
    let closed = window.as_ref().is_some_and(|due| due.is_past(intake.shell.clock.now()));
    let opens = profile.evaluator_opens_on.value.contains(&act.stage) && !closed;
    if !opens || ratings::is_rated(connection, row.id).await? {
        return Ok(None);
    }
    let case = cases::case(&intake.store, row.case_id).await?.ok_or(CaseError::NotFound)?;
    Ok(Some(ToRate {
        invitation: Some(Invitation {
            token: intake.shell.invitations.token(act.id),
            window: window.as_ref().map(deadline_to_wire),
        }),
        item_name: case.item_name,
        stage: row.stage.into(),
        served_at: Some(to_wire(act.served_at)),
    }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::{
        auth::Caller,
        testing::{EVALUATOR, REGION, TERMINALS, WINDOW_ITEM, WINDOWS, principal, unit_published},
    };
    use proto::{
        catalog::v1::{Unit, UnitKind, UnitNature},
        intake::v1::ResolveInvitationRequest,
        r#type::v1::{Level, Stage as Wire},
    };
    use tokio_stream::StreamExt as _;
    use tonic::Code;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::{
        rating::{resolve_invitation, submit_rating},
        testing::{Fixture, rater, rating_request},
    };

    const BOTH: [Wire; 2] = [Wire::Acceptance, Wire::Completion];

    async fn watch(intake: &Intake, terminal: &str) -> Result<Matters, Status> {
        let caller = principal(terminal, Caller::Terminal);
        Ok(run(intake, caller, WatchWindowRequest {}).await?)
    }

    /// What a newly connected evaluator shows.
    async fn shown(fixture: &Fixture) -> Option<ToRate> {
        let mut matters = watch(&fixture.intake, EVALUATOR).await.unwrap();
        matters.next().await.unwrap().unwrap().to_rate
    }

    /// The next state, within the second that I19 allows.
    async fn next(matters: &mut Matters) -> Option<ToRate> {
        let next = platform::testing::wait::within(
            "what it shows",
            Duration::from_secs(1),
            matters.next(),
        );
        next.await.unwrap().unwrap().to_rate
    }

    /// Seconds after the fixture's beginning.
    fn move_to(fixture: &Fixture, seconds: i64) {
        let start: jiff::Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        fixture.intake.shell.clock.set(start + jiff::SignedDuration::from_secs(seconds));
    }

    async fn push(fixture: &Fixture, number: &str, steps: &[Wire]) {
        fixture.push(fixture.report(number, WINDOW_ITEM, steps)).await.unwrap();
    }

    async fn rate(fixture: &Fixture, matter: &ToRate) {
        let token = &matter.invitation.as_ref().unwrap().token;
        let request = rating_request(token, Level::Satisfied);
        submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
    }

    fn evaluator_unit(id: &str, window_id: &str) -> Unit {
        Unit {
            unit_id: id.to_owned(),
            kind: UnitKind::Terminal.into(),
            nature: UnitNature::Evaluator.into(),
            region_code: REGION.to_owned(),
            window_id: window_id.to_owned(),
            ..Unit::default()
        }
    }

    fn reason(status: &Status) -> String {
        status.get_error_details().error_info().unwrap().reason.clone()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i19_every_evaluator_of_a_window_wakes_within_a_second_of_a_service_wherever_it_came_in()
     {
        let fixture = Fixture::new().await;
        let (replica, _commits) = fixture.restarted().await;
        let mut here = watch(&fixture.intake, EVALUATOR).await.unwrap();
        let mut there = watch(&replica, EVALUATOR).await.unwrap();
        assert_eq!((next(&mut here).await, next(&mut there).await), (None, None));
        push(&fixture, "P-1", &BOTH).await;
        let (one, other) = tokio::join!(next(&mut here), next(&mut there));
        let matter = one.clone().unwrap();
        assert_eq!(one, other, "both show the same");
        assert_eq!(matter.stage(), Wire::Completion);
        assert!(matter.item_name.starts_with("示例事项") && matter.served_at.is_some());
        let invitation = matter.invitation.as_ref().unwrap();
        assert_eq!(invitation.window.as_ref().unwrap().due_on, "2026-03-09");
        // The evaluator uses it to ask what to show.
        let asked = ResolveInvitationRequest { token: invitation.token.clone() };
        let evaluator = principal(EVALUATOR, Caller::Terminal);
        let screen = resolve_invitation::run(&replica, evaluator, asked).await.unwrap();
        assert_eq!((screen.levels.len(), &screen.item_name), (5, &matter.item_name));
        // Rated on a phone, and both are blank.
        rate(&fixture, &matter).await;
        assert_eq!(tokio::join!(next(&mut here), next(&mut there)), (None, None));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i19_services_of_this_process_wake_its_evaluators_at_once() {
        let fixture = Fixture::new().await;
        let mut matters = watch(&fixture.intake, EVALUATOR).await.unwrap();
        assert_eq!(next(&mut matters).await, None);
        // Polling at intervals would take half a second for each of them.
        let waking = async {
            for n in 0..10 {
                move_to(&fixture, n);
                push(&fixture, &format!("P-{n}"), &BOTH).await;
                assert!(next(&mut matters).await.is_some());
            }
        };
        platform::testing::wait::within(
            "each, sooner than by looking",
            crate::app::case::watch::LOOK * 8,
            waking,
        )
        .await;
    }

    #[tokio::test]
    async fn i19_hy9_dq1_the_evaluator_opens_on_the_stages_of_the_profile() {
        let profiles =
            [("haiyang-2021", false), ("changji-2020", false), ("district-2-5-15", true)];
        for (profile, on_acceptance) in profiles {
            let fixture = Fixture::under(profile).await;
            push(&fixture, "P-1", &[Wire::Acceptance]).await;
            let opened = shown(&fixture).await.map(|matter| matter.stage());
            assert_eq!(opened, on_acceptance.then_some(Wire::Acceptance), "{profile}");
            move_to(&fixture, 60);
            let mut report = fixture.report("P-1", WINDOW_ITEM, &BOTH);
            report.steps[0].happened_at.as_mut().unwrap().seconds -= 60;
            fixture.push(report).await.unwrap();
            let opened = shown(&fixture).await.map(|matter| matter.stage());
            assert_eq!(opened, Some(Wire::Completion), "{profile}");
        }
    }

    #[tokio::test]
    async fn i19_only_the_last_matter_of_the_window_is_shown_and_no_earlier_one_comes_back() {
        let fixture = Fixture::new().await;
        push(&fixture, "P-1", &BOTH).await;
        let first = shown(&fixture).await.unwrap();
        move_to(&fixture, 10);
        push(&fixture, "P-2", &BOTH).await;
        let second = shown(&fixture).await.unwrap();
        assert_ne!(first.invitation, second.invitation);
        rate(&fixture, &second).await;
        assert_eq!(shown(&fixture).await, None, "nor the first, which nobody rated");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i19_the_next_citizen_at_the_window_ends_what_is_shown_whatever_they_came_for() {
        // The city rates no acceptance; Changji does, without opening the evaluator.
        for (profile, offered) in [("city", 1), ("changji-2020", 3)] {
            let fixture = Fixture::under(profile).await;
            push(&fixture, "P-1", &BOTH).await;
            let mut matters = watch(&fixture.intake, EVALUATOR).await.unwrap();
            assert!(next(&mut matters).await.is_some());
            move_to(&fixture, 10);
            push(&fixture, "P-2", &BOTH[..1]).await;
            assert_eq!(next(&mut matters).await, None, "{profile}");
            assert_eq!(shown(&fixture).await, None, "{profile}: nor after a reconnect");
            assert_eq!(fixture.offered().await.len(), offered);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i19_after_two_minutes_whoever_stands_there_is_shown_nothing() {
        let fixture = Fixture::new().await;
        push(&fixture, "P-1", &BOTH).await;
        let mut matters = watch(&fixture.intake, EVALUATOR).await.unwrap();
        let matter = next(&mut matters).await;
        move_to(&fixture, 119);
        assert_eq!(shown(&fixture).await, matter, "a reconnect shows it as long as it stands");
        move_to(&fixture, 120);
        assert_eq!(next(&mut matters).await, None);
        assert_eq!(shown(&fixture).await, None);
    }

    #[tokio::test]
    async fn i19_what_is_told_late_shows_nothing_and_hides_nothing() {
        let fixture = Fixture::new().await;
        move_to(&fixture, 300);
        push(&fixture, "P-1", &BOTH).await;
        let now = shown(&fixture).await;
        assert!(now.is_some());
        let mut late = fixture.report("P-2", WINDOW_ITEM, &BOTH);
        for step in &mut late.steps {
            step.happened_at.as_mut().unwrap().seconds -= 200;
        }
        move_to(&fixture, 301);
        fixture.push(late).await.unwrap();
        assert_eq!(shown(&fixture).await, now);
        // A little late, and overtaken: nobody knows whose matter it is now.
        let mut overtaken = fixture.report("P-3", WINDOW_ITEM, &BOTH);
        for step in &mut overtaken.steps {
            step.happened_at.as_mut().unwrap().seconds -= 30;
        }
        fixture.push(overtaken).await.unwrap();
        assert_eq!(shown(&fixture).await, None);
    }

    #[tokio::test]
    async fn i19_a_service_at_another_window_or_a_kiosk_is_none_of_the_evaluators_business() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("P-1", WINDOW_ITEM, &BOTH);
        for step in &mut report.steps {
            step.window_id = WINDOWS[1].to_owned();
            step.staff_id = String::new();
        }
        fixture.push(report).await.unwrap();
        fixture.invitation().await;
        assert_eq!(shown(&fixture).await, None);
        fixture.tell(vec![unit_published(&[evaluator_unit("652301-t04", WINDOWS[1])])]).await;
        let mut other = watch(&fixture.intake, "652301-t04").await.unwrap();
        assert!(next(&mut other).await.is_some());
    }

    #[tokio::test]
    async fn i19_a_kiosk_and_an_evaluator_without_window_watch_none() {
        let fixture = Fixture::new().await;
        let kiosk =
            Unit { nature: UnitNature::Kiosk.into(), ..evaluator_unit("652301-t05", WINDOWS[0]) };
        let nowhere = evaluator_unit("652301-t04", "");
        fixture.tell(vec![unit_published(&[kiosk]), unit_published(&[nowhere])]).await;
        for terminal in [TERMINALS[0], TERMINALS[1], "652301-t04", "652301-t05"] {
            let refused = watch(&fixture.intake, terminal).await.err().unwrap();
            assert_eq!(refused.code(), Code::FailedPrecondition, "{terminal}");
            assert_eq!(reason(&refused), "NO_WINDOW");
        }
        let unknown = watch(&fixture.intake, "652301-t99").await.err().unwrap();
        assert_eq!(unknown.code(), Code::Unavailable);
        assert_eq!(reason(&unknown), "TERMINAL_NOT_KNOWN_YET");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i19_an_evaluator_that_is_moved_away_shows_its_old_window_no_longer() {
        let fixture = Fixture::new().await;
        push(&fixture, "P-1", &BOTH).await;
        let mut matters = watch(&fixture.intake, EVALUATOR).await.unwrap();
        assert!(next(&mut matters).await.is_some());
        fixture.tell(vec![unit_published(&[evaluator_unit(EVALUATOR, WINDOWS[1])])]).await;
        assert_eq!(next(&mut matters).await, None);
        let mut ended = evaluator_unit(EVALUATOR, WINDOWS[1]);
        ended.valid_to = "2026-03-01".to_owned();
        fixture.tell(vec![unit_published(&[ended])]).await;
        let refused = matters.next().await.unwrap().unwrap_err();
        assert_eq!(reason(&refused), "NO_WINDOW");
        assert!(matters.next().await.is_none());
    }

    #[tokio::test]
    async fn the_stream_of_a_window_ends_when_the_process_stops() {
        let fixture = Fixture::new().await;
        let mut matters = watch(&fixture.intake, EVALUATOR).await.unwrap();
        assert_eq!(next(&mut matters).await, None);
        fixture.intake.shell.stop.stop();
        let ended = platform::testing::wait::within(
            "its end",
            platform::testing::wait::PATIENCE,
            matters.next(),
        )
        .await;
        assert!(ended.is_none());
    }
}
