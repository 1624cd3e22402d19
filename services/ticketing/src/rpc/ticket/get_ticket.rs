//! Reads a ticket with its steps and the changes it caused.

use domain::violation::Violations;
use platform::auth::Officer;
use proto::ticketing::v1::{GetTicketRequest, GetTicketResponse};
use uuid::Uuid;

use crate::{
    app::ticket::show::show,
    convert::ticket::{DEADLINES, TicketParts},
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: GetTicketRequest,
) -> Result<GetTicketResponse, Error> {
    let mut wrong = Violations::default();
    let id = wrong.take("ticket_id", request.ticket_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let id = wrong.finish(id)?.unwrap_or_default();
    let read = ticketing.store.read();
    let row = store::ticket::ticket(read, &caller, id).await?.ok_or(TicketError::NotFound)?;
    let ratings = store::ticket::ratings_of(read, &[id]).await?.remove(&id).unwrap_or_default();
    let before = i32::try_from(request.before_step).ok().filter(|before| *before > 0);
    let parts = TicketParts {
        rating_ids: ratings.ids,
        rating_count: ratings.count,
        steps: store::ticket::steps(read, &ticketing.shell.sealer, id, before).await?,
        effects: store::ticket::effects(read, id).await?,
    };
    let rows = store::ticket::rows_of(read, row).await?;
    Ok(GetTicketResponse { ticket: Some(show(ticketing, &rows, parts, DEADLINES).await?) })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use proto::{
        fact::v1::{fact::Body, ticket_opened},
        r#type::v1::{Level, MatterKind},
    };
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::testing::{Fixture, assign, authority, contact, handler};

    #[tokio::test]
    async fn an_officer_sees_only_what_is_theirs() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let get = |caller| {
            run(
                &fixture.ticketing,
                caller,
                GetTicketRequest { ticket_id: ticket_id.clone(), ..Default::default() },
            )
        };
        assert!(get(handler("652301-a03")).await.is_ok());
        assert!(get(authority("652301")).await.is_ok());
        for stranger in [handler("652301-a04"), authority("650000")] {
            let status = Status::from(get(stranger).await.unwrap_err());
            assert_eq!(
                (status.code(), status.message()),
                (Code::NotFound, "there is no such ticket")
            );
        }
        let unknown = GetTicketRequest { ticket_id: Uuid::nil().to_string(), ..Default::default() };
        let status = run(&fixture.ticketing, authority("652301"), unknown).await.unwrap_err();
        assert_eq!(Status::from(status).message(), "there is no such ticket");
    }

    #[tokio::test]
    async fn i25_the_ticket_of_a_complaint_shows_its_source_and_original_number() {
        let fixture = Fixture::new().await;
        let matter = fixture.matter();
        let ticket_id = fixture.ticket_of(&matter).await;
        let get = |ticket_id| {
            let request = GetTicketRequest { ticket_id, before_step: 0 };
            run(&fixture.ticketing, handler("652301-a03"), request)
        };
        let ticket = get(ticket_id).await.unwrap().ticket.unwrap();
        assert_eq!(ticket.matter_id, matter.matter_id);
        assert_eq!(ticket.matter_kind(), MatterKind::Complaint);
        assert_eq!(ticket.matter_source, matter.source);
        assert_eq!(ticket.original_number, matter.original_number);
        assert!(ticket.rating_ids.is_empty() && ticket.level == 0, "{ticket:?}");
        let act = ticket.act.unwrap();
        assert_eq!((act.agency_id, act.item_code), (matter.agency_id, matter.item_code));
        let rated = get(fixture.ticket().await).await.unwrap().ticket.unwrap();
        assert!(rated.matter_id.is_empty() && rated.matter_kind == 0, "{rated:?}");
    }

    #[tokio::test]
    async fn of_however_many_ratings_and_steps_an_answer_has_some_and_says_how_many_there_are() {
        let fixture = Fixture::new().await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let mut ratings: Vec<_> =
            (0..120).map(|_| fixture.rating(act_id, Level::Dissatisfied)).collect();
        for later in &mut ratings[1..] {
            later.received_at.as_mut().unwrap().seconds += 60;
        }
        let bodies = ratings.iter().cloned().map(Body::RatingSubmitted).collect();
        let told = fixture.apply_together(bodies).await.told;
        let Some((_, Body::TicketOpened(opened))) = told.first() else { panic!("{told:?}") };
        let id = opened.ticket_id.as_str();
        fixture.step(id, assign()).await.unwrap();
        let early = fixture.step(id, contact()).await.unwrap();
        for _ in 0..128 {
            fixture.step(id, contact()).await.unwrap();
        }
        let late = fixture.step(id, contact()).await.unwrap();
        assert_eq!((late.steps.len(), late.step_count), (1, 131));
        assert_eq!(late.steps[0].sequence, 131, "the step that was taken");
        assert!(late.encoded_len() < early.encoded_len() + 20, "the request keeps no whole ticket");
        let get = |before_step| {
            let request = GetTicketRequest { ticket_id: id.to_owned(), before_step };
            run(&fixture.ticketing, authority("652301"), request)
        };
        let ticket = get(0).await.unwrap().ticket.unwrap();
        assert_eq!((ticket.rating_ids.len(), ticket.rating_count), (50, 120));
        let Some(ticket_opened::Opening::Rating(by)) = &opened.opening else {
            panic!("{opened:?}")
        };
        assert_eq!(ticket.rating_ids[0], by.rating_id, "the opening one first");
        let numbers = |ticket: &proto::ticketing::v1::Ticket| -> Vec<u32> {
            ticket.steps.iter().map(|step| step.sequence).collect()
        };
        assert_eq!(numbers(&ticket), (32..=131).collect::<Vec<u32>>());
        let earlier = get(32).await.unwrap().ticket.unwrap();
        assert_eq!(numbers(&earlier), (1..32).collect::<Vec<u32>>(), "no step is out of reach");
        let list = crate::rpc::ticket::list_tickets::run(
            &fixture.ticketing,
            authority("652301"),
            proto::ticketing::v1::ListTicketsRequest::default(),
        );
        let listed = list.await.unwrap().tickets.pop().unwrap();
        assert_eq!((listed.rating_ids.len(), listed.rating_count), (50, 120));
    }

    #[tokio::test]
    async fn t14_names_stand_beside_the_codes_of_what_is_known_here() {
        let fixture = Fixture::new().await;
        let clock = fixture.ticketing.shell.clock.clone();
        let mut rating = fixture.rating(clock.new_id(), Level::VeryDissatisfied);
        rating.tag_list_version = "national-2020-05".to_owned();
        let known = fixture.ticketing.reference.now();
        let tags = &known.tag_list("national-2020-05").unwrap().tags;
        let tag = tags.iter().find(|tag| tag.code.starts_with('1')).unwrap();
        rating.tag_codes = vec![tag.code.clone(), "999".to_owned()];
        fixture.apply(&rating).await;
        let request = proto::ticketing::v1::ListTicketsRequest::default();
        let listed =
            crate::rpc::ticket::list_tickets::run(&fixture.ticketing, authority("652301"), request);
        let listed = listed.await.unwrap().tickets.pop().unwrap();
        let read = fixture.read(handler("652301-a03"), &listed.ticket_id).await.unwrap();
        for ticket in [listed, read] {
            assert_eq!(ticket.agency_name, "示例机构 652301-a03");
            assert!(ticket.item_name.starts_with("示例事项"), "{}", ticket.item_name);
            assert_eq!(ticket.tag_names, [tag.text.clone(), "999".to_owned()]);
        }
    }

    #[tokio::test]
    async fn t11_a_townships_ticket_is_with_its_county_and_with_nobody_elses_authority() {
        let fixture = Fixture::under("county-2020").await;
        let clock = fixture.ticketing.shell.clock.clone();
        let mut rating = fixture.rating(clock.new_id(), Level::VeryDissatisfied);
        rating.act.as_mut().unwrap().region_code = "652301100".to_owned();
        let told = fixture.apply(&rating).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let id = opened.ticket_id.as_str();
        for (officer, sees) in [
            (authority("652301"), true),
            (authority("652301100"), true),
            (authority("652301101"), false),
            (authority("652302"), false),
            (authority("650000"), false),
        ] {
            let read = fixture.read(officer, id).await;
            assert_eq!(read.is_ok(), sees, "{read:?}");
        }
        // The county assigns, the township's own agency does not.
        let own = fixture.step(id, assign()).await.unwrap_err();
        assert_eq!(own.code(), Code::PermissionDenied);
        fixture.step_by(&authority("652301"), id, assign()).await.unwrap();
    }
}
