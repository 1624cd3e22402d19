//! Submits a review on the website or in the app, by the public itself (I17).

use std::net::IpAddr;

use domain::{deadline::day_of, violation::Violations};
use platform::{auth::Rater, convert::to_wire, facts};
use proto::intake::v1::{RecordReviewRequest, SubmitReviewRequest, SubmitReviewResponse};

use super::{
    record_review::{read, to_row},
    submit_application::request_id,
};
use crate::{
    Intake,
    convert::{SOURCES, meaning},
    error::Error,
    facts::review_raised,
    store,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Rater,
    network: Option<IpAddr>,
    request: SubmitReviewRequest,
) -> Result<SubmitReviewResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let at = intake.shell.clock.now();
    let scope = match (caller.citizen(), caller.terminal()) {
        (Some(citizen), _) => intake.shell.blind.number(citizen.number()).to_vec(),
        (None, Some(terminal)) => terminal.as_bytes().to_vec(),
        (None, None) => Vec::new(),
    };
    let key = intake.shell.requests.key(&scope, "SubmitReview", request_id, &request);
    let mut wrong = Violations::default();
    let source = meaning(&SOURCES, request.source);
    let source = source.and_then(|s| if s.is_open() { Ok(s) } else { Err("is none of yours") });
    let source = wrong.take("source", source);
    let said = RecordReviewRequest {
        source: request.source,
        subject: request.subject,
        level: request.level,
        text: request.text,
        contact: request.contact,
        real_name: caller.citizen().is_some(),
        private: request.private,
        wants_ticket: request.wants_ticket,
        said_on: day_of(at).to_string(),
        ..RecordReviewRequest::default()
    };
    let review = read(intake, wrong, source, &said, day_of(at)).await?;
    // A ticket is work with a deadline: nobody asks for a thousand of them unknown.
    if review.wants_ticket && !review.real_name {
        return Err(Error::TicketNeedsIdentity);
    }

    let txn = intake.store.begin().await?;
    if let Some(answer) = intake.shell.requests.replay(&txn, key).await? {
        return Ok(answer);
    }
    let mut row = to_row(intake, &review, at)?;
    row.network = network.map(|network| intake.shell.requests.network(network).to_vec());
    let answer =
        SubmitReviewResponse { review_id: row.id.to_string(), received_at: Some(to_wire(at)) };
    let body = review_raised(&row, review.source);
    store::reviews::insert(&txn, row).await?;
    intake.shell.requests.keep(&txn, key, &intake.shell.clock, &answer).await?;
    facts::commit(txn, &intake.shell.clock, vec![body]).await?;
    intake.shell.bus.committed(crate::NAME);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use domain::rating::RaterKind;
    use platform::{
        auth::{Caller, Hidden},
        testing::{AGENCY, REGION, principal},
    };
    use prost::Message as _;
    use proto::{
        intake::v1::{ReviewSource, ReviewSubject},
        r#type::v1::{Level, MatterKind},
    };
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        record_review::tests::row_of,
        testing::{Fixture, ON_THE_SPOT_ITEM, holds, named, rater, refusal},
    };

    fn request(fixture: &Fixture) -> SubmitReviewRequest {
        SubmitReviewRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            source: ReviewSource::Website.into(),
            subject: Some(ReviewSubject {
                region_code: REGION.to_owned(),
                agency_id: AGENCY.to_owned(),
                item_code: ON_THE_SPOT_ITEM.to_owned(),
                unit_id: String::new(),
            }),
            level: Level::Dissatisfied.into(),
            text: "排队太久，无人引导。".to_owned(),
            contact: "13800000000".to_owned(),
            private: true,
            wants_ticket: true,
        }
    }

    fn citizen(number: &str) -> Rater {
        let number = Hidden(number.to_owned());
        principal("citizen", Caller::Citizen { rater: RaterKind::NaturalPerson, number })
    }

    fn known() -> Rater {
        citizen("11010519491231002X")
    }

    #[tokio::test]
    async fn i17_only_who_is_known_asks_for_a_ticket_and_anyone_reviews() {
        let fixture = Fixture::new().await;
        for unknown in [rater(), principal("652301-t01", Caller::Terminal)] {
            let refused = run(&fixture.intake, unknown, None, request(&fixture)).await;
            let reason = "TICKET_NEEDS_IDENTITY".to_owned();
            assert_eq!(refusal(refused.unwrap_err()), (Code::FailedPrecondition, reason));
        }
        assert!(fixture.told().await.is_empty());
        let asked = SubmitReviewRequest { wants_ticket: false, ..request(&fixture) };
        run(&fixture.intake, rater(), None, asked).await.unwrap();
        run(&fixture.intake, known(), None, request(&fixture)).await.unwrap();
        let wanted: Vec<_> = fixture.matters().await.iter().map(|told| told.wants_ticket).collect();
        assert_eq!(wanted, [false, true]);
    }

    #[tokio::test]
    async fn i17_the_public_reviews_once_and_the_matter_says_all_but_its_words() {
        let fixture = Fixture::new().await;
        let asked = request(&fixture);
        let network = "192.0.2.7".parse().unwrap();
        let submit = async |asked| run(&fixture.intake, known(), Some(network), asked).await;
        let first = submit(asked.clone()).await.unwrap();
        assert_eq!(submit(asked.clone()).await.unwrap(), first, "again");
        let [matter] = fixture.matters().await.try_into().unwrap();
        assert_eq!(matter.matter_id, first.review_id);
        assert_eq!((matter.kind(), matter.source.as_str()), (MatterKind::PublicReview, "website"));
        assert_eq!((matter.region_code.as_str(), matter.agency_id.as_str()), (REGION, AGENCY));
        assert_eq!(
            (matter.item_code.as_str(), matter.level()),
            (ON_THE_SPOT_ITEM, Level::Dissatisfied)
        );
        assert!(matter.wants_ticket && matter.private && matter.real_name);
        assert_eq!(matter.received_at, first.received_at);
        let row = row_of(&fixture, &first.review_id).await;
        assert!(row.private && row.recorded_by.is_none());
        let hashed = fixture.intake.shell.requests.network(network);
        assert_eq!(row.network.as_deref(), Some(hashed.as_slice()), "S03's signal, as of ratings");
        for words in ["排队太久", "13800000000"] {
            assert!(!holds(&row.content, words), "sealed: {words}");
            assert!(!holds(&matter.encode_to_vec(), words), "told to nobody: {words}");
        }
        let other = SubmitReviewRequest { text: "其他".to_owned(), ..asked };
        let refused = submit(other).await.unwrap_err();
        assert_eq!(refusal(refused), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    }

    #[tokio::test]
    async fn i17_who_is_known_to_the_identity_platform_reviews_by_name() {
        let fixture = Fixture::new().await;
        let asked = request(&fixture);
        let callers = [citizen("11010519491231002X"), citizen("110105194912310038")];
        for caller in callers {
            run(&fixture.intake, caller, None, asked.clone()).await.unwrap();
        }
        let asked = SubmitReviewRequest { wants_ticket: false, ..asked };
        let terminal = principal("652301-t01", Caller::Terminal);
        run(&fixture.intake, terminal, None, asked).await.unwrap();
        let by_name: Vec<_> = fixture.matters().await.iter().map(|told| told.real_name).collect();
        assert_eq!(by_name, [true, true, false], "and nobody has another's answer");
    }

    #[tokio::test]
    async fn i17_everything_wrong_is_named_at_once_and_nothing_is_kept() {
        let fixture = Fixture::new().await;
        let wrong = SubmitReviewRequest {
            source: ReviewSource::SuggestionBox.into(),
            subject: Some(ReviewSubject {
                region_code: "110105".to_owned(),
                agency_id: "652301-t01".to_owned(),
                item_code: "x".to_owned(),
                unit_id: AGENCY.to_owned(),
            }),
            level: 9,
            text: "\u{202E}".to_owned(),
            contact: "1".repeat(101),
            ..request(&fixture)
        };
        let fields = [
            "source",
            "subject.region_code",
            "subject.agency_id",
            "subject.unit_id",
            "subject.item_code",
            "level",
            "text",
            "contact",
        ];
        assert_eq!(named(run(&fixture.intake, rater(), None, wrong).await.unwrap_err()), fields);
        let nobodys = SubmitReviewRequest { subject: None, ..request(&fixture) };
        let refused = Status::from(run(&fixture.intake, rater(), None, nobodys).await.unwrap_err());
        assert_eq!(named(refused), ["subject.region_code", "subject.agency_id"], "a ticket's");
        assert!(fixture.told().await.is_empty());
    }
}
