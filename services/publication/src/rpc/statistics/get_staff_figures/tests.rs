//! Figures of window staff: whose, and for whom.

use platform::{
    auth::Caller,
    testing::{AGENCY, REGION, principal},
};
use proto::{
    fact::v1::fact::Body,
    r#type::v1::{Level, ServiceAct},
};

use super::*;
use crate::rpc::testing::Fixture;

fn handler(agency: &str) -> Officer {
    principal("handler", Caller::Handler { region: REGION.to_owned(), agency: agency.to_owned() })
}

fn authority(region: &str) -> Officer {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

fn asked() -> GetStaffFiguresRequest {
    GetStaffFiguresRequest {
        region_code: REGION.to_owned(),
        agency_id: AGENCY.to_owned(),
        from: "2026-03-01".to_owned(),
        to: "2026-03-31".to_owned(),
        ..GetStaffFiguresRequest::default()
    }
}

/// Ratings of three members of staff, one of another agency whose name goes on like this one's.
async fn rated() -> Fixture {
    let fixture = Fixture::under("guangxi-2019").await;
    let longer = format!("{AGENCY}x");
    for (agency, staff, level) in [
        (AGENCY, "652301-s01", Level::VerySatisfied),
        (AGENCY, "652301-s01", Level::Dissatisfied),
        (AGENCY, "652301-s02", Level::Satisfied),
        (longer.as_str(), "652301-s03", Level::VeryDissatisfied),
    ] {
        let act = ServiceAct {
            agency_id: agency.to_owned(),
            staff_id: staff.to_owned(),
            ..fixture.act()
        };
        let rating = fixture.rating(&act, level, "2026-03-02T03:00:00Z");
        fixture.apply(Body::RatingSubmitted(rating)).await;
    }
    fixture
}

#[tokio::test]
async fn p01_p02_p03_staff_are_scored_by_their_direct_ratings_page_by_page() {
    let fixture = rated().await;
    let mut request = GetStaffFiguresRequest { page_size: 1, ..asked() };
    let mut rows = Vec::new();
    loop {
        let page = run(&fixture.publication, handler(AGENCY), request.clone()).await.unwrap();
        assert_eq!(page.rows.len(), 1);
        rows.extend(page.rows);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["652301-s01", "652301-s02"], "and nobody of another agency");
    let scores: Vec<_> = rows.iter().map(|row| row.score.clone().unwrap()).collect();
    assert_eq!((scores[0].total, scores[0].ratings), (10 + 3, 2));
    assert_eq!((scores[1].total, scores[1].ratings), (8, 1));
    assert!(!scores[0].mean_of_staff, "what they were given themselves");
    assert!(scores[0].clause.contains("第八条"), "{}", scores[0].clause);
}

#[tokio::test]
async fn p03_figures_of_staff_are_for_their_agency_and_its_authority_alone() {
    let fixture = rated().await;
    for caller in [handler(AGENCY), authority(REGION), authority("652300")] {
        let told = run(&fixture.publication, caller, asked()).await.unwrap();
        assert_eq!(told.rows.len(), 2);
    }
    for outsider in [handler("652301-a04"), authority("652302")] {
        let refused = run(&fixture.publication, outsider, asked()).await.unwrap_err();
        let not_found = matches!(refused, Error::Statistics(StatisticsError::AgencyNotFound));
        assert!(not_found, "{refused}");
        let status = tonic::Status::from(refused);
        assert_eq!(status.code(), tonic::Code::NotFound);
    }
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let nothing =
        GetStaffFiguresRequest { page_token: "%".to_owned(), ..GetStaffFiguresRequest::default() };
    let told = run(&fixture.publication, handler(AGENCY), nothing).await.unwrap_err().to_string();
    for field in ["region_code", "agency_id", "from", "to", "page_token"] {
        assert!(told.contains(&format!("{field}:")), "{told}");
    }
}
