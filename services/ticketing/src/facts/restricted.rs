//! Citizens' own reports of retaliation, obstruction or a leak open restricted matters (S06). Their
//! words stay in intake; where they are handled was decided there, with the unit at hand.

use platform::{
    convert::{Meaningless, instant_of, to_wire},
    crypto::Sealer,
    database::Txn,
    facts::{consume::Obstacle, place_of},
};
use proto::{
    fact::v1::{Fact, RestrictedReported, fact::Body},
    ticketing::v1::{ReportedBy, RestrictedMatter, RestrictedState},
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{convert::restricted::kind, entity::restricted_matter, store};

/// Opens the matters that some facts of intake report; returns what could not be read.
pub(super) async fn apply(
    sealer: &Sealer,
    txn: &Txn,
    facts: &[Fact],
) -> Result<Vec<(u64, Obstacle)>, DbErr> {
    let mut left = Vec::new();
    for fact in facts {
        let Some(Body::RestrictedReported(told)) = &fact.body else { continue };
        match row(sealer, fact, told) {
            Ok(row) => store::restricted::insert_once(txn, row).await?,
            Err(why) => left.push((fact.position, why)),
        }
    }
    Ok(left)
}

fn row(
    sealer: &Sealer,
    fact: &Fact,
    told: &RestrictedReported,
) -> Result<restricted_matter::Model, Obstacle> {
    let broken = |why: Meaningless| Obstacle::Broken(why.to_string());
    let no_uuid = |_| Obstacle::Broken("report_id is no UUID".to_owned());
    let id: Uuid = told.report_id.parse().map_err(no_uuid)?;
    kind(told.kind).map_err(|_| Obstacle::Unknown(format!("the kind {}", told.kind)))?;
    let at = instant_of(told.received_at.as_ref()).map_err(broken)?;
    let matter = RestrictedMatter {
        matter_id: told.report_id.clone(),
        region_code: told.region_code.clone(),
        kind: told.kind,
        accused_unit_id: told.accused_unit_id.clone(),
        served_staff_id: told.served_staff_id.clone(),
        reported_by: ReportedBy::Online.into(),
        state: RestrictedState::Opened.into(),
        opened_at: Some(to_wire(at)),
        ..RestrictedMatter::default()
    };
    let content = store::restricted::seal(sealer, id, &matter);
    let place = place_of(fact);
    Ok(restricted_matter::Model {
        id,
        region_code: told.region_code.clone(),
        sequence: 0,
        content: content.map_err(|failure| Obstacle::Broken(failure.to_string()))?,
        fact_position: Some(place.position),
        fact_id: Some(place.fact_id),
    })
}

/// Takes back the matters with facts after a position on which nobody has worked; what officers did
/// stays on record.
pub(super) async fn forget(txn: &Txn, after: i64) -> Result<Vec<String>, DbErr> {
    let gone = store::restricted::delete_after(txn, after).await?;
    let worked_on = store::restricted::keep_after(txn, after).await?;
    let mut words = Vec::new();
    if gone > 0 {
        words.push(format!("{gone} restricted matters are not reported any more"));
    }
    if worked_on > 0 {
        words.push(format!("{worked_on} restricted matters stay, for somebody has worked on them"));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::{Authority, Caller},
        facts::consume::Consumer as _,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{
        ticketing::v1::{GetRestrictedMatterRequest, ListRestrictedMattersRequest},
        r#type::v1::RestrictedKind,
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::the_authority,
        restricted::{
            advance_restricted_matter, get_restricted_matter, list_restricted_matters,
            testing::{advance, text},
        },
        testing::{Fixture, refusal},
    };

    /// Who served the reporter; an officer of the Authority in another part of their work.
    const SERVED: &str = "officer-9";

    fn report(fixture: &Fixture, region: &str) -> RestrictedReported {
        let clock = &fixture.ticketing.shell.clock;
        RestrictedReported {
            report_id: clock.new_id().to_string(),
            region_code: region.to_owned(),
            kind: RestrictedKind::Leak.into(),
            accused_unit_id: AGENCY.to_owned(),
            served_staff_id: SERVED.to_owned(),
            received_at: Some(to_wire(clock.now())),
        }
    }

    fn told(report: &RestrictedReported) -> Body {
        Body::RestrictedReported(report.clone())
    }

    async fn look(
        fixture: &Fixture,
        caller: Authority,
        id: &str,
    ) -> Result<RestrictedMatter, crate::Error> {
        let (matter_id, purpose) = (id.to_owned(), "示例调查".to_owned());
        let request = GetRestrictedMatterRequest { matter_id, purpose };
        let read = get_restricted_matter::run(&fixture.ticketing, caller, request).await?;
        Ok(read.matter.unwrap())
    }

    #[tokio::test]
    async fn s06_a_citizens_report_opens_one_matter_away_from_the_accused_and_decided_is_told() {
        let fixture = Fixture::new().await;
        let (own, above) = (report(&fixture, REGION), report(&fixture, "652300"));
        for _ in 0..2 {
            let applied = fixture.apply_together(vec![told(&own), told(&above)]).await;
            assert!(applied.left.is_empty(), "{:?}", applied.left);
        }
        let list = async |caller| {
            let request = ListRestrictedMattersRequest::default();
            let listed = list_restricted_matters::run(&fixture.ticketing, caller, request).await;
            listed.unwrap().matters
        };
        let listed = list(the_authority(REGION)).await;
        let [matter] = listed.as_slice() else { panic!("once: {listed:?}") };
        assert_eq!(matter.matter_id, own.report_id);
        assert_eq!(
            (matter.state(), matter.reported_by()),
            (RestrictedState::Opened, ReportedBy::Online)
        );
        let served: Authority = principal(SERVED, Caller::Authority { region: REGION.to_owned() });
        assert!(list(served.clone()).await.is_empty(), "who served the reporter");
        let unseen = (Code::NotFound, "RESTRICTED_NOT_FOUND".to_owned());
        for (caller, id, why) in [
            (served, &own.report_id, "who served the reporter"),
            (the_authority("652300"), &own.report_id, "another region"),
            (the_authority(REGION), &above.report_id, "it is about this Authority"),
        ] {
            assert_eq!(refusal(look(&fixture, caller, id).await), unseen, "{why}");
        }
        let read = look(&fixture, the_authority(REGION), &own.report_id).await.unwrap();
        assert_eq!((read.report.as_str(), read.reporter.as_str()), ("", ""), "they are in intake");
        for act in [
            proto::ticketing::v1::restricted_step::Act::Investigation(text()),
            proto::ticketing::v1::restricted_step::Act::Upholding(text()),
        ] {
            let (caller, request) = (the_authority(REGION), advance(&own.report_id, act));
            advance_restricted_matter::run(&fixture.ticketing, caller, request).await.unwrap();
        }
        let decided = fixture.told().await.into_iter().find_map(|body| match body {
            Body::RestrictedMatterDecided(decided) => Some((decided.matter_id, decided.upheld)),
            _ => None,
        });
        assert_eq!(decided, Some((own.report_id, true)));
    }

    #[tokio::test]
    async fn s06_a_report_of_no_history_is_taken_back_unless_somebody_has_worked_on_it() {
        let fixture = Fixture::new().await;
        let [idle, worked] = [(); 2].map(|()| report(&fixture, REGION));
        let applied = fixture.apply_together(vec![told(&idle), told(&worked)]).await;
        assert!(applied.left.is_empty());
        let act = proto::ticketing::v1::restricted_step::Act::Investigation(text());
        let request = advance(&worked.report_id, act);
        let stepped =
            advance_restricted_matter::run(&fixture.ticketing, the_authority(REGION), request);
        stepped.await.unwrap();
        let consumer = fixture.ticketing.consumer();
        let trace = consumer.last_trace(&fixture.ticketing.store, "intake", 9).await.unwrap();
        assert_eq!(trace.map(|place| place.position), Some(2));
        let txn = fixture.ticketing.store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, "intake", 0).await.unwrap();
        txn.commit().await.unwrap();
        let words = forgotten.words.join("; ");
        assert!(words.contains("1 restricted matters are not reported"), "{words}");
        assert!(words.contains("1 restricted matters stay"), "{words}");
        assert!(look(&fixture, the_authority(REGION), &idle.report_id).await.is_err());
        assert!(look(&fixture, the_authority(REGION), &worked.report_id).await.is_ok());
        // Another history brings the idle one again.
        fixture.apply_together(vec![told(&idle)]).await;
        assert!(look(&fixture, the_authority(REGION), &idle.report_id).await.is_ok());
    }

    #[tokio::test]
    async fn s06_a_report_that_cannot_be_read_is_set_aside() {
        let fixture = Fixture::new().await;
        let nothing = RestrictedReported { received_at: None, ..report(&fixture, REGION) };
        let unknown = RestrictedReported { kind: 99, ..report(&fixture, REGION) };
        let applied = fixture.apply_together(vec![told(&nothing), told(&unknown)]).await;
        assert_eq!(applied.left.len(), 2, "{:?}", applied.left);
    }
}
