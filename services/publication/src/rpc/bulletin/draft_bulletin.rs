//! Drafts a bulletin at once: the first of a period, or a new edition (P06).

use domain::{codes::RegionCode, report_period::ReportPeriod, violation::Violations};
use platform::{auth::Authority, once::Recognised, status::Failure};
use proto::publication::v1::{BulletinContent, DraftBulletinRequest, DraftBulletinResponse};

use crate::{
    app::bulletin::{compose::draft, content, keep, whole},
    convert::bulletin::id,
    error::{Error, StatisticsError, bulletin::BulletinError},
    state::Publication,
    store::bulletin as store,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Authority,
    request: DraftBulletinRequest,
) -> Result<DraftBulletinResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = id(&mut wrong, "request_id", &request.request_id);
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let period = wrong.take("period", ReportPeriod::parse(&request.period));
    let (Some(request_id), Some(region), Some(period)) =
        wrong.finish((request_id, region, period))?
    else {
        return Err(Violations::default().into());
    };
    let (shell, officer, region) = (&publication.shell, caller.officer(), region.as_str());
    let key = shell.requests.key(officer.id().as_bytes(), "DraftBulletin", request_id, &request);
    if !officer.reaches(region) {
        return Err(StatisticsError::RegionNotFound.into());
    }
    // Counted before the transaction begins: it takes a while, and a repeat is answered without it.
    if let Some(answer) = shell.answered(&publication.store, key).await? {
        return Ok(answer);
    }
    let drafted = draft(publication, region, period).await?;
    let asked = shell.once(&publication.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let newest = store::newest(&*txn, region, &period.to_string(), None).await?;
    if let Some(newest) = newest.as_ref().filter(|newest| !newest.history_lost) {
        let said = content(&*txn, newest.id).await?;
        if says(said) == says(drafted.content.clone()) {
            return Err(BulletinError::Unchanged { edition: newest.edition }.into());
        }
    }
    let by = (shell.clock.new_id(), shell.clock.now());
    let kept = keep(&txn, by, &drafted, newest.as_ref()).await?;
    let kept = kept.ok_or(Failure::Raced("another edition was drafted meanwhile"))?;
    let answer = DraftBulletinResponse { bulletin: Some(whole(&*txn, &kept).await?) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

/// What a bulletin says, without up to which facts.
fn says(content: BulletinContent) -> BulletinContent {
    BulletinContent { intake_position: 0, ticketing_position: 0, ..content }
}

#[cfg(test)]
mod tests {
    use platform::testing::REGION;
    use proto::r#type::v1::Level;
    use tonic::Code;

    use super::*;
    use crate::rpc::bulletin::testing::{Released, authority, refusal};

    fn asked(released: &Released, period: &str) -> DraftBulletinRequest {
        DraftBulletinRequest {
            request_id: released.id(),
            region_code: REGION.to_owned(),
            period: period.to_owned(),
        }
    }

    #[tokio::test]
    async fn p06_a_correction_is_a_new_edition_that_names_the_old_one_and_leaves_it_as_it_was() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let draft = async |request| run(publication, authority(REGION), request).await;
        let first = draft(asked(&released, "2026-02")).await.unwrap().bulletin.unwrap();
        assert_eq!((first.edition, first.corrects_bulletin_id.as_str()), (1, ""));
        let before = released.content(&first.bulletin_id).await;
        let unchanged = draft(asked(&released, "2026-02")).await;
        let state = (Code::FailedPrecondition, "BULLETIN_UNCHANGED".to_owned());
        assert_eq!(refusal(unchanged), state);
        // A form of February that is entered late.
        released.rate(Level::VeryDissatisfied, "2026-02-10T03:00:00Z").await;
        let request = asked(&released, "2026-02");
        let second = draft(request.clone()).await.unwrap().bulletin.unwrap();
        assert_eq!((second.edition, &second.corrects_bulletin_id), (2, &first.bulletin_id));
        let after = released.content(&second.bulletin_id).await;
        assert_ne!(after.figures, before.figures);
        assert!(after.intake_position >= before.intake_position);
        assert_eq!(released.content(&first.bulletin_id).await, before, "frozen");
        assert_eq!(
            released.bulletin(&first.bulletin_id).await.newest_bulletin_id,
            second.bulletin_id
        );
        let again = draft(request).await.unwrap().bulletin.unwrap();
        assert_eq!(again, second, "the same request is the same edition");
        assert_eq!(refusal(draft(asked(&released, "2026-02")).await), state);
    }

    #[tokio::test]
    async fn p06_a_draft_that_meets_a_take_back_is_not_kept_and_drafted_anew() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let period = ReportPeriod::parse("2026-02").unwrap();
        for producer in ["intake", "ticketing"] {
            released.follow(producer, 7).await;
            let drafted = draft(publication, REGION, period).await.unwrap();
            let kept = async |drafted| {
                let txn = publication.store.begin().await.unwrap();
                let by = (publication.shell.clock.new_id(), publication.shell.clock.now());
                keep(&txn, by, drafted, None).await.map(|kept| kept.is_some())
            };
            assert!(kept(&drafted).await.unwrap(), "nothing was taken back");
            // More facts are no harm: it says up to which ones it was counted.
            released.follow(producer, 8).await;
            assert!(kept(&drafted).await.unwrap());
            released.forget(producer, 5).await;
            released.take_back(producer, 5).await;
            let state = (Code::FailedPrecondition, "BULLETIN_HISTORY_LOST".to_owned());
            assert_eq!(refusal(kept(&drafted).await), state, "{producer}");
            // Even if as many others have come since.
            released.follow(producer, 7).await;
            assert_eq!(refusal(kept(&drafted).await), state, "{producer}");
            let anew = draft(publication, REGION, period).await.unwrap();
            assert!(kept(&anew).await.unwrap());
        }
    }

    #[tokio::test]
    async fn p06_a_period_that_has_not_ended_has_no_bulletin() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        // It is 2 March 2026.
        for period in ["2026-03", "2026-Q1", "2026", "2027-01"] {
            let answer = run(publication, authority(REGION), asked(&released, period)).await;
            let state = (Code::FailedPrecondition, "PERIOD_NOT_OVER".to_owned());
            assert_eq!(refusal(answer), state, "{period}");
        }
        let elsewhere = run(publication, authority("652302"), asked(&released, "2026-02")).await;
        assert_eq!(refusal(elsewhere), (Code::NotFound, "REGION_NOT_FOUND".to_owned()));
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let released = Released::new().await;
        let request = DraftBulletinRequest::default();
        let told = run(&released.fixture.publication, authority(REGION), request).await;
        let told = told.unwrap_err().to_string();
        for field in ["request_id", "region_code", "period"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
