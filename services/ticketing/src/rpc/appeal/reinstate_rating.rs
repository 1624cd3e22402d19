//! Ends an exclusion: the rating counts again.

use domain::{
    appeal::{AppealCommand, AppealRefusal, is_among},
    violation::Violations,
};
use platform::{auth::Authority, once::Recognised};
use proto::ticketing::v1::{ReinstateRatingRequest, ReinstateRatingResponse};
use uuid::Uuid;

use crate::{
    app::appeal::{
        case,
        exclude::reinstate,
        follow::follow,
        words::{check_words, read_exclusion},
    },
    convert::appeal::Cause,
    error::{AppealError, Error},
    state::Ticketing,
    store::appeal::exclusions,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ReinstateRatingRequest,
) -> Result<ReinstateRatingResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id)).unwrap_or_default();
    let id = wrong.take("exclusion_id", no_uuid(&request.exclusion_id)).unwrap_or_default();
    check_words(&mut wrong, "reason", &request.reason, true);
    wrong.finish(())?;
    let (officer, shell) = (caller.officer(), &ticketing.shell);
    let key = shell.requests.key(officer.id().as_bytes(), "ReinstateRating", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let missing = || Error::from(AppealError::ExclusionNotFound);
    let found = exclusions::exclusion(&txn, officer, id).await?.ok_or_else(missing)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let case = case::open(ticketing, &txn, found.ticket_id).await?;
    if is_among(officer.id(), &case.rated) {
        return Err(AppealRefusal::Rated { command: AppealCommand::Reject }.into());
    }
    let row = exclusions::exclusion(&txn, officer, id).await?.ok_or_else(missing)?;
    let subject = (&case.rows.ticket, row);
    let ended = reinstate(ticketing, &txn, officer, subject, &request.reason).await?;
    let mut told = vec![ended.told];
    let cause = Cause {
        by: officer.id(),
        appeal_id: ended.row.appeal_id.unwrap_or_default(),
        rating_id: ended.row.rating_id,
    };
    told.extend(follow(ticketing, &txn, &case, None, cause).await?);
    let exclusion = Some(read_exclusion(&shell.sealer, &ended.row)?);
    Ok(txn.finish(ReinstateRatingResponse { exclusion }, told).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{
        fact::v1::fact::Body,
        ticketing::v1::GetTicketRequest,
        r#type::v1::{DeadlineEnd, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::appeal::testing::SERVED;
    use crate::rpc::{
        testing::{Fixture, handler, refusal, request_id},
        ticket::get_ticket,
    };

    fn by(id: &str, region: &str) -> Authority {
        principal(id, Caller::Authority { region: region.to_owned() })
    }

    #[tokio::test]
    async fn t07_p04_a_reinstated_rating_counts_again_once_and_both_stay_on_record() {
        let fixture = Fixture::under("changji-2020").await;
        let (rated, exclusion) = fixture.excluded().await;
        let request = |reason: &str| ReinstateRatingRequest {
            request_id: request_id(),
            exclusion_id: exclusion.exclusion_id.clone(),
            reason: reason.to_owned(),
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let reason = "示例：复查为真实差评";
        let said = call(by("a-1", REGION), request(" ")).await.unwrap_err().to_string();
        assert!(said.contains("reason: must be filled in"), "{said}");
        let stranger = refusal(call(by("a-1", "650000"), request(reason)).await);
        assert_eq!(stranger, (Code::NotFound, "EXCLUSION_NOT_FOUND".to_owned()));
        let rated_one = refusal(call(by(SERVED, REGION), request(reason)).await);
        assert_eq!(rated_one, (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned()));
        let first = request(reason);
        let answer = call(by("a-1", REGION), first.clone()).await.unwrap();
        assert_eq!(call(by("a-1", REGION), first).await.unwrap(), answer);
        let ended = answer.exclusion.unwrap();
        assert_eq!((ended.reinstate_reason.as_str(), ended.since), (reason, exclusion.since));
        assert_eq!((ended.reinstated_by.as_str(), ended.reinstated_at.is_some()), ("a-1", true));
        let again = refusal(call(by("a-1", REGION), request(reason)).await);
        assert_eq!(again, (Code::FailedPrecondition, "EXCLUSION_ENDED".to_owned()));
        let told = fixture.facts().await.into_iter().filter_map(|body| match body {
            Body::RatingReinstated(told) => Some((told.rating_id, told.ratings_left)),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), [(rated.rating_id, 1)]);
    }

    #[tokio::test]
    async fn t07_a_ticket_ends_with_its_last_rating_and_begins_anew_when_one_counts_again() {
        let fixture = Fixture::under("changji-2020").await;
        let (rated, exclusion) = fixture.excluded().await;
        let read = async || {
            let ticket_id = rated.ticket_id.clone();
            let request = GetTicketRequest { ticket_id, ..GetTicketRequest::default() };
            let read = get_ticket::run(&fixture.ticketing, handler(AGENCY), request).await;
            read.unwrap().ticket.unwrap()
        };
        let ended = read().await;
        assert_eq!((ended.state(), ended.due_at), (TicketState::Excluded, None));
        fixture.at("2026-03-09T01:00:00Z");
        let request = ReinstateRatingRequest {
            request_id: request_id(),
            exclusion_id: exclusion.exclusion_id,
            reason: "示例：复查为真实差评".to_owned(),
        };
        run(&fixture.ticketing, by("a-1", REGION), request).await.unwrap();
        let again = read().await;
        assert_eq!(again.state(), TicketState::Opened);
        let running: Vec<_> = again
            .deadlines
            .iter()
            .filter(|deadline| deadline.end() == DeadlineEnd::Running)
            .map(|deadline| (deadline.act.as_str(), deadline.due_on.as_str()))
            .collect();
        assert!(running.contains(&("feed_back_clear", "2026-03-16")), "{running:?}");
        let states = fixture.facts().await.into_iter().filter_map(|body| match body {
            Body::TicketStepped(stepped) => Some((stepped.state(), stepped.began_again)),
            _ => None,
        });
        let expected = [(TicketState::Excluded, false), (TicketState::Opened, true)];
        assert_eq!(states.collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn t07_t17_while_another_ticket_of_the_act_is_open_that_one_handles_a_reinstated_rating()
    {
        let fixture = Fixture::under("changji-2020").await;
        let (rated, exclusion) = fixture.excluded().await;
        let told = fixture.apply(&fixture.rating_here(rated.act_id)).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let request = ReinstateRatingRequest {
            request_id: request_id(),
            exclusion_id: exclusion.exclusion_id,
            reason: "示例：复查为真实差评".to_owned(),
        };
        run(&fixture.ticketing, by("a-1", REGION), request).await.unwrap();
        let linked = fixture.facts().await.into_iter().filter_map(|body| match body {
            Body::TicketLinked(linked) => Some((linked.ticket_id, linked.main_ticket_id)),
            _ => None,
        });
        let expected = [(rated.ticket_id, opened.ticket_id.clone())];
        assert_eq!(linked.collect::<Vec<_>>(), expected);
    }
}
