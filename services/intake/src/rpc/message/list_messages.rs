//! Lists messages to raters, the newest first.

use domain::violation::Violations;
use platform::{auth::Operator, page::Page};
use proto::intake::v1::{ListMessagesRequest, ListMessagesResponse, MessageState};

use crate::{Intake, convert::message::message_to_wire, error::Error, store::message::messages};

pub(crate) async fn run(
    intake: &Intake,
    caller: Operator,
    request: ListMessagesRequest,
) -> Result<ListMessagesResponse, Error> {
    let mut wrong = Violations::default();
    let state = MessageState::try_from(request.state);
    let state = wrong.take("state", state.map_err(|_| "is no state"));
    let page = Page::read(&mut wrong, "ListMessages", request.page_size, &request.page_token);
    let state = wrong.finish(state)?;
    let state = state.filter(|state| *state != MessageState::Unspecified);
    let officer = caller.officer();
    let rows = messages::messages(&intake.store, officer, state, &page).await;
    let mut rows = rows?;
    let next_page_token = page.cut(&mut rows, |row| row.id);
    Ok(ListMessagesResponse {
        messages: rows.iter().map(message_to_wire).collect(),
        next_page_token,
    })
}

#[cfg(test)]
mod tests {
    use platform::{auth::Caller, testing::principal};

    use super::*;
    use crate::{
        jobs::testing::{COUNTY, REMINDS, TestGateway, in_force, writing},
        rpc::testing::ON_THE_SPOT_ITEM,
    };

    fn authority(region: &str) -> Operator {
        principal("officer", Caller::Authority { region: region.to_owned() })
    }

    #[tokio::test]
    async fn i08_the_authority_sees_the_messages_of_its_region_and_below_page_by_page() {
        let gateway = TestGateway::start().await;
        let fixture = writing(&gateway, in_force(COUNTY, REMINDS)).await;
        let mut acts = Vec::new();
        for _ in 0..2 {
            fixture.submit(ON_THE_SPOT_ITEM).await;
        }
        let mut request = ListMessagesRequest { page_size: 3, ..ListMessagesRequest::default() };
        loop {
            let page = run(&fixture.intake, authority("650000"), request.clone()).await.unwrap();
            assert!(page.messages.len() <= 3);
            acts.extend(page.messages.into_iter().map(|message| (message.kind, message.act_id)));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        acts.sort_unstable();
        acts.dedup();
        assert_eq!(acts.len(), 4, "each once");
        let of = async |region: &str, state: MessageState| {
            let request =
                ListMessagesRequest { state: state.into(), ..ListMessagesRequest::default() };
            run(&fixture.intake, authority(region), request).await.unwrap().messages.len()
        };
        assert_eq!(of("652301", MessageState::Waiting).await, 4);
        assert_eq!(of("652300", MessageState::Unspecified).await, 4);
        assert_eq!(of("652301", MessageState::Dead).await, 0);
        assert_eq!(of("652302", MessageState::Unspecified).await, 0, "another county");
        assert_eq!(of("652301100", MessageState::Unspecified).await, 0, "a township of it");
        let wrong = ListMessagesRequest {
            state: 9,
            page_token: "eA".to_owned(),
            ..ListMessagesRequest::default()
        };
        let told = run(&fixture.intake, authority("652301"), wrong).await.unwrap_err().to_string();
        assert!(told.contains("state:") && told.contains("page_token:"), "{told}");
    }
}
