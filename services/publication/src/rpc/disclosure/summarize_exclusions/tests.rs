use platform::{facts::consume::Consumer as _, testing::AGENCY};
use proto::{
    fact::v1::{RatingExcluded, fact::Body},
    publication::v1::ListExcludedRatingsRequest,
    r#type::v1::{ExclusionGround, ExclusionKind, Involved, Level, ServiceAct},
};

use super::*;
use crate::rpc::{
    disclosure::list_excluded_ratings,
    disclosure::testing::{Excluding as _, excluded},
    testing::{Fixture, anyone},
};

fn march(agency: &str) -> SummarizeExclusionsRequest {
    SummarizeExclusionsRequest {
        region_code: "652301".to_owned(),
        agency_id: agency.to_owned(),
        from: "2026-03-01".to_owned(),
        to: "2026-03-31".to_owned(),
    }
}

async fn read(
    fixture: &Fixture,
    request: SummarizeExclusionsRequest,
) -> SummarizeExclusionsResponse {
    run(&fixture.publication, anyone(), request).await.unwrap()
}

fn levels(figures: Option<&ExclusionFigures>) -> [u64; 5] {
    std::array::from_fn(|n| figures.unwrap().levels[n].count)
}

fn counts(told: &SummarizeExclusionsResponse) -> Vec<(ExclusionGround, ExclusionKind, u64, u64)> {
    let row = |row: &ExclusionCount| (row.ground(), row.kind(), row.ratings, row.reinstated);
    told.counts.iter().map(row).collect()
}

#[tokio::test]
async fn p04_exclusions_are_summed_up_by_reason_with_the_figures_before_and_after() {
    let fixture = Fixture::new().await;
    // Four bad ratings, the first one in the place of praise; three are excluded, and one again not.
    let act = fixture.act();
    let praise = fixture.rating(&act, Level::Satisfied, "2026-03-01T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(praise)).await;
    let first = fixture.negative(&act, false).await;
    let id = fixture.publication.shell.clock.new_id().to_string();
    let mistake = RatingExcluded {
        ground: ExclusionGround::Mistaken.into(),
        kind: ExclusionKind::Withdrawn.into(),
        ..excluded(&first, id, 1)
    };
    fixture.apply(Body::RatingExcluded(mistake)).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(fixture.negative(&fixture.act(), false).await);
    }
    fixture.exclude(&others[0], 0).await;
    let ended = fixture.exclude(&others[1], 0).await;
    fixture.reinstate(&ended, 1).await;
    for agency in ["", AGENCY] {
        let told = read(&fixture, march(agency)).await;
        let expected = [
            (ExclusionGround::Mistaken, ExclusionKind::Withdrawn, 1, 0),
            (ExclusionGround::Malicious, ExclusionKind::Excluded, 1, 1),
        ];
        assert_eq!(counts(&told), expected, "{agency}");
        assert!(told.counts.iter().all(|row| row.clause == "第二十三条"));
        assert_eq!(levels(told.after.as_ref()), [0, 1, 0, 0, 2], "the praise stands again");
        assert_eq!(levels(told.before.as_ref()), [0, 0, 0, 0, 4]);
        let rate = told.after.unwrap().satisfaction.unwrap();
        assert_eq!((rate.numerator, rate.denominator), (1, 3));
        assert!(!told.withheld.is_empty());
    }
    // Only ratings of the days asked for: praise of the day before the others.
    let first_day = SummarizeExclusionsRequest { to: "2026-03-01".to_owned(), ..march("") };
    let told = read(&fixture, first_day).await;
    assert_eq!((counts(&told), levels(told.after.as_ref())), (Vec::new(), [0, 1, 0, 0, 0]));
    assert_eq!(levels(told.before.as_ref()), [0; 5], "without exclusions it would not stand");
    assert_eq!(counts(&read(&fixture, march("652301-a99")).await), []);
}

#[tokio::test]
async fn p04_i14_a_summary_tells_nothing_of_excluded_private_ratings_however_the_days_are_chosen() {
    let fixture = Fixture::new().await;
    let acts: Vec<ServiceAct> = (0..6).map(|_| fixture.act()).collect();
    for act in &acts[..5] {
        let rated = fixture.negative(act, true).await;
        fixture.exclude(&rated, 0).await;
    }
    // A further private rating hides an excluded public one of its act.
    let rated = fixture.negative(&acts[5], false).await;
    fixture.exclude(&rated, 0).await;
    let told = read(&fixture, march("")).await;
    assert_eq!((counts(&told).len(), levels(told.before.as_ref())), (1, [0, 0, 0, 0, 1]));
    fixture.private_rating(&acts[5], Level::Satisfied).await;
    let told = read(&fixture, march("")).await;
    assert_eq!((counts(&told), levels(told.before.as_ref())), (Vec::new(), [0; 5]));
    assert_eq!(levels(told.after.as_ref()), [0; 5]);
}

#[tokio::test]
async fn p04_i12_every_agency_of_a_package_sees_the_exclusion_of_its_composite_rating() {
    let fixture = Fixture::new().await;
    let part = |agency: &str, region: &str| Involved {
        agency_id: agency.to_owned(),
        region_code: region.to_owned(),
    };
    let involved =
        vec![part(AGENCY, "652301"), part("652301-a04", "652301"), part("652302-a01", "652302")];
    let package = ServiceAct { involved, ..fixture.act() };
    let rated = fixture.negative(&package, false).await;
    fixture.exclude(&rated, 0).await;
    // One of the handling agency alone.
    let own = fixture.negative(&fixture.act(), false).await;
    fixture.exclude(&own, 0).await;
    let of = async |region: &str, agency: &str| {
        let region_code = region.to_owned();
        let request = SummarizeExclusionsRequest { region_code, ..march(agency) };
        let told = read(&fixture, request).await;
        let excluded: u64 = told.counts.iter().map(|row| row.ratings).sum();
        let request = ListExcludedRatingsRequest {
            region_code: region.to_owned(),
            agency_id: agency.to_owned(),
            ..ListExcludedRatingsRequest::default()
        };
        let listed = list_excluded_ratings::run(&fixture.publication, anyone(), request).await;
        assert_eq!(listed.unwrap().ratings.len() as u64, excluded, "{region} {agency}");
        (excluded, levels(told.before.as_ref())[4], levels(told.after.as_ref())[4])
    };
    assert_eq!(of("652301", AGENCY).await, (2, 2, 0), "each once");
    assert_eq!(of("652301", "").await, (2, 2, 0));
    assert_eq!(of("652301", "652301-a04").await, (1, 1, 0));
    assert_eq!(of("652302", "652302-a01").await, (1, 1, 0));
    assert_eq!(of("652302", "").await, (1, 1, 0));
    assert_eq!(of("652302", "652301-a04").await, (0, 0, 0), "not that region's");
    // Its ticket is in no history any more.
    let txn = fixture.publication.store.begin().await.unwrap();
    fixture.publication.consumer().forget(&txn, "ticketing", 1).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(of("652301", "652301-a04").await, (0, 1, 1), "it counts again");
}

#[tokio::test]
async fn everything_wrong_is_named_at_once_and_a_year_is_the_most() {
    let fixture = Fixture::new().await;
    let wrong =
        async |request| run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
    let told = wrong(SummarizeExclusionsRequest {
        agency_id: "a b".to_owned(),
        ..SummarizeExclusionsRequest::default()
    });
    let told = told.await;
    for field in ["region_code:", "agency_id:", "from:", "to:"] {
        assert!(told.contains(field), "{told}");
    }
    let year = |to: &str| SummarizeExclusionsRequest {
        from: "2025-03-01".to_owned(),
        to: to.to_owned(),
        ..march("")
    };
    read(&fixture, year("2026-03-01")).await;
    assert!(wrong(year("2026-03-02")).await.contains("to:"));
    assert!(wrong(year("2025-02-28")).await.contains("to:"));
}
