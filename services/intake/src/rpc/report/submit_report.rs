//! Submits a citizen's own report of retaliation, obstruction or a leak (S06). Its words stay here,
//! sealed; the fact names no reporter, and opens the restricted matter.

use std::time::Duration;

use domain::{
    codes::RegionCode,
    deadline::day_of,
    restricted::handled_in,
    ticket::MAX_NOTE_CHARS,
    violation::{Violations, identifier, plain_text},
};
use jiff::{SignedDuration, Timestamp};
use platform::{auth::Rater, clock::instant, convert::to_wire, once::Recognised};
use proto::{
    catalog::v1::UnitKind,
    fact::v1::{RestrictedReported, fact::Body},
    intake::v1::{SubmitReportRequest, SubmitReportResponse},
};

use crate::{
    Intake,
    convert::{
        self, meaning,
        report::{KINDS, ReportWords},
        request_id, to_column,
    },
    entity::report,
    error::{Error, rating::invitation::InvitationError, report::ReportError},
    store::{self, case::acts},
};

/// How many reports one invitation or one citizen may give in [`DAY`]: each is an investigation.
const REPORTS_A_DAY: u64 = 5;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The longest contact, in characters.
const MAX_CONTACT_CHARS: usize = 100;

pub(crate) async fn run(
    intake: &Intake,
    caller: Rater,
    request: SubmitReportRequest,
) -> Result<SubmitReportResponse, Error> {
    let shell = &intake.shell;
    let request_id = request_id(&request.request_id)?;
    let act_id = match request.token.as_str() {
        "" => None,
        token => Some(shell.invitations.open(token)?),
    };
    let mut wrong = Violations::default();
    let known = act_id.is_some() || caller.citizen().is_some();
    wrong.require(known, "token", "is missing; without one, log in first");
    wrong.take("kind", meaning(&KINDS, request.kind));
    let named = &request.accused_unit_id;
    wrong.require(act_id.is_some() || !named.is_empty(), "accused_unit_id", "is missing");
    if !named.is_empty() {
        wrong.take("accused_unit_id", identifier(named));
    }
    wrong.take("text", plain_text(&request.text, MAX_NOTE_CHARS));
    wrong.require(!request.text.trim().is_empty(), "text", "must be filled in");
    wrong.take("contact", plain_text(&request.contact, MAX_CONTACT_CHARS));
    wrong.finish(())?;

    let act = match act_id {
        None => None,
        Some(id) => {
            let (act, _) = acts::act(&intake.store, id).await?.ok_or(InvitationError::NotFound)?;
            Some(act)
        }
    };
    // Whoever is known by name is counted by name, whatever invitation they hold.
    let reporter = match (caller.citizen(), act_id) {
        (Some(citizen), _) => shell.blind.number(citizen.number()),
        (None, Some(act)) => shell.requests.content(&[b"report", act.0.as_bytes()]),
        (None, None) => return Err(InvitationError::NotFound.into()),
    };
    let key = shell.requests.key(&reporter, "SubmitReport", request_id, &request);
    let asked = shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let at = shell.clock.now();
    let since = at.saturating_sub(DAY).unwrap_or(Timestamp::MIN).as_microsecond();
    let before = store::report::received_since(&*txn, &reporter, since, REPORTS_A_DAY).await?;
    if let Some(oldest) = before.last().filter(|_| before.len() as u64 == REPORTS_A_DAY) {
        let again_at = instant(*oldest).saturating_add(DAY).unwrap_or(at);
        let again_in = Duration::try_from(again_at.duration_since(at)).unwrap_or_default();
        return Err(ReportError::TooMany { again_in }.into());
    }
    let accused_unit_id = match (named.as_str(), &act) {
        ("", Some(act)) => act.agency_id.clone(),
        (named, _) => named.to_owned(),
    };
    let region_code = handling_region(intake, &accused_unit_id, at)?;
    let id = shell.clock.new_id();
    let words = ReportWords { text: request.text, contact: request.contact };
    let row = report::Model {
        id,
        reporter: reporter.to_vec(),
        kind: to_column(request.kind),
        region_code: region_code.clone(),
        accused_unit_id: accused_unit_id.clone(),
        served_staff_id: act.and_then(|act| act.staff_id),
        words: convert::seal(&shell.sealer, "report.words", id, &words)?,
        received_at: at.as_microsecond(),
        upheld: None,
        decided_at: None,
        fact_position: None,
        fact_id: None,
    };
    let fact = Body::RestrictedReported(RestrictedReported {
        report_id: id.to_string(),
        region_code,
        kind: request.kind,
        accused_unit_id,
        served_staff_id: row.served_staff_id.clone().unwrap_or_default(),
        received_at: Some(to_wire(at)),
    });
    store::report::insert(&txn, row).await?;
    let answer = SubmitReportResponse {
        report_id: id.to_string(),
        receipt: shell.receipts.token(domain::id::ActId(id)),
        received_at: Some(to_wire(at)),
    };
    Ok(txn.finish(answer, vec![fact]).await?)
}

/// The region whose Authority handles a report about a unit.
fn handling_region(intake: &Intake, unit_id: &str, at: Timestamp) -> Result<String, ReportError> {
    let (known, today) = (intake.reference.now(), day_of(at));
    let serves = |kind| {
        matches!(kind, UnitKind::Agency | UnitKind::Hall | UnitKind::Window | UnitKind::Platform)
    };
    let unit = known.unit(unit_id, today).filter(|unit| serves(unit.kind()));
    let unit = unit.ok_or(ReportError::NoUnit)?;
    // A window or a platform of the Authority is the Authority.
    let agency = known.unit(&unit.agency_id, today);
    // And a hall is run by the Authority of its region.
    let is_authority = unit.authority
        || unit.kind() == UnitKind::Hall
        || agency.is_some_and(|agency| agency.authority);
    let region = RegionCode::parse(&unit.region_code).map_err(|_| ReportError::NoUnit)?;
    Ok(handled_in(&region, is_authority).as_str().to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::testing::{AGENCY, AUTHORITY, REGION, WINDOWS};
    use proto::r#type::v1::RestrictedKind;
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{Fixture, PERSON, PHONE, TEXT, named, rater, refusal};

    /// A report of retaliation by the holder of an invitation.
    pub(crate) fn report(token: &str) -> SubmitReportRequest {
        SubmitReportRequest {
            request_id: platform::clock::Clock::System.new_id().to_string(),
            token: token.to_owned(),
            kind: RestrictedKind::Retaliation.into(),
            accused_unit_id: String::new(),
            text: TEXT.to_owned(),
            contact: PHONE.to_owned(),
        }
    }

    async fn told(fixture: &Fixture) -> Vec<RestrictedReported> {
        let told = fixture.told().await.into_iter().filter_map(|body| match body {
            Body::RestrictedReported(told) => Some(told),
            _ => None,
        });
        told.collect()
    }

    #[tokio::test]
    async fn s06_who_holds_an_invitation_reports_once_and_the_fact_names_nobody_and_no_words() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(crate::rpc::testing::ON_THE_SPOT_ITEM).await;
        fixture.served_by(&case.case_id, "officer-9").await;
        let request = report(&case.invitation.unwrap().token);
        let call = |request| run(&fixture.intake, rater(), request);
        let first = call(request.clone()).await.unwrap();
        assert_eq!(call(request).await.unwrap(), first, "a repeat");
        let expected = RestrictedReported {
            report_id: first.report_id.clone(),
            region_code: REGION.to_owned(),
            kind: RestrictedKind::Retaliation.into(),
            accused_unit_id: AGENCY.to_owned(),
            served_staff_id: "officer-9".to_owned(),
            received_at: first.received_at,
        };
        assert_eq!(told(&fixture).await, [expected]);
        // A receipt is no invitation, and an invitation no receipt.
        assert!(fixture.intake.shell.invitations.open(&first.receipt).is_err());
    }

    #[tokio::test]
    async fn s06_a_citizen_reports_any_unit_and_of_the_authority_the_next_higher_region_hears() {
        let fixture = Fixture::new().await;
        let call = async |unit: &str| {
            let request = SubmitReportRequest { accused_unit_id: unit.to_owned(), ..report("") };
            run(&fixture.intake, fixture.citizen(PERSON), request).await
        };
        for unit in [AUTHORITY, AGENCY, WINDOWS[0]] {
            call(unit).await.unwrap();
        }
        let regions: Vec<String> =
            told(&fixture).await.into_iter().map(|told| told.region_code).collect();
        assert_eq!(regions, ["652300", REGION, REGION]);
        let nowhere = refusal(call("nowhere").await.unwrap_err());
        assert_eq!(nowhere, (Code::NotFound, "ACCUSED_NOT_FOUND".to_owned()));
    }

    #[tokio::test]
    async fn s06_a_sixth_report_within_a_day_waits_and_what_is_wrong_is_named() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        for _ in 0..5 {
            run(&fixture.intake, rater(), report(&token)).await.unwrap();
        }
        let sixth = run(&fixture.intake, rater(), report(&token)).await.unwrap_err();
        assert_eq!(refusal(sixth), (Code::ResourceExhausted, "TOO_MANY_REPORTS".to_owned()));
        let other = fixture.invitation().await;
        run(&fixture.intake, rater(), report(&other)).await.unwrap();
        fixture.on_march(4);
        run(&fixture.intake, rater(), report(&token)).await.unwrap();
        let nothing = SubmitReportRequest {
            contact: "长".repeat(101),
            request_id: report("").request_id,
            ..SubmitReportRequest::default()
        };
        let refused = run(&fixture.intake, rater(), nothing).await.unwrap_err();
        assert_eq!(named(refused), ["token", "kind", "accused_unit_id", "text", "contact"]);
        let forged = run(&fixture.intake, rater(), report("x")).await.unwrap_err();
        assert_eq!(refusal(forged), (Code::Unauthenticated, "INVITATION_FORGED".to_owned()));
    }
}
