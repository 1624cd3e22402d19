use platform::{
    facts::consume::Consumer as _,
    testing::{AGENCY, COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION},
};
use proto::{
    fact::v1::{MatterRaised, RatingInvited, RatingSubmitted, fact::Body},
    publication::v1::PainTrend,
    r#type::v1::{Level, MatterKind, Origin, ServiceAct},
};

use sea_orm::ConnectionTrait as _;

use super::*;
use crate::app::pain_point::MAX_ROWS;
use crate::rpc::{
    disclosure::testing::{Excluding as _, Rated, ticket_of},
    pain_point::testing::{authority, handler},
    testing::Fixture,
};

fn february() -> ListPainPointsRequest {
    ListPainPointsRequest {
        region_code: REGION.to_owned(),
        from: "2026-02-01".to_owned(),
        to: "2026-02-28".to_owned(),
        ..ListPainPointsRequest::default()
    }
}

async fn listed(fixture: &Fixture, request: ListPainPointsRequest) -> Vec<PainPoint> {
    run(&fixture.publication, authority(REGION), request).await.unwrap().points
}

/// Negative ratings and reasons, as (kind, reason, how many).
async fn in_short(fixture: &Fixture) -> Vec<(PainKind, String, u64)> {
    let points = listed(fixture, february()).await.into_iter();
    points.map(|point| (point.kind(), point.reason_code, point.count)).collect()
}

fn counted(negative: u64, reasons: &[(&str, u64)]) -> Vec<(PainKind, String, u64)> {
    let reasons = reasons.iter().map(|(code, n)| (PainKind::Reason, (*code).to_owned(), *n));
    let negative = (PainKind::Negative, String::new(), negative);
    std::iter::once(negative).chain(reasons).filter(|(_, _, n)| *n > 0).collect()
}

#[tokio::test]
async fn p09_reasons_are_ranked_with_their_trend_and_against_the_items_of_their_line() {
    let fixture = Fixture::new().await;
    let (bad, usual) = (fixture.act_of(ON_THE_SPOT_ITEM), fixture.act_of(COMMITTED_ITEM));
    for (act, day, of) in [
        (&bad, "2026-01-10", (3, 60)),
        (&usual, "2026-01-10", (5, 100)),
        (&bad, "2026-02-10", (30, 60)),
        (&usual, "2026-02-10", (5, 100)),
    ] {
        fixture.rate(act, day, of).await;
    }
    let told = run(&fixture.publication, authority(REGION), february()).await.unwrap();
    assert_eq!(told.compared, 12, "three for each of four cells");
    let order = told.points.iter().map(|p| (p.item_code.as_str(), p.kind(), p.count));
    let order: Vec<_> = order.collect();
    let (first, second) = (ON_THE_SPOT_ITEM, COMMITTED_ITEM);
    let ranked = [
        (first, PainKind::Negative, 30),
        (first, PainKind::Reason, 30),
        (second, PainKind::Negative, 5),
        (second, PainKind::Reason, 5),
    ];
    assert_eq!(order, ranked);
    let [_, worst, _, other] = told.points.as_slice() else { panic!("{told:?}") };
    assert_eq!((worst.ratings, worst.count_before, worst.ratings_before), (60, 3, 60));
    assert_eq!((worst.trend(), other.trend()), (PainTrend::Rising, PainTrend::Steady));
    assert_eq!((worst.stage(), worst.agency_id.as_str()), (Stage::Completion, AGENCY));
    assert_eq!(worst.reason_text, "需提供办事指南之外的申报材料");
    assert!(worst.item_name.starts_with("示例事项"), "{}", worst.item_name);
    let lift = worst.lift.as_ref().unwrap();
    assert_eq!((lift.peers_count, lift.peers_ratings), (5, 100));
    assert_eq!((lift.percent, lift.stands_out), (Some(775), true));
    assert!(!other.lift.as_ref().unwrap().stands_out);
    let asked = ListPainPointsRequest {
        item_code: second.to_owned(),
        kind: PainKind::Reason.into(),
        ..february()
    };
    let only = listed(&fixture, asked).await;
    assert_eq!(only.len(), 1);
    assert_eq!(only[0], *other, "a filter changes no comparison");
}

#[tokio::test]
async fn p09_pages_hold_every_pain_point_once_and_an_agency_sees_its_own() {
    let fixture = Fixture::new().await;
    for (n, agency) in [AGENCY, "652301-a04"].into_iter().enumerate() {
        let act = ServiceAct { agency_id: agency.to_owned(), ..fixture.act() };
        fixture.rate(&act, "2026-02-10", (n + 1, 4)).await;
    }
    let read = async |caller, request| run(&fixture.publication, caller, request).await;
    let mut request = ListPainPointsRequest { page_size: 1, ..february() };
    let mut paged = Vec::new();
    loop {
        let page = read(authority(REGION), request.clone()).await.unwrap();
        paged.extend(page.points);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, listed(&fixture, february()).await);
    assert_eq!(paged.iter().map(|point| point.count).collect::<Vec<_>>(), [2, 2, 1, 1]);
    let own = read(handler(AGENCY), february()).await.unwrap();
    assert!(own.points.iter().all(|point| point.agency_id == AGENCY), "{own:?}");
    assert_eq!((own.points.len(), own.compared), (2, 6));
    let foreign = ListPainPointsRequest { agency_id: "652301-a04".to_owned(), ..february() };
    for (caller, request) in [(handler(AGENCY), foreign), (authority("652302"), february())] {
        let refused = read(caller, request).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), tonic::Code::NotFound);
    }
}

#[tokio::test]
async fn p09_only_the_effective_rating_that_a_rater_gave_counts_and_a_private_one_does_too() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let rating = |level, day: u8, tags: &[&str]| RatingSubmitted {
        tag_codes: tags.iter().map(|code| (*code).to_owned()).collect(),
        ..fixture.rating(&act, level, &format!("2026-02-{day:02}T03:00:00Z"))
    };
    let submit = async |rating: &RatingSubmitted| {
        fixture.apply(Body::RatingSubmitted(rating.clone())).await;
    };
    let first = rating(Level::VeryDissatisfied, 3, &["109", "110", "109"]);
    submit(&first).await;
    submit(&first).await;
    assert_eq!(in_short(&fixture).await, counted(1, &[("109", 1), ("110", 1)]));
    let private = RatingSubmitted { private: true, ..rating(Level::Dissatisfied, 4, &["207"]) };
    submit(&private).await;
    assert_eq!(in_short(&fixture).await, counted(1, &[("207", 1)]), "the later one stands");
    submit(&RatingSubmitted {
        origin: Origin::Default.into(),
        ..rating(Level::VeryDissatisfied, 9, &[])
    })
    .await;
    assert_eq!(in_short(&fixture).await, counted(1, &[("207", 1)]), "a default one never");
    submit(&rating(Level::Satisfied, 5, &["415"])).await;
    assert_eq!(in_short(&fixture).await, []);
}

#[tokio::test]
async fn p09_p04_an_excluded_rating_is_no_pain_point_and_a_reinstated_one_is_again() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let bad = fixture.rating(&act, Level::VeryDissatisfied, "2026-02-03T03:00:00Z");
    let bad = RatingSubmitted { tag_codes: vec!["109".to_owned()], ..bad };
    let ticket_id = fixture.publication.shell.clock.new_id().to_string();
    let rated = Rated { act_id: act.act_id.clone(), rating: bad.clone(), ticket_id };
    fixture.apply(Body::RatingSubmitted(bad)).await;
    fixture.apply(Body::TicketOpened(ticket_of(&rated))).await;
    assert_eq!(in_short(&fixture).await, counted(1, &[("109", 1)]));
    let excluded = fixture.exclude(&rated, 0).await;
    assert_eq!(in_short(&fixture).await, []);
    // What is told again changes nothing.
    let invited = RatingInvited { act: Some(act), closes_on: String::new() };
    fixture.apply(Body::RatingInvited(invited)).await;
    assert_eq!(in_short(&fixture).await, []);
    fixture.reinstate(&excluded, 1).await;
    assert_eq!(in_short(&fixture).await, counted(1, &[("109", 1)]));
}

#[tokio::test]
async fn p09_i25_complaints_of_every_source_are_in_the_same_analysis_each_once() {
    let fixture = Fixture::new().await;
    let told = |source: &str, kind: MatterKind| MatterRaised {
        source: source.to_owned(),
        kind: kind.into(),
        ..fixture.complaint(ON_THE_SPOT_ITEM, "2026-02-10")
    };
    let hotline = told("hotline_12345", MatterKind::Complaint);
    let praise = told("app", MatterKind::PublicReview);
    let blame = MatterRaised { level: Level::Dissatisfied.into(), ..praise.clone() };
    let praise = MatterRaised {
        matter_id: fixture.publication.shell.clock.new_id().to_string(),
        level: Level::VerySatisfied.into(),
        ..praise
    };
    for matter in [&hotline, &hotline, &told("gov_cn", MatterKind::Complaint), &praise, &blame] {
        fixture.apply(Body::MatterRaised(matter.clone())).await;
    }
    let points = listed(&fixture, february()).await;
    let short: Vec<_> = points.iter().map(|p| (p.source.as_str(), p.count, p.ratings)).collect();
    assert_eq!(short, [("app", 1, 0), ("gov_cn", 1, 0), ("hotline_12345", 1, 0)]);
    assert!(points.iter().all(|point| point.kind() == PainKind::Complaint));
    assert!(points.iter().all(|point| point.lift.is_none() && point.reason_code.is_empty()));
    // And their trend is told, where there are enough.
    fixture.complain(ON_THE_SPOT_ITEM, "2026-02-11", 40).await;
    fixture.complain(COMMITTED_ITEM, "2026-02-11", 40).await;
    fixture.complain(COMMITTED_ITEM, "2026-01-11", 40).await;
    let points = listed(&fixture, february()).await;
    let hotline: Vec<_> = points.iter().filter(|point| point.source == "hotline_12345").collect();
    let trends: Vec<_> = hotline.iter().map(|p| (p.item_code.as_str(), p.trend())).collect();
    let (rising, steady) = (PainTrend::Rising, PainTrend::Steady);
    assert_eq!(trends, [(ON_THE_SPOT_ITEM, rising), (COMMITTED_ITEM, steady)]);
}

#[tokio::test]
async fn p09_what_is_in_no_history_any_more_is_taken_back() {
    let fixture = Fixture::new().await;
    fixture.rate(&fixture.act(), "2026-02-10", (2, 3)).await;
    fixture.complain(ON_THE_SPOT_ITEM, "2026-02-10", 1).await;
    let kept = listed(&fixture, february()).await;
    assert_eq!(kept.len(), 3);
    fixture.rate(&fixture.act(), "2026-02-11", (1, 1)).await;
    fixture.complain(ON_THE_SPOT_ITEM, "2026-02-11", 2).await;
    assert_ne!(listed(&fixture, february()).await, kept);
    for (common, left) in [(4, kept), (0, Vec::new())] {
        let txn = fixture.publication.store.begin().await.unwrap();
        fixture.publication.consumer().forget(&txn, "intake", common).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(listed(&fixture, february()).await, left);
    }
}

#[tokio::test]
async fn p09_more_counts_than_are_compared_at_once_are_refused() {
    let fixture = Fixture::new().await;
    let some = |rows: u64| {
        format!(
            "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {rows}) \
             INSERT INTO pain (region_code, day, kind, item_code, stage, reason, agency_id, line_id, \
             private, n) SELECT '{REGION}', 20485, 1, 'i' || n, 4, '', 'a', '', false, 1 FROM many"
        )
    };
    let store = &fixture.publication.store;
    store.write().execute_unprepared(&some(MAX_ROWS)).await.unwrap();
    assert_eq!(listed(&fixture, february()).await.len(), 50);
    let one = some(1).replace("'i'", "'j'");
    store.write().execute_unprepared(&one).await.unwrap();
    let refused = run(&fixture.publication, authority(REGION), february()).await.unwrap_err();
    let status = tonic::Status::from(refused);
    assert_eq!(status.code(), tonic::Code::ResourceExhausted, "{status:?}");
}

#[tokio::test]
async fn p09_words_of_five_texts_at_least_are_compared_with_the_period_before_and_with_peers() {
    let fixture = Fixture::new().await;
    let (bad, usual) = (fixture.act_of(ON_THE_SPOT_ITEM), fixture.act_of(COMMITTED_ITEM));
    for (act, day) in [(&bad, "2026-01-10"), (&bad, "2026-02-10"), (&usual, "2026-02-10")] {
        fixture.rate(act, day, (0, 60)).await;
    }
    fixture.write(&bad, "2026-01-11", 3, &["材料"]).await;
    fixture.write(&bad, "2026-02-11", 26, &["材料", "窗口"]).await;
    fixture.write(&bad, "2026-02-12", 4, &["态度"]).await;
    fixture.write(&usual, "2026-02-11", 4, &["材料"]).await;
    let words = ListPainPointsRequest { kind: PainKind::Word.into(), ..february() };
    let told = run(&fixture.publication, authority(REGION), words.clone()).await.unwrap();
    let short: Vec<_> = told.points.iter().map(|p| (p.word.as_str(), p.count, p.ratings)).collect();
    assert_eq!(short, [("材料", 26, 90), ("窗口", 26, 90)], "four texts are no word");
    assert_eq!(told.words_compared, 6, "three for each of two words");
    assert_eq!(told.compared, 6, "of the negative ratings of two items, and no word");
    let material = &told.points[0];
    assert_eq!((material.count_before, material.ratings_before), (3, 63));
    assert_eq!(material.trend(), PainTrend::Rising);
    let lift = material.lift.as_ref().unwrap();
    assert_eq!((lift.peers_count, lift.peers_ratings), (4, 64), "peers with however few");
    assert!(lift.stands_out && told.points[1].lift.as_ref().unwrap().peers_count == 0);
    let one = listed(&fixture, ListPainPointsRequest { word: "窗口".to_owned(), ..words }).await;
    assert_eq!(one, [told.points[1].clone()], "a filter changes no comparison");
    // One text more, and it is a word.
    fixture.write(&bad, "2026-02-12", 1, &["态度"]).await;
    let asked = ListPainPointsRequest { word: "态度".to_owned(), ..february() };
    assert_eq!(listed(&fixture, asked).await[0].count, 5);
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let request = ListPainPointsRequest {
        from: "2026-02-01".to_owned(),
        to: "2027-02-01".to_owned(),
        agency_id: "a b".to_owned(),
        kind: 9,
        stage: 9,
        reason_code: "109".to_owned(),
        word: "材料".to_owned(),
        ..ListPainPointsRequest::default()
    };
    let refused = run(&fixture.publication, authority(REGION), request).await.unwrap_err();
    let told = refused.to_string();
    for field in ["region_code", "to", "agency_id", "kind", "stage", "word"] {
        assert!(told.contains(&format!("{field}:")), "{told}");
    }
}
