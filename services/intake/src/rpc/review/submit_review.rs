//! Submits a review on the website or in the app, from the public directly (I17).

use std::{net::IpAddr, time::Duration};

use domain::{
    deadline::{day_of, end_of},
    violation::Violations,
};
use jiff::{Timestamp, civil::Date};
use platform::{auth::Rater, convert::to_wire, once::Recognised};
use proto::intake::v1::{RecordReviewRequest, SubmitReviewRequest, SubmitReviewResponse};

use crate::{
    Intake,
    app::{
        rating::receipt::unknown,
        review::{read, to_row},
    },
    convert::{meaning, request_id, review::SOURCES},
    error::{Error, review::ReviewError},
    facts::review_raised,
    store,
};

/// How many reviews one citizen may give in a day: nobody is served more often.
const REVIEWS_A_DAY: i32 = 20;
/// How many of them may ask for a ticket: each is days of an agency's work, with a deadline.
const TICKETS_A_DAY: i32 = 5;

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
    if caller.citizen().is_none() {
        let whom = unknown(intake, &caller, network);
        let taken = intake.limits.take(whom, at);
        taken.map_err(|again_in| ReviewError::TooMany { again_in })?;
    }
    let key = intake.shell.requests.key(&scope, "SubmitReview", request_id, &request);
    let mut wrong = Violations::default();
    let source = meaning(&SOURCES, request.source);
    let source =
        source.and_then(|s| if s.is_open() { Ok(s) } else { Err("is not open to this caller") });
    let source = wrong.take("source", source);
    let record = RecordReviewRequest {
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
    let review = read(intake, wrong, source, &record, day_of(at)).await?;
    // A ticket is work with a deadline: an unknown caller cannot ask for a thousand of them.
    if review.wants_ticket && !review.real_name {
        return Err(ReviewError::TicketNeedsIdentity.into());
    }

    let asked = intake.shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    if caller.citizen().is_some() {
        let day = day_of(at);
        let counted = store::review::count(&txn, &scope, day, review.wants_ticket).await?;
        if counted.0 > REVIEWS_A_DAY || (review.wants_ticket && counted.1 > TICKETS_A_DAY) {
            return Err(ReviewError::TooMany { again_in: until_midnight(day, at) }.into());
        }
    }
    let mut row = to_row(intake, &review, at)?;
    row.network = network.map(|network| intake.shell.requests.network(network).to_vec());
    let answer =
        SubmitReviewResponse { review_id: row.id.to_string(), received_at: Some(to_wire(at)) };
    let body = review_raised(&row, review.source);
    store::review::insert(&txn, row).await?;
    Ok(txn.finish(answer, vec![body]).await?)
}

/// How long the day still lasts in Asia/Shanghai.
fn until_midnight(day: Date, at: Timestamp) -> Duration {
    let end = end_of(day).unwrap_or(at);
    Duration::try_from(end.duration_since(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::rating::RaterKind;
    use platform::{
        auth::{Caller, PersonDatum},
        testing::{AGENCY, REGION, principal},
    };
    use prost::Message as _;
    use proto::{
        intake::v1::{ReviewSource, ReviewSubject},
        r#type::v1::{Level, MatterKind},
    };
    use sea_orm::EntityTrait as _;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        entity::review_day,
        rpc::{
            rating::submit_rating,
            review::record_review::tests::row_of,
            testing::{Fixture, ON_THE_SPOT_ITEM, holds, named, rater, rating_request, refusal},
        },
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
        let number = PersonDatum(number.to_owned());
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

    fn reviews(fixture: &Fixture, wants_ticket: bool) -> SubmitReviewRequest {
        SubmitReviewRequest { wants_ticket, ..request(fixture) }
    }

    /// When, by the refusal, a review is accepted again.
    fn again_in(refused: Error) -> Duration {
        let status = Status::from(refused);
        let retry = status.get_error_details().retry_info().and_then(|retry| retry.retry_delay);
        let of_flood = (Code::ResourceExhausted, "TOO_MANY_REVIEWS".to_owned());
        assert_eq!(refusal(status), of_flood);
        retry.unwrap()
    }

    #[tokio::test]
    async fn i17_whom_nobody_knows_reviews_sixty_at_once_from_one_network_and_then_one_a_second() {
        let fixture = Fixture::new().await;
        let network = |text: &str| Some(text.parse().unwrap());
        let submit = async |from: Option<IpAddr>| {
            run(&fixture.intake, rater(), from, reviews(&fixture, false)).await
        };
        // One or another address of a network: for IPv6 the network counts.
        for n in 0..60 {
            submit(network(&format!("2001:db8:1:2::{n}"))).await.unwrap();
        }
        let refused = submit(network("2001:db8:1:2::ffff")).await.unwrap_err();
        assert_eq!(again_in(refused), Duration::from_secs(1));
        submit(network("2001:db8:1:3::1")).await.unwrap();
        submit(network("192.0.2.7")).await.unwrap();
        let kiosk = principal("652301-t01", Caller::Terminal);
        run(&fixture.intake, kiosk, network("2001:db8:1:2::1"), reviews(&fixture, false))
            .await
            .unwrap();
        fixture.intake.shell.clock.set("2026-03-02T01:00:01Z".parse().unwrap());
        submit(network("2001:db8:1:2::1")).await.unwrap();
        assert_eq!(fixture.matters().await.len(), 64);
    }

    #[tokio::test]
    async fn i17_a_citizen_reviews_twenty_times_a_day_and_asks_for_five_tickets() {
        let fixture = Fixture::new().await;
        let submit = async |number: &str, wants: bool| {
            run(&fixture.intake, citizen(number), None, reviews(&fixture, wants)).await
        };
        let (mine, other) = ("11010519491231002X", "110105194912310038");
        let last = reviews(&fixture, true);
        for _ in 0..4 {
            submit(mine, true).await.unwrap();
        }
        let fifth = run(&fixture.intake, citizen(mine), None, last.clone()).await.unwrap();
        // At nine o'clock the day still has fifteen hours.
        let refused = submit(mine, true).await.unwrap_err();
        assert_eq!(again_in(refused), Duration::from_secs(15 * 3_600));
        for _ in 5..20 {
            submit(mine, false).await.unwrap();
        }
        again_in(submit(mine, false).await.unwrap_err());
        let again = run(&fixture.intake, citizen(mine), None, last).await.unwrap();
        assert_eq!(again, fifth, "what was taken is answered again");
        submit(other, true).await.unwrap();
        fixture.on_march(3);
        submit(mine, true).await.unwrap();
        assert_eq!(fixture.matters().await.len(), 22, "what is refused is not kept");
        let days = review_day::Entity::find().all(fixture.intake.store.read()).await.unwrap();
        assert_eq!(days.len(), 1, "days that are over are forgotten: {days:?}");
    }

    #[tokio::test]
    async fn a_hall_behind_one_address_is_never_refused_its_ratings() {
        let fixture = Fixture::new().await;
        let hall = Some("192.0.2.7".parse().unwrap());
        for _ in 0..100 {
            let request = rating_request(&fixture.invitation().await, Level::Satisfied);
            submit_rating::run(&fixture.intake, rater(), hall, request).await.unwrap();
        }
    }
}
