//! Says where a report stands, to whoever holds its receipt (S06).

use platform::{auth::Rater, clock::instant, convert::to_wire};
use proto::intake::v1::{GetReportRequest, GetReportResponse, ReportState};

use crate::{
    Intake,
    error::{Error, report::ReportError},
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    _: Rater,
    request: GetReportRequest,
) -> Result<GetReportResponse, Error> {
    let id = intake.shell.receipts.open(&request.receipt);
    let id = id.map_err(|_| ReportError::ReceiptForged)?.0;
    let row = store::report::report(intake.store.read(), id).await?.ok_or(ReportError::NotFound)?;
    let state = match row.upheld {
        None => ReportState::Received,
        Some(true) => ReportState::Upheld,
        Some(false) => ReportState::NotUpheld,
    };
    Ok(GetReportResponse {
        report_id: row.id.to_string(),
        kind: row.kind.into(),
        state: state.into(),
        received_at: Some(to_wire(instant(row.received_at))),
        decided_at: row.decided_at.map(instant).map(to_wire),
    })
}

#[cfg(test)]
mod tests {
    use domain::id::ActId;
    use platform::{
        auth::{Auditor, Caller, Officer},
        facts::consume::Consumer as _,
        testing::{AGENCY, AUTHORITY, REGION, principal},
    };
    use proto::{
        fact::v1::{Fact, RestrictedMatterDecided, fact::Body},
        intake::v1::{
            ListAuditRequest, PersonField, SubmitReportRequest, reveal_person_request::Subject,
        },
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        people::{
            list_audit,
            reveal_person::{self, tests::look_at},
        },
        report::submit_report::{self, tests::report},
        testing::{Fixture, ON_THE_SPOT_ITEM, PERSON, PHONE, TEXT, officer, rater, refusal},
    };

    async fn get(fixture: &Fixture, receipt: &str) -> Result<GetReportResponse, Error> {
        let request = GetReportRequest { receipt: receipt.to_owned() };
        run(&fixture.intake, rater(), request).await
    }

    fn decided(matter_id: &str, upheld: bool) -> Fact {
        let decided = RestrictedMatterDecided {
            matter_id: matter_id.to_owned(),
            region_code: REGION.to_owned(),
            upheld,
            at: Some(to_wire("2026-03-04T02:00:00Z".parse().unwrap())),
            ..RestrictedMatterDecided::default()
        };
        Fact {
            position: 7,
            producer: "ticketing".to_owned(),
            body: Some(Body::RestrictedMatterDecided(decided)),
            ..Fact::default()
        }
    }

    #[tokio::test]
    async fn s06_the_receipt_alone_shows_where_the_report_stands() {
        for (upheld, state) in [(true, ReportState::Upheld), (false, ReportState::NotUpheld)] {
            let fixture = Fixture::new().await;
            let token = fixture.invitation().await;
            let submitted = submit_report::run(&fixture.intake, rater(), report(&token)).await;
            let submitted = submitted.unwrap();
            let read = get(&fixture, &submitted.receipt).await.unwrap();
            assert_eq!((read.state(), read.decided_at), (ReportState::Received, None));
            assert_eq!(read.report_id, submitted.report_id);
            for forged in ["", "x", token.as_str()] {
                let refused = refusal(get(&fixture, forged).await.unwrap_err());
                assert_eq!(refused, (Code::Unauthenticated, "RECEIPT_FORGED".to_owned()));
            }
            let unknown = fixture.intake.shell.receipts.token(ActId(uuid::Uuid::nil()));
            let unknown = refusal(get(&fixture, &unknown).await.unwrap_err());
            assert_eq!(unknown, (Code::NotFound, "REPORT_NOT_FOUND".to_owned()));
            let fact = decided(&submitted.report_id, upheld);
            let consumer = fixture.intake.consumer();
            let txn = fixture.intake.store.begin().await.unwrap();
            let applied = consumer.apply(&txn, std::slice::from_ref(&fact)).await.unwrap();
            txn.commit().await.unwrap();
            assert!(applied.left.is_empty());
            assert_eq!(get(&fixture, &submitted.receipt).await.unwrap().state(), state);
            let trace = consumer.last_trace(&fixture.intake.store, "ticketing", 9).await.unwrap();
            assert_eq!(trace.unwrap().position, 7);
            // What is in no history any more is undecided again.
            let txn = fixture.intake.store.begin().await.unwrap();
            let forgotten = consumer.forget(&txn, "ticketing", 6).await.unwrap();
            txn.commit().await.unwrap();
            assert_eq!(forgotten.words, ["1 reports of citizens are undecided again"]);
            let read = get(&fixture, &submitted.receipt).await.unwrap();
            assert_eq!((read.state(), read.decided_at), (ReportState::Received, None));
        }
    }

    #[tokio::test]
    async fn s06_its_words_are_the_handling_authoritys_alone_and_each_look_is_on_record() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(ON_THE_SPOT_ITEM).await;
        fixture.served_by(&case.case_id, "officer-9").await;
        let token = case.invitation.unwrap().token;
        let submitted = submit_report::run(&fixture.intake, rater(), report(&token)).await.unwrap();
        let look = async |caller: Officer, id: &str| {
            let fields = [PersonField::Text, PersonField::Phone];
            let request = look_at(Subject::ReportId(id.to_owned()), &fields);
            reveal_person::run(&fixture.intake, caller, request).await
        };
        let of = |region: &str| -> Officer {
            principal("officer-1", Caller::Authority { region: region.to_owned() })
        };
        let shown = look(of(REGION), &submitted.report_id).await.unwrap();
        assert_eq!((shown.text.as_str(), shown.phone.as_str()), (TEXT, PHONE));
        let unseen = (Code::NotFound, "PERSON_NOT_FOUND".to_owned());
        for (caller, why) in [
            (officer("officer-2", Some(AGENCY)), "of the accused agency"),
            (officer("officer-9", None), "who served the reporter"),
            (of("652300"), "of a region above that does not handle it"),
            (of("652302"), "of another region"),
        ] {
            let refused = look(caller, &submitted.report_id).await.unwrap_err();
            assert_eq!(refusal(refused), unseen, "{why}");
        }
        let request = SubmitReportRequest { accused_unit_id: AUTHORITY.to_owned(), ..report("") };
        let about = submit_report::run(&fixture.intake, fixture.citizen(PERSON), request).await;
        let about = about.unwrap().report_id;
        let own = look(of(REGION), &about).await.unwrap_err();
        assert_eq!(refusal(own), unseen, "the Authority is accused itself");
        look(of("652300"), &about).await.unwrap();
        let records = platform::audit::list(&fixture.intake.store, 0, 10).await.unwrap();
        assert_eq!(records.len(), 2, "who saw nothing has not looked");
        // Nor does the list of looks tell them that there is a report.
        let listed = async |id: &str, region: &str| {
            let caller: Auditor = principal(id, Caller::Auditor { region: region.to_owned() });
            let request = ListAuditRequest::default();
            let entries = list_audit::run(&fixture.intake, caller, request).await.unwrap().entries;
            entries.iter().filter(|entry| !entry.encoded_record.is_empty()).count()
        };
        assert_eq!(listed("officer-1", REGION).await, 1, "its own, not the one about itself");
        assert_eq!(listed("officer-9", REGION).await, 0, "who served the reporter");
        assert_eq!(listed("officer-1", "652300").await, 1, "the one that it handles");
    }
}
