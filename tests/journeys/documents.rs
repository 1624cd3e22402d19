//! A document on its way over a real socket: in, and out again.

use e2e::{
    citizens::{Citizens, rating, signed},
    deployment::Deployment,
};
use pingyi::roles::Role;
use platform::testing::wait::until;
use proto::{
    ticketing::v1::{
        Document, DocumentHeader, DownloadDocumentRequest, ListTicketsRequest,
        UploadDocumentRequest, document_service_client::DocumentServiceClient,
        download_document_response, ticket_service_client::TicketServiceClient,
        upload_document_request::Part,
    },
    r#type::v1::Level,
};
use tonic::{Code, Status, transport::Channel};

fn parts(ticket_id: &str, content: &[u8], step: usize) -> Vec<UploadDocumentRequest> {
    let header = Part::Header(DocumentHeader {
        request_id: platform::clock::Clock::System.new_id().to_string(),
        ticket_id: ticket_id.to_owned(),
        name: "现场照片.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
    });
    let chunks = content.chunks(step).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts = [header].into_iter().chain(chunks);
    parts.map(|part| UploadDocumentRequest { part: Some(part) }).collect()
}

async fn upload(
    channel: &Channel,
    token: &str,
    parts: Vec<UploadDocumentRequest>,
) -> Result<Document, Status> {
    let request = signed(tokio_stream::iter(parts), token);
    let added = DocumentServiceClient::new(channel.clone()).upload_document(request).await?;
    Ok(added.into_inner().document.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_evidence_goes_in_and_comes_out_over_the_wire() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let request = rating(&citizens.invitation().await, Level::VeryDissatisfied);
    citizens.rate(request).await.unwrap();
    let channel = deployment.channel(Role::Ticketing);
    let token = deployment.tokens.authority().unwrap();
    let mut ticket_id = String::new();
    let mut tickets = TicketServiceClient::new(channel.clone());
    until("there is a ticket", async || {
        let listed = tickets.list_tickets(signed(ListTicketsRequest::default(), &token)).await;
        let listed = listed.unwrap().into_inner().tickets;
        ticket_id = listed.into_iter().next().map(|ticket| ticket.ticket_id).unwrap_or_default();
        !ticket_id.is_empty()
    })
    .await;

    let content = platform::testing::documents::jpeg(3 << 20);
    let too_long = upload(&channel, &token, parts(&ticket_id, &content, 128 << 10)).await;
    assert_eq!(too_long.unwrap_err().code(), Code::OutOfRange, "a piece is 64 KiB");
    let added = upload(&channel, &token, parts(&ticket_id, &content, 64 << 10)).await.unwrap();
    let wanted = DownloadDocumentRequest {
        ticket_id: ticket_id.clone(),
        document_id: added.document_id.clone(),
    };
    let mut documents = DocumentServiceClient::new(channel.clone());
    let answers = documents.download_document(signed(wanted, &token)).await.unwrap();
    let (mut answers, mut came, mut header) = (answers.into_inner(), Vec::new(), None);
    while let Some(answer) = answers.message().await.unwrap() {
        match answer.part.unwrap() {
            download_document_response::Part::Document(document) => header = Some(document),
            download_document_response::Part::Chunk(chunk) => came.extend(chunk),
        }
    }
    assert_eq!(header, Some(added));
    assert!(came == content);
    deployment.end().await;
}
