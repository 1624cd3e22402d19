//! One installation against an upper platform of every mood, and three installations above each other.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use platform::clock::Clock;
use prost::Message as _;
use prost_types::{FileDescriptorSet, field_descriptor_proto::Type};
use proto::{
    fact::v1::{
        CaseCompleted, CaseSubmitted, Fact, RatingExcluded, RatingReinstated, TicketStepped,
        UpperNoticeAnswered, fact::Body,
    },
    r#type::v1::{Finding, Level, TicketState},
};
use sea_orm::ConnectionTrait as _;
use tonic::Code;

use super::{
    testing::{Node, Odd, serve, state},
    *,
};
use crate::{
    app::exchange::twin::{Memory, Mood, Script, Twin},
    facts::Facts,
    rpc::exchange::testing::{at, rating},
};

pub(super) const COUNTY: &str = "652301";
pub(super) const CITY: &str = "652300";
const PROVINCE: &str = "650000";
const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];

pub(super) fn clock() -> Clock {
    Clock::manual(at("2026-03-02T01:00:00Z"))
}

pub(super) fn pass(clock: &Clock, seconds: i64) {
    clock.set(clock.now() + SignedDuration::from_secs(seconds));
}

/// One rating of each level, and a case.
pub(super) fn of_intake(region: &str) -> Vec<Body> {
    let case = CaseSubmitted { region_code: region.to_owned(), ..CaseSubmitted::default() };
    let mut bodies: Vec<Body> = LEVELS.into_iter().map(|level| rating(level, region)).collect();
    bodies.push(Body::CaseSubmitted(case));
    bodies.push(Body::CaseCompleted(CaseCompleted::default()));
    bodies
}

/// A rectification, an exclusion and its end, and the outcome of an upper platform's notice.
pub(super) fn of_ticketing() -> Vec<Body> {
    let rectified =
        TicketStepped { state: TicketState::Rectified.into(), ..TicketStepped::default() };
    let answered = UpperNoticeAnswered {
        number: "〔2026〕12号".to_owned(),
        finding: Finding::Clear.into(),
        ..UpperNoticeAnswered::default()
    };
    vec![
        Body::TicketStepped(rectified),
        Body::RatingExcluded(RatingExcluded::default()),
        Body::RatingReinstated(RatingReinstated::default()),
        Body::UpperNoticeAnswered(answered),
    ]
}

pub(super) async fn tell(node: &Node) {
    node.tell(&node.intake, of_intake(node.region.as_str())).await;
    node.tell(&node.ticketing, of_ticketing()).await;
}

#[tokio::test]
async fn p10_three_installations_agree_after_an_hours_outage_restarts_and_every_mood() {
    let clock = clock();
    let county = Node::new(COUNTY, &clock).await;
    let city = Node::new(CITY, &clock).await;
    let province = Node::new(PROVINCE, &clock).await;
    let hour = Mood::Away(SignedDuration::from_hours(1));
    city.twin.then(&[Mood::Twice, Mood::Lose, Mood::Garbage, Mood::Half, Mood::Reject]);
    city.twin.then(&[Mood::Garbage, Mood::Accept, Mood::Lose, Mood::Accept, hour]);
    province.twin.then(&[Mood::Garbage, Mood::Accept, hour, Mood::Lose, Mood::Twice]);
    province.twin.then(&[Mood::Reject, Mood::Half, Mood::Garbage, Mood::Lose]);
    let (mut up, mut further) = (county.pusher(&city), city.pusher(&province));
    let mut waited = 0;
    for minute in 0..180 {
        if minute < 90 {
            tell(&county).await;
        }
        if minute % 40 == 0 {
            tell(&city).await;
            // Killed and started anew, twice at once; the lease of the one before has run out.
            (up, further) = (county.pusher(&city), city.pusher(&province));
            let mut second = county.pusher(&city);
            tokio::join!(up.round(), second.round());
        }
        tokio::join!(up.round(), further.round());
        for lane in state(&up.publication).await {
            waited = waited.max(lane.upward.unwrap().behind_seconds);
        }
        pass(&clock, 60);
    }
    assert!(city.twin.is_calm() && province.twin.is_calm(), "every mood was met");
    assert!(waited >= 3_500, "the outage is seen as lag: {waited} s");
    for (producer, facts) in [("intake", 90 * 7), ("ticketing", 90 * 4)] {
        let sent = county.kept("", producer).await;
        assert_eq!(sent.len(), facts);
        assert_eq!(city.kept(COUNTY, producer).await, sent, "{producer}: nothing lost or doubled");
        assert_eq!(province.kept(COUNTY, producer).await, sent, "passed on as it came");
        let of_city = city.kept("", producer).await;
        assert_eq!(of_city.len() * 90, facts * 5);
        assert_eq!(province.kept(CITY, producer).await, of_city);
    }
    // All five levels by the same way, and counted at each.
    let [of_county, of_city] = [state(&up.publication).await, state(&further.publication).await];
    let above = state(&province.publication).await;
    for lane in of_county.iter().chain(&of_city) {
        let there =
            above.iter().find(|one| (&one.origin, &one.producer) == (&lane.origin, &lane.producer));
        let there = there.unwrap();
        assert_eq!((there.position, there.withdrawn), (lane.position, 0));
        let upward = lane.upward.as_ref().unwrap();
        assert_eq!((upward.position, upward.behind), (lane.position, 0));
        for (here, there) in lane.levels.iter().zip(&there.levels) {
            assert_eq!((here.kept, here.receipted), (there.kept, there.kept));
            assert_eq!(here.kept > 0, lane.producer == "intake", "{lane:?}");
        }
    }
    // The day after, count and root are the same at all three.
    pass(&clock, 24 * 3_600);
    tokio::join!(up.round(), further.round());
    for lane in state(&up.publication).await.iter().chain(&state(&further.publication).await) {
        let upward = lane.upward.as_ref().unwrap();
        assert_eq!(upward.reconciled_through, "2026-03-02", "{lane:?}");
        assert_eq!((upward.last_error.as_str(), upward.last_difference.as_str()), ("", ""));
    }
}

#[tokio::test]
async fn p10_a_row_changed_or_deleted_by_hand_above_is_named_the_day_after_and_sent_again() {
    for damage in [
        "UPDATE exchange_fact SET body = (SELECT body FROM exchange_fact WHERE position = 4 AND \
         producer = 'intake') WHERE position = 3 AND producer = 'intake'",
        "DELETE FROM exchange_fact WHERE position = 5 AND producer = 'intake'",
    ] {
        let clock = clock();
        let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
        let mut pusher = county.pusher(&city);
        tell(&county).await;
        pusher.round().await;
        let sent = county.kept("", "intake").await;
        assert_eq!(city.kept(COUNTY, "intake").await, sent);
        city.publication.store.write().execute_unprepared(damage).await.unwrap();
        pass(&clock, 24 * 3_600);
        pusher.round().await;
        assert_eq!(city.kept(COUNTY, "intake").await, sent, "{damage}");
        let lanes = state(&pusher.publication).await;
        let upward = lanes[0].upward.as_ref().unwrap();
        assert!(upward.last_difference.starts_with("2026-03-02: 7 here, "), "{upward:?}");
        assert_eq!(
            (upward.reconciled_through.as_str(), upward.last_error.as_str()),
            ("2026-03-02", "")
        );
        let above = state(&city.publication).await;
        assert!(above[0].withdrawn >= 6, "what was wrong there stays on record: {above:?}");
        let (kept, levels) = (above[0].position, &above[0].levels);
        assert!(kept == 7 && levels.iter().all(|level| level.kept == 1), "{levels:?}");
    }
}

#[tokio::test]
async fn p10_what_an_upper_platform_lost_is_sent_again_and_a_history_that_ended_is_withdrawn() {
    let clock = clock();
    let county = Node::new(COUNTY, &clock).await;
    let memory = Memory::default();
    let address = serve(Twin::new(memory.clone(), clock.clone(), Script::default())).await;
    let mut pusher = Pusher::new(county.reporting_to(address, "any")).unwrap();
    tell(&county).await;
    pusher.round().await;
    let kept = |facts: usize| {
        vec![
            (COUNTY.to_owned(), "intake".to_owned(), facts),
            (COUNTY.to_owned(), "ticketing".to_owned(), 4),
        ]
    };
    assert_eq!(memory.kept(), kept(7));
    // Its backup of yesterday lacks them.
    memory.lose(3);
    tell(&county).await;
    pusher.round().await;
    assert_eq!(memory.kept()[0].2, 14);
    // Intake goes back to an older state; an operator reconciles publication with it.
    let consumer =
        Facts::new(county.publication.shell.clone(), county.publication.reference.clone());
    let store = &county.publication.store;
    let txn = store.begin().await.unwrap();
    let forgotten = platform::facts::consume::Consumer::forget(&consumer, &txn, "intake", 9).await;
    let words = forgotten.unwrap().words;
    assert!(words.iter().any(|word| word.contains("5 facts are withdrawn")), "{words:?}");
    txn.commit().await.unwrap();
    let back = "DELETE FROM fact WHERE position > 9; UPDATE fact_counter SET position = 9";
    county.intake.write().execute_unprepared(back).await.unwrap();
    pusher.round().await;
    assert_eq!(memory.kept()[0].2, 9, "withdrawn above, too, with nothing new to send");
    county.tell(&county.intake, of_intake(COUNTY)).await;
    pusher.round().await;
    assert_eq!(memory.kept()[0].2, 16);
    let lanes = state(&pusher.publication).await;
    assert_eq!((lanes[0].position, lanes[0].withdrawn), (16, 5));
    let upward = lanes[0].upward.as_ref().unwrap();
    assert_eq!((upward.behind, upward.last_error.as_str()), (0, ""));
}

#[tokio::test]
async fn p10_another_history_stops_the_own_lane_until_an_operator_decides_and_no_other() {
    let clock = clock();
    let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
    let mut pusher = county.pusher(&city);
    tell(&county).await;
    pusher.round().await;
    let back = "DELETE FROM fact WHERE position > 3; UPDATE fact_counter SET position = 3";
    county.intake.write().execute_unprepared(back).await.unwrap();
    tell(&county).await;
    pusher.round().await;
    let trouble = county.publication.store.troubles().now();
    let [trouble] = trouble.as_slice() else { panic!("{trouble:?}") };
    assert!(trouble.cause.contains("pingyi reconcile publication"), "{trouble:?}");
    assert_eq!(city.kept(COUNTY, "intake").await.len(), 7, "nothing is taken back by itself");
    assert_eq!(city.kept(COUNTY, "ticketing").await.len(), 8, "ticketing goes on");
}

#[tokio::test]
async fn t16_the_outcome_of_an_upper_platforms_notice_goes_back_up() {
    let clock = clock();
    let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
    let mut pusher = county.pusher(&city);
    county.tell(&county.ticketing, of_ticketing()).await;
    pusher.round().await;
    let came = city.kept(COUNTY, "ticketing").await;
    let facts = came.iter().map(|fact| Fact::decode(fact.as_slice()).unwrap());
    let answered = facts.filter_map(|fact| match fact.body {
        Some(Body::UpperNoticeAnswered(answered)) => Some(answered),
        _ => None,
    });
    let answered: [UpperNoticeAnswered; 1] = answered.collect::<Vec<_>>().try_into().unwrap();
    let [answered] = answered;
    assert_eq!((answered.number.as_str(), answered.finding()), ("〔2026〕12号", Finding::Clear));
}

#[tokio::test]
async fn p10_while_the_upper_platform_is_away_it_is_asked_seldom_and_then_gets_everything() {
    let clock = clock();
    let county = Node::new(COUNTY, &clock).await;
    let memory = Memory::default();
    let script: Script = "away=1h,delay=5ms".parse().unwrap();
    let twin = Twin::new(memory.clone(), clock.clone(), script);
    let address = serve(twin.clone()).await;
    let mut pusher = Pusher::new(county.reporting_to(address, "any")).unwrap();
    let mut tries = 0;
    for second in (0..4_200).step_by(5) {
        if second % 600 == 0 {
            tell(&county).await;
        }
        let failures =
            |pusher: &Pusher| pusher.lanes.values().map(|lane| lane.rest.failures).sum::<u32>();
        let before = failures(&pusher);
        pusher.round().await;
        tries += failures(&pusher).saturating_sub(before);
        if second == 3_000 {
            assert!(memory.kept().is_empty());
            let lanes = state(&pusher.publication).await;
            let upward = lanes[0].upward.as_ref().unwrap();
            assert_eq!((upward.behind, upward.behind_seconds), (7 * 6, 3_000));
            assert_eq!(upward.last_error, "Unavailable");
        }
        pass(&clock, 5);
    }
    assert!((30..80).contains(&tries), "{tries} tries of two queues in an hour");
    assert_eq!(memory.kept()[0].2, 7 * 7);
    assert!(twin.is_calm());
}

#[tokio::test]
async fn p10_a_queue_that_is_refused_or_not_answered_holds_up_no_other() {
    for code in [Code::DeadlineExceeded, Code::Unavailable, Code::PermissionDenied] {
        let clock = clock();
        let county = Node::new(COUNTY, &clock).await;
        let odd = Odd::default();
        let address = serve(odd.clone()).await;
        let mut pusher = Pusher::new(county.reporting_to(address, "any")).unwrap();
        odd.ways().facts = Some(code);
        tell(&county).await;
        for _ in 0..6 {
            pusher.round().await;
            pass(&clock, 300);
        }
        let kept = |facts: usize| vec![(COUNTY.to_owned(), "ticketing".to_owned(), facts)];
        assert_eq!(odd.memory.kept(), kept(4), "{code:?}");
        pusher.round().await;
        let rests = odd.ways().asked.len();
        // While intake's rests, ticketing's goes on at once.
        county.tell(&county.ticketing, of_ticketing()).await;
        pass(&clock, 1);
        pusher.round().await;
        assert_eq!(odd.memory.kept(), kept(8));
        assert_eq!(odd.ways().asked.split_off(rests), ["ticketing"]);
        let troubles = county.publication.store.troubles().now();
        let [trouble] = troubles.as_slice() else { panic!("{troubles:?}") };
        assert_eq!(trouble.cause, format!("own intake: {code:?}"));
        let lanes = state(&pusher.publication).await;
        let errors = lanes.iter().map(|lane| lane.upward.as_ref().unwrap().last_error.clone());
        assert_eq!(errors.collect::<Vec<_>>(), [format!("{code:?}"), String::new()]);
        // Both are due: the one that did not fail comes first.
        county.tell(&county.ticketing, of_ticketing()).await;
        pass(&clock, 300);
        pusher.round().await;
        assert_eq!(odd.ways().asked.split_off(rests), ["ticketing", "intake"]);
        odd.ways().facts = None;
        pass(&clock, 300);
        pusher.round().await;
        assert_eq!(odd.memory.kept()[0].2, 7);
        assert!(county.publication.store.troubles().now().is_empty());
        // The same of the sums.
        odd.ways().sums = Some(code);
        pass(&clock, 24 * 3_600);
        pusher.round().await;
        let days = state(&pusher.publication).await.into_iter().map(|lane| {
            let upward = lane.upward.unwrap();
            (upward.reconciled_through, upward.last_error)
        });
        let expected =
            [(String::new(), format!("{code:?}")), ("2026-03-02".to_owned(), String::new())];
        assert_eq!(days.collect::<Vec<_>>(), expected);
    }
}

/// Of what goes up no text is a person's datum: each is an identity, a code, a day or a hash, or one of those
/// below. A new one belongs here only after somebody has thought about it.
#[test]
fn p10_no_fact_that_goes_up_has_a_persons_datum() {
    const KNOWN: [&str; 22] = [
        "act",
        "clause",
        "decide_by",
        "hash",
        "last_day",
        "media_type",
        "missed",
        "number",
        "original_number",
        "policy",
        "producer",
        "project_number",
        "reason",
        "relapse_of",
        "seed",
        "sha256",
        "source",
        "tag_codes",
        "tag_list_version",
        "traceparent",
        "undone",
        // Single common words of a dictionary, out of texts that everybody may read.
        "words",
    ];
    let set = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let messages: Vec<_> = set
        .file
        .iter()
        .filter(|file| [".fact.", ".type."].iter().any(|part| file.package().contains(part)))
        .flat_map(|file| {
            let name = |message: &prost_types::DescriptorProto| {
                format!(".{}.{}", file.package(), message.name())
            };
            file.message_type.iter().map(move |message| (name(message), message))
        })
        .collect();
    let mut next = vec![".pingyi.fact.v1.Fact".to_owned()];
    let (mut seen, mut texts) = (BTreeSet::new(), BTreeSet::new());
    while let Some(name) = next.pop() {
        // The catalog's are not reported.
        if name.ends_with("Published") || !seen.insert(name.clone()) {
            continue;
        }
        let found = messages.iter().find(|(one, _)| *one == name);
        for field in found.iter().flat_map(|(_, message)| &message.field) {
            match field.r#type() {
                Type::String | Type::Bytes => {
                    texts.insert(field.name().to_owned());
                }
                Type::Message => next.push(field.type_name().to_owned()),
                _ => {}
            }
        }
    }
    assert!(seen.len() > 40 && texts.len() > 40, "{seen:?}");
    let is_known = |text: &&String| {
        let ends = ["_id", "_on", "_code", "_hash"];
        ends.iter().any(|end| text.ends_with(end)) || KNOWN.contains(&text.as_str())
    };
    let unknown: Vec<_> = texts.iter().filter(|text| !is_known(text)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
