//! Lists what cannot be rated yet (P13), and counts it.

use domain::{codes::RegionCode, deadline::iso_date, violation::Violations};
use jiff::civil::Date;
use platform::{auth::Officer, page::Page};
use proto::publication::v1::{Coverage, GetCoverageRequest, GetCoverageResponse};

use crate::{
    app::statistics::coverage::{Scope, coverage},
    error::{Error, StatisticsError},
    state::Publication,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Officer,
    request: GetCoverageRequest,
) -> Result<GetCoverageResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let from = wrong.take("from", iso_date(&request.from)).unwrap_or(Date::MIN);
    let to = wrong.take("to", iso_date(&request.to)).unwrap_or(Date::MAX);
    wrong.require(from <= to, "to", "lies before from");
    let list = Coverage::try_from(request.list);
    wrong.require(list.is_ok(), "list", "is unknown");
    let page: Page<String> =
        Page::read(&mut wrong, "GetCoverage", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    if !caller.reaches(region.as_str()) {
        return Err(StatisticsError::RegionNotFound.into());
    }
    let scope = Scope { region: region.as_str(), agency: caller.agency(), from, to };
    let (known, read) = (publication.reference.now(), publication.store.read());
    let list = list.unwrap_or_default();
    let (counts, mut gaps) = coverage(read, &known, &scope, list, &page).await?;
    let next_page_token = page.cut(&mut gaps, |gap| gap.id.clone());
    Ok(GetCoverageResponse { counts, gaps, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{
            AGENCY, AUTHORITY, COMMITTED_ITEM, EVALUATOR, ON_THE_SPOT_ITEM, REGION, TERMINALS,
            WINDOW_ITEM, WINDOWS, principal, tell, unit_published,
        },
    };
    use proto::{
        catalog::v1::{Unit, UnitKind, UnitNature},
        fact::v1::{RatingSubmitted, fact::Body},
        r#type::v1::{Channel, Level},
    };

    use super::*;
    use crate::rpc::testing::Fixture;

    fn authority(region: &str) -> Officer {
        principal("authority", Caller::Authority { region: region.to_owned() })
    }

    async fn told(fixture: &Fixture, list: Coverage) -> (Vec<(u64, u64)>, Vec<String>) {
        let mut request = GetCoverageRequest {
            region_code: REGION.to_owned(),
            from: "2026-03-01".to_owned(),
            to: "2026-03-31".to_owned(),
            list: list.into(),
            page_size: 1,
            ..GetCoverageRequest::default()
        };
        let mut gaps = Vec::new();
        loop {
            let page = run(&fixture.publication, authority(REGION), request.clone()).await.unwrap();
            let counts = page.counts.iter().map(|count| (count.covered, count.all)).collect();
            gaps.extend(page.gaps.into_iter().map(|gap| gap.id));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return (counts, gaps);
            }
        }
    }

    async fn platform(fixture: &Fixture, id: &str, nature: UnitNature) {
        let unit = Unit {
            unit_id: id.to_owned(),
            kind: UnitKind::Platform.into(),
            nature: nature.into(),
            name: id.to_owned(),
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            ..Unit::default()
        };
        tell(&fixture.publication.store, vec![unit_published(&[unit])]).await;
        fixture.publication.reference.refresh().await.unwrap();
    }

    #[tokio::test]
    async fn p13_what_gave_no_sign_is_listed_by_kind_and_a_sign_takes_it_off_the_list() {
        let fixture = Fixture::new().await;
        platform(&fixture, "652301-p01", UnitNature::Portal).await;
        platform(&fixture, "652301-p02", UnitNature::BusinessSystem).await;
        let all = [
            (Coverage::Item, vec![COMMITTED_ITEM, WINDOW_ITEM, ON_THE_SPOT_ITEM]),
            (Coverage::Agency, vec![AUTHORITY, AGENCY]),
            (Coverage::Platform, vec!["652301-p01"]),
            (Coverage::Window, vec![WINDOWS[1]]),
            (Coverage::System, vec!["652301-p02"]),
            (Coverage::Device, vec![TERMINALS[0], TERMINALS[1], EVALUATOR]),
        ];
        for (kind, mut missing) in all {
            missing.sort_unstable();
            let (counts, gaps) = told(&fixture, kind).await;
            assert_eq!(gaps, missing, "{kind:?}");
            let (covered, all) = counts[usize::try_from(i32::from(kind)).unwrap() - 1];
            assert_eq!(all - covered, missing.len() as u64, "{kind:?}");
        }
        let act = fixture.act();
        fixture.invite(&act).await;
        for channel in [Channel::Portal, Channel::Evaluator, Channel::WindowCode] {
            let window_id = match channel {
                Channel::WindowCode => WINDOWS[1].to_owned(),
                _ => WINDOWS[0].to_owned(),
            };
            let act = proto::r#type::v1::ServiceAct { window_id, ..fixture.act() };
            let rating = fixture.rating(&act, Level::Satisfied, "2026-03-02T03:00:00Z");
            let rating = RatingSubmitted { channel: channel.into(), ..rating };
            fixture.apply(Body::RatingSubmitted(rating)).await;
        }
        for (kind, missing) in [
            (Coverage::Item, vec![COMMITTED_ITEM, WINDOW_ITEM]),
            (Coverage::Agency, vec![AUTHORITY]),
            (Coverage::Platform, vec![]),
            (Coverage::Window, vec![]),
            (Coverage::System, vec![]),
            (Coverage::Device, vec![TERMINALS[1]]),
        ] {
            let mut gaps = told(&fixture, kind).await.1;
            gaps.retain(|gap| !missing.contains(&gap.as_str()));
            assert_eq!(gaps, [] as [String; 0], "{kind:?}");
        }
    }

    #[tokio::test]
    async fn p13_an_agency_sees_its_own_gaps_and_other_regions_are_not_found() {
        let fixture = Fixture::new().await;
        let request = GetCoverageRequest {
            region_code: REGION.to_owned(),
            from: "2026-03-01".to_owned(),
            to: "2026-03-31".to_owned(),
            list: Coverage::Agency.into(),
            ..GetCoverageRequest::default()
        };
        let handler: Officer = principal(
            "handler",
            Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() },
        );
        let own = run(&fixture.publication, handler, request.clone()).await.unwrap();
        let gaps: Vec<_> = own.gaps.iter().map(|gap| gap.id.as_str()).collect();
        assert_eq!(gaps, [AGENCY]);
        let outside = run(&fixture.publication, authority("652302"), request).await.unwrap_err();
        assert!(matches!(outside, Error::Statistics(StatisticsError::RegionNotFound)), "{outside}");
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let fixture = Fixture::new().await;
        let nothing = GetCoverageRequest { list: 99, ..GetCoverageRequest::default() };
        let refused = run(&fixture.publication, authority(REGION), nothing).await.unwrap_err();
        let told = refused.to_string();
        for field in ["region_code", "from", "to", "list"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
