//! How ratings and matters open tickets, and what the catalog's items do with them.

use platform::{
    facts::consume::Consumer as _,
    testing::{ON_THE_SPOT_ITEM, REGION, republished, tell, wire_item},
};
use proto::{
    catalog::v1::Cause,
    fact::v1::{
        MatterOpening, MatterRaised, ProfilePublished, RatingOpening, RatingSubmitted,
        ticket_opened,
    },
    ticketing::v1::{
        GetTicketRequest, NewBeginning, Ticket as WireTicket, TicketEffect, step::Act,
    },
    r#type::v1::{Level as WireLevel, Origin, TicketState},
};

use sea_orm::EntityTrait as _;

use super::*;
use crate::{
    entity::focus_rating,
    rpc::{
        testing::{Fixture, assign, authority, to_closed},
        ticket::get_ticket,
    },
};

#[tokio::test]
async fn t01_every_negative_rating_opens_one_ticket_for_its_agency_at_once() {
    let fixture = Fixture::new().await;
    let clock = fixture.ticketing.shell.clock.clone();
    for (level, opens) in [
        (WireLevel::VerySatisfied, false),
        (WireLevel::Satisfied, false),
        (WireLevel::BasicallySatisfied, false),
        (WireLevel::Dissatisfied, true),
        (WireLevel::VeryDissatisfied, true),
    ] {
        let rating = fixture.rating(clock.new_id(), level);
        let told = fixture.apply(&rating).await;
        match told.as_slice() {
            [Body::TicketOpened(opened)] if opens => {
                let rating_id = rating.rating_id.clone();
                let by = ticket_opened::Opening::Rating(RatingOpening { rating_id });
                assert_eq!(opened.opening, Some(by));
                assert_eq!(opened.act, rating.act);
            }
            [] if !opens => {}
            other => panic!("{level:?}: {other:?}"),
        }
        assert!(fixture.apply(&rating).await.is_empty(), "told again, applied once");
    }
}

#[tokio::test]
async fn s07_a_robots_rating_opens_no_ticket_and_makes_no_key_target() {
    let fixture = Fixture::new().await;
    let clock = fixture.ticketing.shell.clock.clone();
    let mut rating = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
    let act = rating.act.as_mut().unwrap();
    "Y1000000PY6523035T4002014901000".clone_into(&mut act.item_code);
    assert_eq!(fixture.apply(&rating).await, []);
    let counted = focus_rating::Entity::find().one(fixture.ticketing.store.read()).await.unwrap();
    assert_eq!(counted, None);
    let real = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
    assert_eq!(fixture.apply(&real).await.len(), 1);
}

#[tokio::test]
async fn t01_a_second_negative_rating_joins_the_open_ticket_and_after_closing_opens_another() {
    let fixture = Fixture::new().await;
    let act_id = fixture.ticketing.shell.clock.new_id();
    let first = fixture.rating(act_id, WireLevel::VeryDissatisfied);
    let told = fixture.apply(&first).await;
    let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
    fixture.at("2026-03-02T02:00:00Z");
    let second = fixture.rating(act_id, WireLevel::Dissatisfied);
    let told = fixture.apply(&second).await;
    let [Body::RatingJoinedTicket(joined)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(joined.ticket_id, opened.ticket_id);
    let praise = fixture.rating(act_id, WireLevel::VerySatisfied);
    assert!(fixture.apply(&praise).await.is_empty(), "a later positive one does not end it");
    let closed = fixture.steps(&opened.ticket_id, to_closed()).await;
    assert_eq!(closed.rating_ids, [first.rating_id, second.rating_id]);
    let third = fixture.rating(act_id, WireLevel::Dissatisfied);
    let told = fixture.apply(&third).await;
    let [Body::TicketOpened(another)] = told.as_slice() else { panic!("{told:?}") };
    assert_ne!(another.ticket_id, opened.ticket_id);
}

#[tokio::test]
async fn a_rating_ahead_of_its_profile_waits_and_a_meaningless_one_is_set_aside() {
    let fixture = Fixture::new().await;
    let consumer = fixture.ticketing.consumer();
    let act_id = fixture.ticketing.shell.clock.new_id();
    let mut early = fixture.rating(act_id, WireLevel::Dissatisfied);
    early.act.as_mut().unwrap().policy = "changji-2030@1".to_owned();
    let mut meaningless = early.clone();
    meaningless.act = None;
    let waits = fixture.try_apply(Body::RatingSubmitted(early)).await;
    assert!(matches!(waits, Err(Obstacle::Waits(_))), "{waits:?}");
    let parked = fixture.try_apply(Body::RatingSubmitted(meaningless)).await;
    assert!(matches!(parked, Err(Obstacle::Broken(_))), "{parked:?}");
    assert_eq!(consumer.producers(), ["catalog", "intake"]);
}

#[tokio::test]
async fn t01_a_rating_on_paper_opens_a_ticket_a_default_or_imported_one_never() {
    let fixture = Fixture::new().await;
    let clock = fixture.ticketing.shell.clock.clone();
    for (origin, opens) in [
        (Origin::Active, true),
        (Origin::Paper, true),
        (Origin::Default, false),
        (Origin::Imported, false),
    ] {
        let mut rating = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
        rating.origin = origin.into();
        assert_eq!(fixture.apply(&rating).await.len(), usize::from(opens), "{origin:?}");
    }
    let mut nobodys = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
    nobodys.origin = 99;
    let newer = fixture.try_apply(Body::RatingSubmitted(nobodys)).await;
    assert!(matches!(newer, Err(Obstacle::Unknown(_))), "{newer:?}");
}

#[tokio::test]
async fn i17_i18_i25_a_matter_that_wants_a_ticket_has_one_from_when_it_was_taken_in() {
    let fixture = Fixture::new().await;
    let rated = fixture.ticket().await;
    let matter = fixture.matter();
    let later = "id = 'later'\nversion = 1\ninherits = 'state-council-2019'\n\
                 region = '652301'\ndocument = '示例'\nin_force_from = '2026-03-03'\n\
                 trial = false\n";
    let nation = include_str!("../../../domain/profiles/state-council-2019.toml");
    let later = Body::ProfilePublished(ProfilePublished {
        profile_id: "later".to_owned(),
        version: 1,
        region_code: REGION.to_owned(),
        layers: vec![nation.to_owned(), later.to_owned()],
    });
    tell(&fixture.ticketing.store, vec![later]).await;
    fixture.ticketing.reference.refresh().await.unwrap();
    fixture.at("2026-03-04T01:00:00Z");
    let told = fixture.try_apply(Body::MatterRaised(matter.clone())).await.unwrap();
    let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
    let by = MatterOpening { matter_id: matter.matter_id.clone() };
    assert_eq!(opened.opening, Some(ticket_opened::Opening::Matter(by)));
    assert_eq!(opened.level(), WireLevel::Unspecified);
    let act = opened.act.as_ref().unwrap();
    assert_eq!((&act.act_id, act.policy.as_str()), (&matter.matter_id, "changji-2020@3"));
    let again = fixture.try_apply(Body::MatterRaised(matter.clone())).await.unwrap();
    assert!(again.is_empty(), "one ticket, however often it is told: {again:?}");
    let (rated, complained) =
        (read(&fixture, &rated).await, read(&fixture, &opened.ticket_id).await);
    assert_eq!(complained.deadlines, rated.deadlines, "as if it had been a rating then");
    let quiet = MatterRaised { wants_ticket: false, ..fixture.matter() };
    assert!(fixture.try_apply(Body::MatterRaised(quiet)).await.unwrap().is_empty());
    let third = fixture.ticket_of(&fixture.matter()).await;
    assert_eq!(read(&fixture, &third).await.act.unwrap().policy, "later@1", "the law by then");
}

#[tokio::test]
async fn i25_a_matter_ahead_of_its_agency_waits_and_one_that_nobody_can_handle_is_set_aside() {
    let fixture = Fixture::new().await;
    let ahead = MatterRaised { agency_id: "652301-a98".to_owned(), ..fixture.matter() };
    // A region without a profile may still get one.
    let lawless = MatterRaised { region_code: "110105".to_owned(), ..fixture.matter() };
    for ahead in [ahead, lawless] {
        let waits = fixture.try_apply(Body::MatterRaised(ahead)).await;
        assert!(matches!(waits, Err(Obstacle::Waits(_))), "{waits:?}");
    }
    for nobodys in [
        MatterRaised { agency_id: String::new(), ..fixture.matter() },
        MatterRaised { matter_id: "x".to_owned(), ..fixture.matter() },
        MatterRaised { level: 99, ..fixture.matter() },
        MatterRaised { received_at: None, ..fixture.matter() },
    ] {
        let parked = fixture.try_apply(Body::MatterRaised(nobodys)).await;
        assert!(matches!(parked, Err(Obstacle::Broken(_))), "{parked:?}");
    }
}

#[tokio::test]
async fn t01_facts_applied_together_lead_to_what_each_alone_leads_to() {
    let (alone, together) = (Fixture::new().await, Fixture::new().await);
    let clock = alone.ticketing.shell.clock.clone();
    let acts: Vec<Uuid> = (0..7).map(|_| clock.new_id()).collect();
    let levels = [WireLevel::Dissatisfied, WireLevel::Satisfied, WireLevel::VeryDissatisfied];
    let mut bodies: Vec<Body> = (0..40)
        .map(|n| alone.rating(acts[n * 5 % acts.len()], levels[n % 3]))
        .map(Body::RatingSubmitted)
        .collect();
    bodies.push(Body::RatingSubmitted(RatingSubmitted::default()));
    bodies.push(Body::MatterRaised(alone.matter()));
    bodies.extend(bodies.clone());
    let mut left = 0;
    for body in &bodies {
        left += usize::from(alone.try_apply(body.clone()).await.is_err());
    }
    let applied = together.apply_together(bodies).await;
    assert_eq!((applied.left.len(), left), (2, 2));
    let belongs = async |fixture: &Fixture| {
        let sql = "SELECT r.rating_id AS rating_id, t.act_id AS act_id FROM ticket_rating r \
                   JOIN ticket t ON t.id = r.ticket_id ORDER BY 1";
        let store = &fixture.ticketing.store;
        let statement = sea_orm::Statement::from_string(store.backend(), sql);
        let rows = sea_orm::ConnectionTrait::query_all_raw(store.read(), statement).await.unwrap();
        let column = |row: &sea_orm::QueryResult, name| row.try_get::<Uuid>("", name).unwrap();
        let pairs = rows.iter().map(|row| (column(row, "rating_id"), column(row, "act_id")));
        pairs.collect::<Vec<_>>()
    };
    let expected = belongs(&alone).await;
    assert_eq!(expected.len(), 27, "each negative rating once");
    assert_eq!(belongs(&together).await, expected);
    let opened = |told: &[(u64, Body)]| {
        told.iter().filter(|(_, body)| matches!(body, Body::TicketOpened(_))).count()
    };
    assert_eq!(opened(&applied.told), 8, "seven acts and a matter");
}

#[tokio::test]
async fn t01_a_rating_of_another_history_leaves_its_ticket_and_a_ticket_of_nothing_else_is_annulled()
 {
    let fixture = Fixture::new().await;
    let clock = fixture.ticketing.shell.clock.clone();
    let (shared, gone) = (clock.new_id(), clock.new_id());
    let fact = |position, body| Fact {
        position,
        fact_id: clock.new_id().to_string(),
        producer: "intake".to_owned(),
        body: Some(body),
        ..Fact::default()
    };
    let first = fixture.rating(shared, WireLevel::Dissatisfied);
    let kept = fact(5, Body::RatingSubmitted(first.clone()));
    let phantoms = [
        fact(6, Body::RatingSubmitted(fixture.rating(shared, WireLevel::VeryDissatisfied))),
        fact(7, Body::RatingSubmitted(fixture.rating(gone, WireLevel::Dissatisfied))),
        fact(8, Body::MatterRaised(fixture.matter())),
    ];
    let consumer = fixture.ticketing.consumer();
    let store = &fixture.ticketing.store;
    let apply = async |facts: &[Fact]| {
        let txn = store.begin().await.unwrap();
        let applied = consumer.apply(&txn, facts).await.unwrap();
        txn.commit().await.unwrap();
        applied.told
    };
    let told = apply(std::slice::from_ref(&kept)).await;
    let [(5, Body::TicketOpened(opened))] = told.as_slice() else { panic!("{told:?}") };
    let told = apply(&phantoms).await;
    let [_, (7, Body::TicketOpened(alone)), (8, Body::TicketOpened(matter))] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    let trace = |up_to| consumer.last_trace(store, "intake", up_to);
    assert_eq!(trace(100).await.unwrap().unwrap().position, 8);
    let common = trace(5).await.unwrap().unwrap();
    assert_eq!(common.fact_id.to_string(), kept.fact_id);
    let txn = store.begin().await.unwrap();
    let forgotten = consumer.forget(&txn, "intake", common.position).await.unwrap();
    txn.commit().await.unwrap();
    let kinds: Vec<&str> = forgotten
        .told
        .iter()
        .map(|body| match body {
            Body::RatingLeftTicket(left) if left.ticket_id == opened.ticket_id => "left",
            Body::TicketAnnulled(gone) if gone.ticket_id == alone.ticket_id => "annulled",
            Body::TicketAnnulled(gone) if gone.ticket_id == matter.ticket_id => "matter annulled",
            other => panic!("{other:?}"),
        })
        .collect();
    let mut sorted = kinds.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["annulled", "left", "matter annulled"]);
    assert_eq!(forgotten.words.len(), 5, "{:?}", forgotten.words);
    let left = read(&fixture, &opened.ticket_id).await;
    assert_eq!((left.state(), left.rating_ids), (TicketState::Opened, vec![first.rating_id]));
    let annulled = read(&fixture, &alone.ticket_id).await;
    assert_eq!((annulled.state(), annulled.due_at), (TicketState::Annulled, None));
    let last = annulled.steps.last().unwrap();
    assert_eq!((last.sequence, annulled.step_count), (1, 1), "its history explains the number");
    assert!(matches!(last.act, Some(Act::Annulment(_))), "{last:?}");
    let refused = fixture.step(&alone.ticket_id, assign()).await.unwrap_err();
    assert!(refused.message().contains("annulled"), "{refused}");
    // The true history's rating of the same act opens another.
    let true_one = fact(6, Body::RatingSubmitted(fixture.rating(gone, WireLevel::Dissatisfied)));
    let told = apply(&[true_one]).await;
    assert!(matches!(told.as_slice(), [(6, Body::TicketOpened(_))]), "{told:?}");
}

async fn read(fixture: &Fixture, ticket_id: &str) -> WireTicket {
    let request = GetTicketRequest { ticket_id: ticket_id.to_owned(), before_step: 0 };
    let read = get_ticket::run(&fixture.ticketing, authority(REGION), request).await;
    read.unwrap().ticket.unwrap()
}

/// A version of an item with its causes, as the catalog sends it at `position`.
fn caused(position: u64, version: u32, causes: &[(CauseKind, &str)]) -> Fact {
    let mut item = wire_item(ON_THE_SPOT_ITEM);
    item.version = version;
    let cause =
        |(kind, id): &(CauseKind, &str)| Cause { kind: (*kind).into(), id: (*id).to_owned() };
    item.causes = causes.iter().map(cause).collect();
    let body = Some(republished(&item));
    Fact { position, producer: CATALOG.to_owned(), body, ..Fact::default() }
}

#[tokio::test]
async fn c14_a_ticket_names_the_item_versions_it_led_to_each_once() {
    let fixture = Fixture::new().await;
    let (first, second) = (fixture.ticket().await, fixture.ticket().await);
    let consumer = fixture.ticketing.consumer();
    let third = caused(92, 3, &[(CauseKind::Ticket, &first)]);
    let both = [(CauseKind::Ticket, first.as_str()), (CauseKind::Ticket, second.as_str())];
    for fact in [third.clone(), caused(91, 2, &both), third] {
        let txn = fixture.ticketing.store.begin().await.unwrap();
        let applied = consumer.apply(&txn, &[fact]).await.unwrap();
        assert!(applied.left.is_empty(), "{:?}", applied.left);
        txn.commit().await.unwrap();
    }
    let published_at = wire_item(ON_THE_SPOT_ITEM).published_at;
    let effect =
        |version| TicketEffect { item_code: ON_THE_SPOT_ITEM.to_owned(), version, published_at };
    assert_eq!(read(&fixture, &first).await.effects, [effect(2), effect(3)]);
    assert_eq!(read(&fixture, &second).await.effects, [effect(2)]);
    let assigned = fixture.step(&second, assign()).await.unwrap();
    assert_eq!(assigned.effects, [effect(2)], "in the answer to a step too");
    let known = fixture.ticketing.reference.item(ON_THE_SPOT_ITEM, None).await;
    assert_eq!(known.unwrap().unwrap().version, 3, "and the item is known");
}

#[tokio::test]
async fn c14_a_cause_that_is_no_ticket_of_ours_changes_nothing_and_sets_nothing_aside() {
    let fixture = Fixture::new().await;
    let ticket = fixture.ticket().await;
    let unknown = fixture.ticketing.shell.clock.new_id().to_string();
    let fact = caused(
        91,
        2,
        &[
            (CauseKind::Ticket, &unknown),
            (CauseKind::Ticket, "no UUID"),
            (CauseKind::Problem, &ticket),
            (CauseKind::Survey, &ticket),
        ],
    );
    let txn = fixture.ticketing.store.begin().await.unwrap();
    let facts = std::slice::from_ref(&fact);
    let applied = fixture.ticketing.consumer().apply(&txn, facts).await.unwrap();
    assert!(applied.left.is_empty(), "{:?}", applied.left);
    txn.commit().await.unwrap();
    assert!(read(&fixture, &ticket).await.effects.is_empty());
    let store = &fixture.ticketing.store;
    let kept = store::ticket::effects(store.read(), unknown.parse().unwrap()).await;
    assert_eq!(kept.unwrap(), []);
}

/// A rating at a window, whose item and window are what a relapse is told by.
fn at_window(fixture: &Fixture, window: &str) -> RatingSubmitted {
    let clock = &fixture.ticketing.shell.clock;
    let mut rating = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
    rating.act.as_mut().unwrap().window_id = window.to_owned();
    rating
}

#[tokio::test]
async fn t13_a_ticket_within_ninety_days_of_anothers_end_at_its_item_and_window_is_its_relapse() {
    let fixture = Fixture::new().await;
    let opened = async |window: &str| {
        let told = fixture.apply(&at_window(&fixture, window)).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let read = read(&fixture, &opened.ticket_id).await;
        assert_eq!(read.relapse_of, opened.relapse_of);
        opened.clone()
    };
    let first = opened("652301-w01").await;
    assert_eq!(opened("652301-w01").await.relapse_of, "", "the first is not over");
    fixture.steps(&first.ticket_id, to_closed()).await;
    fixture.at("2026-05-31T01:00:00Z");
    let soon = opened("652301-w01").await;
    assert_eq!(soon.relapse_of, first.ticket_id);
    assert_eq!(opened("652301-w02").await.relapse_of, "", "another window");
    assert_eq!(opened("").await.relapse_of, "", "no window");
    fixture.at("2026-05-31T01:00:01Z");
    assert_eq!(opened("652301-w01").await.relapse_of, "", "more than ninety days");
    // The latest one's end counts.
    fixture.steps(&soon.ticket_id, to_closed()).await;
    assert_eq!(opened("652301-w01").await.relapse_of, soon.ticket_id);
}

#[tokio::test]
async fn t17_a_negative_rating_after_the_answer_begins_its_ticket_again_by_a_step_of_the_system() {
    let fixture = Fixture::new().await;
    let act_id = fixture.ticketing.shell.clock.new_id();
    let told = fixture.apply(&fixture.rating(act_id, WireLevel::Dissatisfied)).await;
    let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
    let id = opened.ticket_id.as_str();
    // Up to the feedback.
    fixture.steps(id, to_closed()[..5].to_vec()).await;
    fixture.at("2026-03-04T01:00:00Z");
    let again = fixture.rating(act_id, WireLevel::VeryDissatisfied);
    let told = fixture.apply(&again).await;
    let [Body::RatingJoinedTicket(joined), Body::TicketStepped(stepped)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((joined.ticket_id.as_str(), stepped.ticket_id.as_str()), (id, id));
    assert!(stepped.began_again && !stepped.followed_up);
    assert_eq!((stepped.sequence, stepped.state()), (6, TicketState::Opened));
    let ticket = read(&fixture, id).await;
    assert_eq!(
        (ticket.state(), ticket.step_count, ticket.rating_count),
        (TicketState::Opened, 6, 2)
    );
    let last = ticket.steps.last().unwrap();
    let by = NewBeginning { rating_id: again.rating_id };
    assert_eq!((last.by.as_str(), &last.act), ("", &Some(Act::NewBeginning(by))));
    let running = crate::rpc::testing::running(&ticket);
    let anew = ["start_handling 2026-03-04", "fix_clear 2026-03-04", "feed_back_clear 2026-03-11"];
    assert_eq!(running, anew);
    let closed = fixture.steps(id, to_closed()).await;
    assert_eq!(closed.step_count, 14);
}
