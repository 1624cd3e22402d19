//! Records a report of retaliation, obstruction or a leak (S06).

use domain::{
    deadline::day_of,
    restricted::RestrictedState,
    ticket::MAX_NOTE_CHARS,
    violation::{Violations, identifier, plain_text},
};
use platform::{auth::Authority, convert::to_wire, once::Recognised};
use proto::{
    catalog::v1::UnitKind,
    ticketing::v1::{OpenRestrictedMatterRequest, OpenRestrictedMatterResponse, RestrictedMatter},
};
use uuid::Uuid;

use crate::{
    app::restricted::handled_in,
    convert::restricted::{kind, reported_by, state_to_wire},
    entity::restricted_matter,
    error::{Error, RestrictedError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: OpenRestrictedMatterRequest,
) -> Result<OpenRestrictedMatterResponse, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    wrong.take("kind", kind(request.kind));
    wrong.take("reported_by", reported_by(request.reported_by));
    wrong.require(!request.accused_unit_id.is_empty(), "accused_unit_id", "is missing");
    wrong.take("accused_staff_id", identifier(&request.accused_staff_id));
    wrong.take("report", plain_text(&request.report, MAX_NOTE_CHARS));
    wrong.require(!request.report.trim().is_empty(), "report", "must be filled in");
    wrong.take("reporter", plain_text(&request.reporter, MAX_NOTE_CHARS));
    let request_id = wrong.finish(request_id)?.unwrap_or_default();
    let shell = &ticketing.shell;
    let key =
        shell.requests.key(officer.id().as_bytes(), "OpenRestrictedMatter", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let at = shell.clock.now();
    let known = ticketing.reference.now();
    let unit = known.unit(&request.accused_unit_id, day_of(at));
    let unit = unit.filter(|unit| officer.reaches(&unit.region_code));
    let serves = |kind| {
        matches!(kind, UnitKind::Agency | UnitKind::Hall | UnitKind::Window | UnitKind::Platform)
    };
    let unit = unit.filter(|unit| serves(unit.kind())).ok_or(RestrictedError::NoUnit)?;
    // A window or a platform of the Authority is the Authority.
    let agency = known.unit(&unit.agency_id, day_of(at));
    let is_authority = unit.authority || agency.is_some_and(|agency| agency.authority);
    let region_code = handled_in(officer, &unit.region_code, is_authority);
    let id = shell.clock.new_id();
    let mut matter = RestrictedMatter {
        matter_id: id.to_string(),
        region_code: region_code.clone(),
        kind: request.kind,
        accused_unit_id: request.accused_unit_id,
        accused_staff_id: request.accused_staff_id,
        reported_by: request.reported_by,
        opened_at: Some(to_wire(at)),
        report: request.report,
        reporter: request.reporter,
        ..RestrictedMatter::default()
    };
    matter.set_state(state_to_wire(RestrictedState::Opened));
    let content = store::restricted::seal(&shell.sealer, id, &matter)?;
    let row = restricted_matter::Model {
        id,
        region_code: region_code.clone(),
        sequence: 0,
        content,
        fact_position: None,
        fact_id: None,
    };
    store::restricted::insert(&txn, row).await?;
    let answer = OpenRestrictedMatterResponse { matter_id: id.to_string(), region_code };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, AUTHORITY, REGION, STAFF, WINDOWS};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::the_authority,
        restricted::testing::report,
        testing::{Fixture, refusal},
    };

    #[tokio::test]
    async fn s06_a_report_is_one_matter_of_the_authority_and_says_nothing_to_whom_recorded_it() {
        let fixture = Fixture::new().await;
        let call = |request| run(&fixture.ticketing, the_authority(REGION), request);
        let request = report();
        let opened = call(request.clone()).await.unwrap();
        assert_eq!(call(request).await.unwrap(), opened, "a repeat");
        assert_eq!(opened.region_code, REGION);
        let nobody = OpenRestrictedMatterRequest { accused_unit_id: STAFF.to_owned(), ..report() };
        let no_unit = (Code::NotFound, "OBJECT_NOT_FOUND".to_owned());
        assert_eq!(refusal(call(nobody).await), no_unit);
        let elsewhere = run(&fixture.ticketing, the_authority("652302"), report()).await;
        assert_eq!(refusal(elsewhere), no_unit);
        let told = call(OpenRestrictedMatterRequest::default()).await.unwrap_err().to_string();
        for field in ["request_id", "kind", "accused_unit_id", "reported_by", "report"] {
            assert!(told.contains(field), "{field}: {told}");
        }
    }

    #[tokio::test]
    async fn s06_a_report_about_the_authority_itself_goes_to_the_next_higher_region() {
        let fixture = Fixture::new().await;
        for (unit, region) in [(AUTHORITY, "652300"), (AGENCY, REGION), (WINDOWS[0], REGION)] {
            let request =
                OpenRestrictedMatterRequest { accused_unit_id: unit.to_owned(), ..report() };
            let opened = run(&fixture.ticketing, the_authority(REGION), request).await.unwrap();
            assert_eq!(opened.region_code, region, "{unit}");
        }
    }
}
