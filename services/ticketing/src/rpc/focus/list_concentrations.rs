//! Compares every object of a kind with the rest of the region (T12, T13).

use domain::{deadline::day_of, focus::Verdict, violation::Violations};
use platform::auth::Authority;
use proto::{
    ticketing::v1::{ListConcentrationsRequest, ListConcentrationsResponse},
    r#type::v1::FocusKind,
};

use crate::{
    app::focus::figures::{Figures, Question},
    error::{Error, FocusError},
    state::Ticketing,
};

/// How many comparisons are sent.
const SENT: usize = 100;

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ListConcentrationsRequest,
) -> Result<ListConcentrationsResponse, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let kind = FocusKind::try_from(request.kind).unwrap_or_default();
    wrong.require(kind != FocusKind::Unspecified, "kind", "is missing or unknown");
    wrong.finish(())?;
    let today = day_of(ticketing.shell.clock.now());
    let known = ticketing.reference.now();
    let profile = known.profile_on(officer.region(), today);
    let profile = profile.ok_or(FocusError::NotKnownYet("the policy profile"))?;
    let question = Question::today(kind, profile, ticketing);
    let figures = Figures::read(ticketing.store.read(), officer.region(), question).await?;
    let all = figures.all();
    let is_found = |verdict| verdict == Verdict::Found;
    let found = all.iter().filter(|(_, told)| is_found(told.verdict)).count();
    let wanted = all.iter().filter(|(_, told)| !request.found_only || is_found(told.verdict));
    let sent = wanted.take(SENT).map(|(id, told)| figures.to_wire(profile, id, told));
    Ok(ListConcentrationsResponse {
        concentrations: sent.collect(),
        compared: figures.compared(),
        found: u64::try_from(found).unwrap_or(u64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, ON_THE_SPOT_ITEM, REGION, STAFF};
    use proto::{
        ticketing::v1::{FocusTrigger, FocusVerdict, RatingSample},
        r#type::v1::Level,
    };

    use super::*;
    use crate::rpc::{
        focus::testing::{BAD, GOOD, OTHER_STAFF, Ratings, TAG, the_authority},
        testing::Fixture,
    };

    async fn list(fixture: &Fixture, kind: FocusKind, found: bool) -> ListConcentrationsResponse {
        let request = ListConcentrationsRequest { kind: kind.into(), found_only: found };
        run(&fixture.ticketing, the_authority(REGION), request).await.unwrap()
    }

    #[tokio::test]
    async fn t12_t13_every_kind_of_object_is_compared_with_the_rest_and_explains_itself() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let item_tag = format!("{ON_THE_SPOT_ITEM}#{TAG}");
        for (kind, object, compared) in [
            (FocusKind::Staff, STAFF, 2),
            (FocusKind::Agency, AGENCY, 2),
            (FocusKind::Item, ON_THE_SPOT_ITEM, 2),
            // Two items times two reasons.
            (FocusKind::ItemTag, item_tag.as_str(), 4),
        ] {
            let listed = list(&fixture, kind, true).await;
            assert_eq!((listed.found, listed.compared), (1, compared), "{kind:?}");
            let [told] = listed.concentrations.as_slice() else { panic!("{listed:?}") };
            let tag = if told.tag_code.is_empty() { "" } else { "#" };
            assert_eq!(format!("{}{tag}{}", told.object_id, told.tag_code), object);
            assert_eq!(told.own, Some(RatingSample { poor: 12, ratings: 40 }));
            let rest = if kind == FocusKind::ItemTag { 0 } else { 10 };
            assert_eq!(told.rest, Some(RatingSample { poor: rest, ratings: 200 }));
            assert_eq!(told.verdict(), FocusVerdict::Found);
            assert_eq!(told.trigger(), FocusTrigger::Concentrated);
            assert_eq!((told.from.as_str(), told.until.as_str()), ("2025-12-03", "2026-03-02"));
            assert!(told.p < told.threshold && told.threshold <= 0.05 / 2.0);
            let interval = (told.interval_low_basis_points, told.interval_high_basis_points);
            assert_eq!(interval, (1_807, 4_543));
            for word in ["90天", "评价40次", "“不满意”及以下", "95%区间", "较集中"]
            {
                assert!(told.explanation.contains(word), "{word}: {}", told.explanation);
            }
        }
        let all = list(&fixture, FocusKind::Staff, false).await.concentrations;
        let ids: Vec<&str> = all.iter().map(|told| told.object_id.as_str()).collect();
        assert_eq!(ids, [STAFF, OTHER_STAFF], "the least probable first");
    }

    #[tokio::test]
    async fn t12_gx_where_the_profile_says_so_a_barely_satisfied_rating_counts_as_poor() {
        let barely = Ratings { level: Level::BasicallySatisfied, ..BAD };
        for (profile, found) in [("guangxi-2019", 1), ("changji-2020", 0)] {
            let fixture = Fixture::under(profile).await;
            let rest = Ratings { n: 200, staff: OTHER_STAFF, ..GOOD };
            for ratings in [GOOD, barely, rest] {
                fixture.rate(ratings).await;
            }
            assert_eq!(list(&fixture, FocusKind::Staff, true).await.found, found, "{profile}");
        }
    }

    #[tokio::test]
    async fn t12_another_regions_ratings_are_neither_compared_nor_seen() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let request =
            ListConcentrationsRequest { kind: FocusKind::Staff.into(), found_only: false };
        let elsewhere = run(&fixture.ticketing, the_authority("652302"), request).await;
        // Its own profile is not known here.
        assert!(elsewhere.is_err());
        let above = run(&fixture.ticketing, the_authority("652300"), request).await;
        assert!(above.is_err());
        let nothing = ListConcentrationsRequest::default();
        let refused = run(&fixture.ticketing, the_authority(REGION), nothing).await;
        assert!(refused.unwrap_err().to_string().contains("kind"));
    }
}
