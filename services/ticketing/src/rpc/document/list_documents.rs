//! Lists the documents of a ticket (T14).

use domain::violation::Violations;
use platform::{auth::Officer, documents::rows, page::Page};
use proto::ticketing::v1::{ListDocumentsRequest, ListDocumentsResponse};
use uuid::Uuid;

use crate::{
    app::document::may_handle, convert::document::document_to_wire, error::Error, state::Ticketing,
    store::document::of_ticket,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListDocumentsRequest,
) -> Result<ListDocumentsResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.ticket_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("ticket_id", id).unwrap_or_default();
    let page = Page::read(&mut wrong, "ListDocuments", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    may_handle(read, &caller, id).await?;
    let mut documents = Vec::new();
    for row in rows::list(read, of_ticket(id), page.after, page.read_size()).await? {
        let known = row.known(&ticketing.shell.sealer)?;
        documents.push(((row.uploaded_at, row.id), document_to_wire(known, id)));
    }
    let (documents, next_page_token) = page.cut_to_answer(documents);
    Ok(ListDocumentsResponse { documents, next_page_token })
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        document::testing::{Kept, clerk},
        testing::{authority, handler, refusal},
    };

    #[tokio::test]
    async fn t14_the_documents_of_a_ticket_are_listed_in_pages_for_those_who_handle_it() {
        let kept = Kept::new().await;
        let (ticket_id, other) = (kept.fixture.ticket().await, kept.fixture.ticket().await);
        for n in 0..5 {
            kept.fixture.at(&format!("2026-03-02T01:00:0{n}Z"));
            kept.add(&ticket_id, &format!("证据{n}.jpg")).await.unwrap();
        }
        kept.add(&other, "别的.jpg").await.unwrap();
        let list = async |caller, page_token: &str| {
            let (page_size, page_token) = (2, page_token.to_owned());
            let request =
                ListDocumentsRequest { ticket_id: ticket_id.clone(), page_size, page_token };
            run(&kept.ticketing, caller, request).await
        };
        let (mut names, mut token) = (Vec::new(), String::new());
        loop {
            let page = list(handler("652301-a03"), &token).await.unwrap();
            names.extend(page.documents.into_iter().map(|document| document.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let all: Vec<String> = (0..5).map(|n| format!("证据{n}.jpg")).collect();
        assert_eq!(names, all);
        assert_eq!(list(authority("652301"), "").await.unwrap().documents.len(), 2);
        for stranger in [handler("652301-a04"), authority("650000")] {
            let told = refusal(list(stranger, "").await);
            assert_eq!(told, (Code::NotFound, "TICKET_NOT_FOUND".to_owned()));
        }
        kept.rated_too(&ticket_id, "652301-s07").await;
        let told = refusal(list(clerk("652301-s07"), "").await);
        assert_eq!(told, (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned()));
        let wrong = ListDocumentsRequest { ticket_id: "x".to_owned(), ..Default::default() };
        let told = run(&kept.ticketing, handler("652301-a03"), wrong).await.unwrap_err();
        assert!(told.to_string().contains("ticket_id:"), "{told}");
    }
}
