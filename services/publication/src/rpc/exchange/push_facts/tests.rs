//! Facts are kept in order, once each, of those who may report them.

use platform::{auth::Caller, testing::principal};
use prost::Message as _;
use proto::{
    exchange::v1::GetExchangeStateRequest,
    fact::v1::{Fact, fact::Body},
    r#type::v1::Level,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    rpc::{
        exchange::{
            get_day_sum, get_exchange_state,
            testing::{ORIGIN, at, below, fact, id_of, push, rated, rating},
        },
        testing::Fixture,
    },
    store::exchange::{self, key::LaneKey},
};

const START: (u64, String) = (0, String::new());

fn now() -> jiff::Timestamp {
    at("2026-03-02T00:00:00Z")
}

fn key() -> LaneKey {
    LaneKey { origin: ORIGIN.to_owned(), producer: "intake".to_owned() }
}

fn ratings(publication: &Publication, positions: std::ops::RangeInclusive<u64>) -> Vec<Vec<u8>> {
    positions.map(|n| rated(publication, n, Level::Dissatisfied, now())).collect()
}

async fn kept(publication: &Publication) -> Vec<Vec<u8>> {
    let rows = exchange::facts(publication.store.read(), &key(), 0, 1_000).await.unwrap();
    assert!(rows.iter().zip(1..).all(|(row, position)| row.position == position));
    rows.into_iter().map(|row| row.body).collect()
}

/// Code, reason and the last place kept of a refusal.
fn refused(error: Error) -> (Code, String, Option<String>) {
    let status = Status::from(error);
    let info = status.get_details_error_info().unwrap();
    (status.code(), info.reason, info.metadata.get("position").cloned())
}

#[tokio::test]
async fn p10_what_is_there_already_is_a_success_and_a_gap_is_refused_with_the_place_kept() {
    let fixture = Fixture::new().await;
    let publication = &fixture.publication;
    let sent = ratings(publication, 1..=6);
    let send = async |after: usize, facts: &[Vec<u8>]| {
        let id = if after == 0 { String::new() } else { id_of(&sent[after - 1]) };
        let request = push(&(after as u64, id), facts.to_vec());
        run(publication, below(ORIGIN), request).await
    };
    // The same at once, from two replicas.
    let (one, two) = tokio::join!(send(0, &sent[..3]), send(0, &sent[..3]));
    for answer in [one.unwrap(), two.unwrap()] {
        assert_eq!((answer.position, answer.fact_id), (3, id_of(&sent[2])));
    }
    let gap = refused(send(5, &sent[5..]).await.unwrap_err());
    assert_eq!(gap, (Code::FailedPrecondition, "FACTS_GAP".to_owned(), Some("3".to_owned())));
    // Some of it is there, and then all of it.
    assert_eq!(send(1, &sent[1..5]).await.unwrap().position, 5);
    assert_eq!(send(0, &sent[..2]).await.unwrap().position, 5, "the last place kept");
    assert_eq!(send(5, &sent[5..]).await.unwrap().position, 6);
    assert_eq!(send(6, &[]).await.unwrap().position, 6, "nothing new");
    assert_eq!(kept(publication).await, sent, "byte for byte, in order, once each");
}

#[tokio::test]
async fn p10_another_history_is_refused_and_goes_on_from_the_last_common_place_on_record() {
    let fixture = Fixture::new().await;
    let publication = &fixture.publication;
    let sent = ratings(publication, 1..=5);
    run(publication, below(ORIGIN), push(&START, sent.clone())).await.unwrap();
    // A standby that had three of them took over, and wrote three others.
    let common = (3, id_of(&sent[2]));
    let others = ratings(publication, 4..=6);
    let last = (5, id_of(&others[1]));
    for (after, facts) in [(&common, &others[..]), (&last, &others[2..])] {
        let request = push(after, facts.to_vec());
        let other = refused(run(publication, below(ORIGIN), request).await.unwrap_err());
        assert_eq!((other.1.as_str(), other.2.as_deref()), ("OTHER_HISTORY", Some("5")));
    }
    let probe = run(publication, below(ORIGIN), push(&common, Vec::new())).await.unwrap();
    assert_eq!((probe.position, &probe.fact_id), (5, &id_of(&sent[4])), "both have the third");
    let mut request = push(&common, others.clone());
    request.withdraws = id_of(&sent[3]);
    let guess = run(publication, below(ORIGIN), request.clone()).await.unwrap_err();
    assert_eq!(refused(guess).1, "OTHER_HISTORY", "that is not the last one kept");
    request.withdraws = probe.fact_id;
    for _ in 0..2 {
        let kept = run(publication, below(ORIGIN), request.clone()).await.unwrap();
        assert_eq!((kept.position, kept.fact_id), (6, id_of(&others[2])));
    }
    assert_eq!(kept(publication).await, [&sent[..3], &others[..]].concat());
    let caller = Caller::Authority { region: ORIGIN.to_owned() };
    let asked = GetExchangeStateRequest::default();
    let state = get_exchange_state::run(publication, principal("officer", caller), asked).await;
    let state = state.unwrap();
    assert_eq!(state.lanes[0].withdrawn, 2, "what was withdrawn stays on record");
    assert_eq!(state.lanes[0].levels[3].kept, 6, "and counts no more");
}

#[tokio::test]
async fn p10_an_installation_reports_for_its_region_and_below_and_for_no_other() {
    let fixture = Fixture::new().await;
    let publication = &fixture.publication;
    let facts = ratings(publication, 1..=1);
    for (region, admitted) in
        [("652301", true), ("652300", true), ("650000", true), ("652302", false), ("370000", false)]
    {
        let pushed = run(publication, below(region), push(&START, facts.clone())).await;
        assert_eq!(pushed.is_ok(), admitted, "{region}");
        if let Err(error) = pushed {
            assert_eq!(refused(error).1, "ORIGIN_NOT_FOUND");
        }
    }
    // A fact that names another region is kept, so that nothing is held up, and is told.
    let foreign = fact(publication, 2, rating(Level::Satisfied, "370882"), now());
    run(publication, below(ORIGIN), push(&(1, id_of(&facts[0])), vec![foreign])).await.unwrap();
    let lane = exchange::lane(publication.store.read(), &key()).await.unwrap().unwrap();
    assert_eq!((lane.position, lane.outside), (2, 1));
}

#[tokio::test]
async fn p10_garbage_is_refused_and_a_kind_this_version_does_not_know_is_kept_as_it_is() {
    let fixture = Fixture::new().await;
    let publication = &fixture.publication;
    let good = ratings(publication, 1..=1).remove(0);
    let changed = |change: &dyn Fn(&mut Fact)| {
        let mut fact = Fact::decode(good.as_slice()).unwrap();
        change(&mut fact);
        fact.encode_to_vec()
    };
    for (wrong, why) in [
        (b"garbage".to_vec(), "no fact"),
        (changed(&|fact| fact.position = 2), "position"),
        (changed(&|fact| fact.producer = "ticketing".to_owned()), "service"),
        (changed(&|fact| fact.fact_id = String::new()), "id"),
        (changed(&|fact| fact.recorded_at = None), "recorded"),
    ] {
        let request = push(&START, vec![wrong]);
        let status = Status::from(run(publication, below(ORIGIN), request).await.unwrap_err());
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains(why), "{status}");
    }
    let good_push = push(&START, vec![good.clone()]);
    for wrong in [
        PushFactsRequest { origin: "x".to_owned(), ..good_push.clone() },
        PushFactsRequest { producer: "catalog".to_owned(), ..good_push.clone() },
        PushFactsRequest { after_id: "x".to_owned(), ..good_push.clone() },
        PushFactsRequest { after: 1, ..good_push.clone() },
        PushFactsRequest { after: u64::MAX, ..good_push.clone() },
        PushFactsRequest { withdraws: "x".to_owned(), ..good_push.clone() },
        PushFactsRequest { facts: vec![good.clone(); 501], ..good_push.clone() },
    ] {
        let status = Status::from(run(publication, below(ORIGIN), wrong).await.unwrap_err());
        assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    }
    assert!(kept(publication).await.is_empty());
    // A field of a later version: number 15,000, a text.
    let mut later = changed(&|fact| fact.body = None::<Body>);
    later.extend([0xC2, 0xA9, 0x07, 2, b'n', b'o']);
    run(publication, below(ORIGIN), push(&START, vec![later.clone()])).await.unwrap();
    assert_eq!(kept(publication).await, [later]);
}

#[tokio::test]
async fn p10_very_much_is_withdrawn_in_parts_and_nothing_is_kept_before_the_last() {
    let fixture = Fixture::new().await;
    let publication = &fixture.publication;
    let sent = ratings(publication, 1..=13);
    run(publication, below(ORIGIN), push(&START, sent.clone())).await.unwrap();
    let others = ratings(publication, 2..=3);
    let mut request = push(&(1, id_of(&sent[0])), others.clone());
    let mut lasts = Vec::new();
    request.withdraws = id_of(&sent[12]);
    let kept_at_last = loop {
        match run(publication, below(ORIGIN), request.clone()).await {
            Ok(kept) => break kept,
            Err(error) => {
                let (_, reason, position) = refused(error);
                assert_eq!(reason, "OTHER_HISTORY");
                let last: usize = position.unwrap().parse().unwrap();
                assert_eq!(kept(publication).await, sent[..last], "those before stay until then");
                request.withdraws = id_of(&sent[last - 1]);
                lasts.push(last);
            }
        }
    };
    assert_eq!((kept_at_last.position, lasts), (3, vec![8, 3]));
    assert_eq!(kept(publication).await, [&sent[..1], &others[..]].concat());
    let lane = exchange::lane(publication.store.read(), &key()).await.unwrap().unwrap();
    assert_eq!(lane.withdrawn, 12);
}

#[tokio::test]
async fn p10_the_own_region_and_those_above_it_are_nobodys_lower_installation() {
    let fixture = Fixture::new().await;
    let city = domain::codes::RegionCode::parse("652300").unwrap();
    let publication = &fixture.publication.clone().with_region(Some(city));
    let facts = ratings(publication, 1..=1);
    let push_of = |origin: &str| PushFactsRequest {
        origin: origin.to_owned(),
        ..push(&START, facts.clone())
    };
    // Whatever a token admits: it was made for the whole nation.
    for (origin, admitted) in
        [("652300", false), ("650000", false), ("000000", false), ("652301", true)]
    {
        let pushed = run(publication, below("000000"), push_of(origin)).await;
        assert_eq!(pushed.is_ok(), admitted, "{origin}");
        if let Err(error) = pushed {
            let (code, reason, _) = refused(error);
            assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "ORIGIN_NOT_BELOW"));
        }
        let sum = proto::exchange::v1::GetDaySumRequest {
            origin: origin.to_owned(),
            producer: "intake".to_owned(),
            day: "2026-03-02".to_owned(),
            up_to: 1,
        };
        let summed = get_day_sum::run(publication, below("000000"), sum).await;
        assert_eq!(summed.is_ok(), admitted, "{origin}");
    }
    let kept = exchange::lanes(publication.store.read()).await.unwrap();
    assert_eq!(kept.iter().map(|lane| lane.origin.as_str()).collect::<Vec<_>>(), [ORIGIN]);
    // Whoever may not report for a region learns nothing else about it.
    let other = run(publication, below("652301"), push_of("652300")).await.unwrap_err();
    assert_eq!(refused(other).1, "ORIGIN_NOT_FOUND");
}
