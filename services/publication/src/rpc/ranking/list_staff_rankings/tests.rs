//! Rankings of window staff: by what, and for whom.

use platform::{
    auth::Caller,
    testing::{AGENCY, REGION, principal},
};
use proto::r#type::v1::ServiceAct;

use super::*;
use crate::rpc::{
    ranking::testing::{by_staff, rate},
    testing::Fixture,
};

fn handler(agency: &str) -> Officer {
    principal("handler", Caller::Handler { region: REGION.to_owned(), agency: agency.to_owned() })
}

fn authority(region: &str) -> Officer {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

fn asked(agency: &str) -> ListStaffRankingsRequest {
    ListStaffRankingsRequest {
        region_code: REGION.to_owned(),
        agency_id: agency.to_owned(),
        period: "2026-01".to_owned(),
        ..ListStaffRankingsRequest::default()
    }
}

/// Of three members of staff, one of another agency whose name goes on like this one's; on one item.
async fn rated() -> Fixture {
    let fixture = Fixture::under("guangxi-2019").await;
    let longer = format!("{AGENCY}x");
    for (agency, staff, counts) in [
        (AGENCY, "652301-s01", [58, 2, 0, 0, 0]),
        (AGENCY, "652301-s02", [20, 10, 10, 10, 10]),
        (AGENCY, "652301-s04", [2, 0, 0, 0, 0]),
        (longer.as_str(), "652301-s03", [59, 1, 0, 0, 0]),
    ] {
        let act = ServiceAct { agency_id: agency.to_owned(), ..by_staff(&fixture, staff) };
        rate(&fixture, &act, "2026-01-15", counts).await;
    }
    fixture
}

#[tokio::test]
async fn p01_p07_staff_are_ranked_by_their_direct_ratings_and_officers_see_who_has_too_few() {
    let fixture = rated().await;
    let answer = run(&fixture.publication, handler(AGENCY), asked(AGENCY)).await.unwrap();
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.key.as_str(), row.place_from, row.ratings)).collect();
    assert_eq!(rows, [("652301-s01", 1, 60), ("652301-s02", 2, 60), ("652301-s04", 0, 2)]);
    assert_eq!((answer.rows[2].score, answer.rows[2].upper), (0, 0), "no score of two ratings");
    // Others served the same item: all of them could be compared.
    assert_eq!((answer.rows[0].comparable, answer.rows[1].comparable), (60, 60));
    let basis = answer.basis.unwrap();
    assert_eq!((basis.full_marks, basis.mean_of_staff), (10, false));
    let region = run(&fixture.publication, authority(REGION), asked("")).await.unwrap();
    let keys: Vec<&str> = region.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys[0], format!("{AGENCY}x 652301-s03"));
    assert_eq!(keys[1], format!("{AGENCY} 652301-s01"));
    assert_eq!(keys.len(), 4);
    let comparable: Vec<u64> = region.rows.iter().map(|row| row.comparable).collect();
    assert_eq!(comparable[..3], [60, 60, 60]);
}

#[tokio::test]
async fn p07_rankings_of_staff_are_for_their_agency_and_its_authority_alone() {
    let fixture = rated().await;
    for caller in [authority(REGION), authority("652300")] {
        run(&fixture.publication, caller, asked(AGENCY)).await.unwrap();
    }
    for (outsider, agency) in [
        (handler("652301-a04"), AGENCY),
        (handler(AGENCY), ""),
        (authority("652302"), AGENCY),
        (authority("652302"), ""),
    ] {
        let refused = run(&fixture.publication, outsider, asked(agency)).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), tonic::Code::NotFound, "{agency}");
    }
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let nothing = ListStaffRankingsRequest {
        agency_id: "a b".to_owned(),
        page_token: "%".to_owned(),
        ..ListStaffRankingsRequest::default()
    };
    let told = run(&fixture.publication, handler(AGENCY), nothing).await.unwrap_err().to_string();
    for field in ["region_code", "agency_id", "period", "page_token"] {
        assert!(told.contains(&format!("{field}:")), "{told}");
    }
}
