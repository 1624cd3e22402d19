//! Counts the complaints among the matters of intake (T13): what other platforms and surveys hand over
//! unless it gives a level that is none of the negative ones, and public reviews that give a negative
//! one or, without any, ask for a ticket. Praise and suggestions are no complaints.

use std::collections::BTreeSet;

use domain::{deadline::day_of, level::Level};
use platform::{
    convert::{self, Meaningless},
    database::Txn,
    facts::{consume::Obstacle, place_of},
};
use proto::{
    fact::v1::{Fact, MatterRaised, fact::Body},
    r#type::v1::MatterKind,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    entity::focus_matter,
    store::focus::{complaints, counts::day_to_column},
};

/// Counts the complaints among some facts of intake; those at the positions `left` were not applied
/// and come again. Returns what could not be counted.
pub(in crate::facts) async fn apply(
    txn: &Txn,
    told: &[Fact],
    left: &BTreeSet<u64>,
) -> Result<Vec<(u64, Obstacle)>, DbErr> {
    let (mut new, mut broken) = (Vec::new(), Vec::new());
    for fact in told.iter().filter(|fact| !left.contains(&fact.position)) {
        let Some(Body::MatterRaised(matter)) = &fact.body else { continue };
        match complaint(fact, matter) {
            Ok(complaint) => new.extend(complaint),
            Err(why) => broken.push((fact.position, why)),
        }
    }
    complaints::insert(txn, new).await?;
    Ok(broken)
}

/// A complaint of a fact; none if it is something else.
fn complaint(fact: &Fact, matter: &MatterRaised) -> Result<Option<focus_matter::Model>, Obstacle> {
    let broken = |why: Meaningless| Obstacle::Broken(why.to_string());
    let kind = MatterKind::try_from(matter.kind);
    let kind = kind.map_err(|_| Obstacle::Unknown(format!("the kind {}", matter.kind)))?;
    let complains = match (matter.level, kind) {
        (0, MatterKind::Complaint | MatterKind::SurveyProblem) => true,
        (0, MatterKind::PublicReview) => matter.wants_ticket,
        (0, MatterKind::Unspecified) => false,
        (level, _) => convert::level(level).map(Level::is_negative).map_err(broken)?,
    };
    if !complains {
        return Ok(None);
    }
    let no_uuid = |_| Obstacle::Broken("matter_id is no UUID".to_owned());
    let matter_id: Uuid = matter.matter_id.parse().map_err(no_uuid)?;
    let at = convert::instant_of(matter.received_at.as_ref()).map_err(broken)?;
    let place = place_of(fact);
    Ok(Some(focus_matter::Model {
        matter_id,
        region_code: matter.region_code.clone(),
        day: day_to_column(day_of(at)),
        agency_id: matter.agency_id.clone(),
        item_code: matter.item_code.clone(),
        fact_position: place.position,
        fact_id: Some(place.fact_id),
    }))
}

/// Takes back the complaints with facts after a position.
pub(in crate::facts) async fn forget(txn: &Txn, after: i64) -> Result<Option<String>, DbErr> {
    let gone = complaints::delete_after(txn, after).await?;
    Ok((gone > 0).then(|| format!("{gone} complaints leave the counts of problems")))
}

#[cfg(test)]
mod tests {
    use platform::{
        facts::consume::Consumer as _,
        testing::{AGENCY, ON_THE_SPOT_ITEM, REGION},
    };
    use proto::r#type::v1::{FocusKind, Level as WireLevel};

    use super::*;
    use crate::rpc::testing::Fixture;

    async fn counted(fixture: &Fixture, kind: FocusKind) -> Vec<(String, u64)> {
        let days = |day: &str| day.parse().unwrap();
        let window = domain::focus::Window { from: days("2026-01-01"), until: days("2026-12-31") };
        let read = fixture.ticketing.store.read();
        let counts = complaints::by_object(read, kind, REGION, window).await.unwrap();
        counts.into_iter().collect()
    }

    #[tokio::test]
    async fn t13_complaints_are_counted_once_and_praise_and_suggestions_never() {
        let fixture = Fixture::new().await;
        let said = |kind: MatterKind, level: WireLevel, wants_ticket| {
            let mut matter = fixture.matter();
            (matter.kind, matter.level) = (kind.into(), level.into());
            matter.wants_ticket = wants_ticket;
            Body::MatterRaised(matter)
        };
        let (none, bad, good) =
            (WireLevel::Unspecified, WireLevel::Dissatisfied, WireLevel::BasicallySatisfied);
        let all = vec![
            said(MatterKind::Complaint, none, false),
            said(MatterKind::SurveyProblem, none, true),
            said(MatterKind::PublicReview, bad, false),
            said(MatterKind::PublicReview, none, true),
            said(MatterKind::PublicReview, none, false),
            said(MatterKind::PublicReview, good, false),
            said(MatterKind::SurveyProblem, good, true),
        ];
        for _ in 0..2 {
            let applied = fixture.apply_together(all.clone()).await;
            assert!(applied.left.is_empty(), "{:?}", applied.left);
        }
        for (kind, object) in [(FocusKind::Item, ON_THE_SPOT_ITEM), (FocusKind::Agency, AGENCY)] {
            let expected = [(String::new(), 4), (object.to_owned(), 4)];
            assert_eq!(counted(&fixture, kind).await, expected, "{kind:?}");
        }
        let consumer = fixture.ticketing.consumer();
        let trace = consumer.last_trace(&fixture.ticketing.store, "intake", 9).await.unwrap();
        assert!(trace.is_some());
        let txn = fixture.ticketing.store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, "intake", 2).await.unwrap();
        txn.commit().await.unwrap();
        let words = forgotten.words.join("; ");
        assert!(words.contains("2 complaints leave the counts"), "{words}");
        assert_eq!(counted(&fixture, FocusKind::Item).await[0], (String::new(), 2));
    }
}
