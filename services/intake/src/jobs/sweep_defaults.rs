//! Writes the default ratings of acts whose window closed without a rating, where the profile has
//! one (I07). One replica is enough, by a lease. But the lease is not what prevents two defaults:
//! an act is taken and its rating written in one transaction, under a unique request key. A real
//! rating received in time may still be on its way. It wins in any case, since a default counts
//! only for an act without another.

use std::{collections::HashSet, time::Duration};

use platform::{
    convert::level_to_wire,
    database::Txn,
    facts,
    lease::{LEASE, hold},
    status::{Failure, causes},
    trouble::Kind,
};
use proto::{
    fact::v1::fact::Body,
    r#type::v1::{Channel, Origin},
};
use uuid::Uuid;

use crate::{
    Intake,
    app::rating::batch,
    convert::{case::act_row_to_wire, to_column},
    entity::{rating, service_act},
    facts::rating_submitted,
    store::rating::defaults,
};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(5);
/// How many acts one transaction takes at most.
const BATCH: u64 = 200;
/// The lease's name.
const JOB: &str = "sweep_defaults";

/// The trouble of a sweep that fails.
const WAIT: Kind = Kind::Job("default ratings");

/// Keeps sweeping until the process stops.
pub async fn run(intake: Intake) {
    let holder = intake.shell.clock.new_id();
    while !intake.shell.stop.is_stopped() {
        match sweep(&intake, holder).await {
            Ok(_) => intake.store.troubles().end(WAIT),
            Err(error) => intake.store.troubles().meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = intake.shell.stop.stopped() => {}
        }
    }
}

/// Processes every act that is due now; returns how many ratings it wrote. None while another
/// replica holds the lease.
pub(crate) async fn sweep(intake: &Intake, holder: Uuid) -> Result<usize, Failure> {
    let (mut written, mut after) = (0, None);
    loop {
        let now = intake.shell.clock.now();
        let due = defaults::due(&intake.store, now.as_microsecond(), after, BATCH).await?;
        let Some(last) = due.last() else { return Ok(written) };
        if !hold(&intake.store, JOB, holder, now, LEASE).await? {
            return Ok(written);
        }
        after = last.default_due_at.map(|at| (at, last.id));
        let txn = intake.store.begin().await?;
        let (rated, bodies) = write(intake, &txn, due, now.as_microsecond()).await?;
        facts::commit(txn, &intake.shell.clock, bodies).await?;
        written += rated;
        intake.shell.bus.committed(crate::NAME);
    }
}

/// Takes acts that are due by then, and writes their ratings and facts in a transaction; returns how
/// many.
pub(super) async fn write(
    intake: &Intake,
    txn: &Txn,
    due: Vec<service_act::Model>,
    now: i64,
) -> Result<(usize, Vec<Body>), Failure> {
    let snapshot = intake.reference.now();
    // An act whose profile has not arrived here stays due.
    let (due, unknown): (Vec<_>, Vec<_>) =
        due.into_iter().partition(|act| snapshot.policy(&act.policy).is_some());
    if !unknown.is_empty() {
        tracing::warn!(acts = unknown.len(), "default ratings wait for their profiles");
    }
    let taken = defaults::take(txn, due.iter().map(|act| act.id).collect(), now).await?;
    let rated = defaults::rated(txn, taken.iter().map(|act| act.id).collect()).await?;
    let taken: Vec<_> = taken.into_iter().filter(|act| !rated.contains(&act.id)).collect();
    // The process that had to give an act the rating of its batch may have died between two
    // transactions: then the act gets that rating now, and no default.
    let given = batch::taken_over(txn, &intake.shell, &taken).await?;
    let (mut rows, mut bodies): (Vec<rating::Model>, Vec<Body>) = given.into_iter().unzip();
    let of_batches: HashSet<Uuid> = rows.iter().map(|row| row.act_id).collect();
    for act in taken.into_iter().filter(|act| !of_batches.contains(&act.id)) {
        let profile = snapshot.policy(&act.policy);
        let level = profile.and_then(|profile| profile.default_rating.as_ref());
        let (Some(level), Some(closed_at)) = (level, act.closes_at) else { continue };
        let key = intake.shell.requests.key(act.id.as_bytes(), "default", act.id, &());
        let row = rating::Model {
            id: intake.shell.clock.new_id(),
            request_key: key.key.to_vec(),
            body_hash: key.body.to_vec(),
            act_id: act.id,
            level: to_column(level_to_wire(level.value)),
            tag_codes: String::new(),
            tag_list_version: String::new(),
            words: Vec::new(),
            has_text: false,
            channel: to_column(Channel::System),
            origin: to_column(Origin::Default),
            private: false,
            // The last instant of the window, even if it was noticed later: so the default counts
            // on the window's last day. The next instant is another day, perhaps another month.
            received_at: closed_at.saturating_sub(1),
            reported_at: None,
            batch_id: None,
            entered_by: None,
            reference: None,
            network: None,
            shown_ms: None,
        };
        // Nobody gave it, so nobody is known by name.
        bodies.push(rating_submitted(&row, act_row_to_wire(&act), false, Vec::new()));
        rows.push(row);
    }
    let written = rows.len();
    if written > 0 {
        defaults::insert(txn, rows).await?;
    }
    Ok((written, bodies))
}

#[cfg(test)]
mod tests {
    use domain::{deadline::day_of, id::ActId};
    use jiff::SignedDuration;
    use platform::{
        convert::{instant_of, to_wire},
        facts,
        testing::WINDOW_ITEM,
    };
    use proto::{
        fact::v1::{RatingSubmitted, fact::Body},
        intake::v1::{GetRatingRequest, Rating},
        r#type::v1::{Level, Stage},
    };
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::testing::{CHANGJI, COUNTY, GUANGXI, at, in_force},
        rpc::{
            rating::{get_rating, submit_rating},
            testing::{Fixture, rater, rating_request},
        },
        store::case::cases,
    };

    /// The first instant after the windows of an act of 2 March: five working days, seven days.
    const FIVE: &str = "2026-03-09T16:00:00Z";

    async fn under(profile: &str) -> Fixture {
        let fixture = Fixture::new().await;
        fixture.tell(vec![in_force(profile, "")]).await;
        fixture
    }

    async fn swept(fixture: &Fixture) -> usize {
        let holder = fixture.intake.shell.clock.new_id();
        let swept = sweep(&fixture.intake, holder).await.unwrap();
        // So that the next one need not wait for this one's lease.
        let now = fixture.intake.shell.clock.now();
        hold(&fixture.intake.store, JOB, holder, now, SignedDuration::ZERO).await.unwrap();
        swept
    }

    async fn told(fixture: &Fixture) -> Vec<RatingSubmitted> {
        let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
        told.into_iter()
            .filter_map(|fact| match fact.body {
                Some(Body::RatingSubmitted(rating)) => Some(rating),
                _ => None,
            })
            .collect()
    }

    async fn effective(fixture: &Fixture, token: &str) -> Option<Rating> {
        let request = GetRatingRequest { token: token.to_owned(), rating_id: String::new() };
        let found = get_rating::run(&fixture.intake, rater(), request).await;
        found.ok().map(|found| found.rating.unwrap())
    }

    #[tokio::test]
    async fn i07_once_the_window_is_closed_the_profiles_default_stands_and_says_that_it_is_one() {
        for (profile, level) in [
            (GUANGXI, Some(Level::VerySatisfied)),
            (COUNTY, Some(Level::BasicallySatisfied)),
            (CHANGJI, None),
        ] {
            let fixture = under(profile).await;
            let token = fixture.invitation().await;
            at(&fixture, "2026-03-09T15:59:59.999999Z");
            assert_eq!(swept(&fixture).await, 0, "the window is open");
            // Two days late; it still counts on that day.
            at(&fixture, "2026-03-12T01:00:00Z");
            assert_eq!(swept(&fixture).await, usize::from(level.is_some()));
            let rating = effective(&fixture, &token).await;
            assert_eq!(rating.as_ref().map(Rating::level), level);
            let told = told(&fixture).await;
            assert_eq!(told.len(), usize::from(level.is_some()));
            if let (Some(rating), Some(fact)) = (rating, told.first()) {
                assert_eq!((rating.origin(), rating.channel()), (Origin::Default, Channel::System));
                assert_eq!((fact.origin(), fact.channel()), (Origin::Default, Channel::System));
                assert!(rating.effective && !fact.real_name && !fact.has_text);
                let last: jiff::Timestamp = "2026-03-09T15:59:59.999999Z".parse().unwrap();
                for received_at in [rating.received_at, fact.received_at] {
                    assert_eq!(received_at, Some(to_wire(last)));
                }
            }
            assert_eq!(swept(&fixture).await, 0, "once");
        }
    }

    #[tokio::test]
    async fn i07_a_months_last_defaults_count_in_that_month() {
        let fixture = under(GUANGXI).await;
        at(&fixture, "2026-03-24T01:00:00Z");
        let token = fixture.invitation().await;
        let due_on = fixture.resolve(&token).await.window.unwrap().due_on;
        at(&fixture, "2026-04-02T01:00:00Z");
        assert_eq!(swept(&fixture).await, 1);
        let told = told(&fixture).await;
        let counts_on = day_of(instant_of(told[0].received_at.as_ref()).unwrap());
        assert_eq!((counts_on.to_string(), due_on.as_str()), (due_on.clone(), "2026-03-31"));
    }

    #[tokio::test]
    async fn i07_a_rated_act_gets_no_default_and_a_closed_window_takes_no_rating() {
        let fixture = under(COUNTY).await;
        let (rated, unrated) = (fixture.invitation().await, fixture.invitation().await);
        let request = rating_request(&rated, Level::VeryDissatisfied);
        submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        at(&fixture, FIVE);
        assert_eq!(swept(&fixture).await, 1);
        let given = effective(&fixture, &rated).await.unwrap();
        assert_eq!((given.level(), given.origin()), (Level::VeryDissatisfied, Origin::Active));
        let request = rating_request(&unrated, Level::Satisfied);
        let refused =
            submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::FailedPrecondition);
        assert_eq!(effective(&fixture, &unrated).await.unwrap().origin(), Origin::Default);
    }

    #[tokio::test]
    async fn i07_an_act_whose_batch_was_rated_has_that_rating_and_no_default() {
        let fixture = Fixture::new().await;
        let once = "[batch_rated_once]\nvalue = true\nclause = \"第一条\"";
        fixture.tell(vec![in_force(COUNTY, once)]).await;
        let mut report =
            fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
        report.batch_number = "B-1".to_owned();
        fixture.push(report).await.unwrap();
        let act = cases::offered(fixture.intake.store.read()).await.unwrap().pop().unwrap();
        let token = |id| fixture.intake.shell.invitations.token(ActId(id));
        fixture.rate(&token(act.id), Level::Dissatisfied).await.unwrap();
        fixture.settled().await;
        // Its report was committed while the batch was rated, by a process that died right then.
        let clock = &fixture.intake.shell.clock;
        let late = service_act::Model { id: clock.new_id(), case_id: clock.new_id(), ..act };
        let txn = fixture.intake.store.begin().await.unwrap();
        cases::insert_acts(&txn, vec![late.clone()]).await.unwrap();
        txn.commit().await.unwrap();
        at(&fixture, FIVE);
        swept(&fixture).await;
        let given = effective(&fixture, &token(late.id)).await.unwrap();
        assert_eq!((given.level(), given.origin()), (Level::Dissatisfied, Origin::Active));
        let told =
            told(&fixture).await.into_iter().filter_map(|told| Some((told.origin(), told.act?)));
        let of_it = told.filter(|(_, act)| act.act_id == late.id.to_string());
        assert_eq!(of_it.map(|(origin, _)| origin).collect::<Vec<_>>(), [Origin::Active]);
    }

    #[tokio::test]
    async fn i07_a_rating_of_the_last_instant_wins_over_the_default_that_overtook_it() {
        let fixture = under(COUNTY).await;
        let token = fixture.invitation().await;
        at(&fixture, "2026-03-09T15:59:59.999999Z");
        let request = rating_request(&token, Level::Dissatisfied);
        let mut request = request;
        request.text = "等了很久".to_owned();
        // Received, and not yet committed.
        let waiting = submit_rating::candidate(&fixture.intake, &rater(), request).unwrap();
        at(&fixture, FIVE);
        assert_eq!(swept(&fixture).await, 1);
        assert_eq!(effective(&fixture, &token).await.unwrap().origin(), Origin::Default);
        fixture.intake.queue.commit(waiting).await.unwrap();
        let given = effective(&fixture, &token).await.unwrap();
        assert_eq!((given.level(), given.origin()), (Level::Dissatisfied, Origin::Active));
        let origins: Vec<Origin> = told(&fixture).await.iter().map(|told| told.origin()).collect();
        assert_eq!(origins, [Origin::Default, Origin::Active], "both are told, each as what it is");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i07_several_replicas_at_once_write_one_default_an_act() {
        let fixture = under(COUNTY).await;
        for _ in 0..30 {
            fixture.invitation().await;
        }
        at(&fixture, FIVE);
        let now = fixture.intake.shell.clock.now().as_microsecond();
        let (other, _commits) = fixture.restarted().await;
        // Both have read the same acts, as if there were no lease.
        let due = defaults::due(&fixture.intake.store, now, None, BATCH).await.unwrap();
        assert_eq!(due.len(), 30);
        let one = async |intake: &Intake| loop {
            let txn = intake.store.begin().await.unwrap();
            match write(intake, &txn, due.clone(), now).await {
                Ok((written, bodies)) => {
                    facts::commit(txn, &intake.shell.clock, bodies).await.unwrap();
                    break written;
                }
                // Two that take the same rows in another order: one must begin again.
                Err(Failure::Store(error)) if platform::status::is_away(&error) => {}
                Err(failure) => panic!("{failure}"),
            }
        };
        let (first, second) = tokio::join!(one(&fixture.intake), one(&other));
        assert_eq!(first + second, 30);
        let mut acts: Vec<String> =
            told(&fixture).await.into_iter().map(|told| told.act.unwrap().act_id).collect();
        assert_eq!(acts.len(), 30);
        acts.sort_unstable();
        acts.dedup();
        assert_eq!(acts.len(), 30, "each once");
        let txn = fixture.intake.store.begin().await.unwrap();
        let ids = due.iter().map(|act| act.id).collect();
        assert!(defaults::take(&txn, ids, now).await.unwrap().is_empty(), "nobody's any more");
        txn.rollback().await.unwrap();
    }

    #[tokio::test]
    async fn i07_while_one_replica_is_at_it_another_waits_for_its_lease_to_end() {
        let fixture = under(COUNTY).await;
        fixture.invitation().await;
        at(&fixture, FIVE);
        let now = fixture.intake.shell.clock.now();
        let (holder, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(hold(&fixture.intake.store, JOB, holder, now, LEASE).await.unwrap());
        assert_eq!(sweep(&fixture.intake, other).await.unwrap(), 0);
        fixture.intake.shell.clock.set(now + LEASE);
        assert_eq!(sweep(&fixture.intake, other).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn i07_a_sweep_that_dies_in_the_middle_has_done_nothing_and_the_next_does_it_all() {
        let fixture = under(COUNTY).await;
        fixture.invitation().await;
        at(&fixture, FIVE);
        let now = fixture.intake.shell.clock.now().as_microsecond();
        let due = defaults::due(&fixture.intake.store, now, None, BATCH).await.unwrap();
        let txn = fixture.intake.store.begin().await.unwrap();
        assert_eq!(write(&fixture.intake, &txn, due, now).await.unwrap().0, 1);
        txn.rollback().await.unwrap();
        assert!(told(&fixture).await.is_empty());
        assert_eq!(swept(&fixture).await, 1);
        assert_eq!(told(&fixture).await.len(), 1);
    }

    #[tokio::test]
    async fn i07_no_caller_can_pass_a_rating_off_as_the_systems() {
        let fixture = under(COUNTY).await;
        let mut request = rating_request(&fixture.invitation().await, Level::VerySatisfied);
        request.channel = Channel::System.into();
        let refused =
            submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap_err();
        assert!(refused.to_string().contains("channel:"), "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i07_it_sweeps_on_its_own_until_the_process_stops() {
        let fixture = under(COUNTY).await;
        let token = fixture.invitation().await;
        at(&fixture, FIVE);
        let running = tokio::spawn(run(fixture.intake.clone()));
        let wait = async { while effective(&fixture, &token).await.is_none() {} };
        platform::testing::wait::within("it is written", platform::testing::wait::PATIENCE, wait)
            .await;
        fixture.intake.shell.stop.stop();
        platform::testing::wait::within("it ends", platform::testing::wait::PATIENCE, running)
            .await
            .unwrap();
    }
}
