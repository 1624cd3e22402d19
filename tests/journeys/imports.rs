//! If the server is killed while a file is coming in, nothing is changed, and the file can be sent
//! again.

use e2e::{citizens::signed, process::Process};
use platform::{
    auth::{Caller, Signer},
    clock::Clock,
    keys::Keys,
    testing::TestPlace,
};
use proto::catalog::v1::{
    GetBaseItemRequest, ImportHeader, ImportRequest, ImportResponse, ImportSummary, TransferFormat,
    TransferKind, catalog_service_client::CatalogServiceClient, import_request::Part,
    import_response, transfer_service_client::TransferServiceClient,
};
use tokio::sync::mpsc::{Sender, channel as pipe};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Code, Status, Streaming, transport::Channel, transport::Endpoint};

use crate::binary::{PINGYI, url};

/// Rows of the file, in chunks of a hundred.
const CHUNKS: usize = 60;
/// How many chunks may wait on the way to the server: with what the network holds, far from all.
const WAITING: usize = 1;

/// A hundred base items, each as long as the network takes many to hold.
fn chunk(n: usize) -> Vec<u8> {
    let basis = "《示例条例》第一条".repeat(140);
    let row = |row: usize| format!("00208{:07},示例事项,20,{basis}\n", n * 100 + row);
    (0..100).map(row).collect::<String>().into_bytes()
}

async fn channel(process: &Process) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
    endpoint.connect().await.unwrap()
}

/// What the server answers, and the way to it: while that is held the file has not ended.
type Sent = (Streaming<ImportResponse>, Sender<ImportRequest>);

/// Sends the file without its last `cut` chunks.
async fn send(channel: &Channel, token: &str, cut: usize) -> Sent {
    let (sender, parts) = pipe(WAITING);
    let header = ImportHeader {
        kind: TransferKind::BaseItems.into(),
        format: TransferFormat::Csv.into(),
        ..ImportHeader::default()
    };
    let mut client = TransferServiceClient::new(channel.clone());
    let answers = client.import(signed(ReceiverStream::new(parts), token));
    let sending = async {
        let part = |part| ImportRequest { part: Some(part) };
        sender.send(part(Part::Header(header))).await.unwrap();
        let columns = b"base_code,name,type,legal_basis\n".to_vec();
        sender.send(part(Part::Chunk(columns))).await.unwrap();
        for n in 0..CHUNKS - cut {
            sender.send(part(Part::Chunk(chunk(n)))).await.unwrap();
        }
        sender
    };
    let (answers, sender) = tokio::join!(answers, sending);
    (answers.unwrap().into_inner(), sender)
}

async fn summary((mut answers, sender): Sent) -> ImportSummary {
    drop(sender);
    let mut summary = None;
    while let Some(answer) = answers.next().await {
        if let Some(import_response::Part::Summary(told)) = answer.unwrap().part {
            summary = Some(told);
        }
    }
    summary.unwrap()
}

async fn first(channel: &Channel) -> Result<(), Status> {
    let request = GetBaseItemRequest { base_code: "002080000000".to_owned(), version: 0, at: None };
    CatalogServiceClient::new(channel.clone()).get_base_item(request).await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread")]
async fn c11_a_server_killed_in_the_middle_of_a_file_has_changed_nothing() {
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let variables = [("PINGYI__DATABASE__URL", database.as_str())];
    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let nation = Caller::Authority { region: "000000".to_owned() };
    let token = Signer::new(&keys, Clock::System).unwrap().token("officer", nation, 600).unwrap();
    let catalog = channel(&process).await;
    // All but the last chunk is with the server, which has written what it could read.
    let unended = send(&catalog, &token, 1).await;
    assert_eq!(first(&catalog).await.unwrap_err().code(), Code::NotFound);
    process.kill();
    drop(unended);

    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let catalog = channel(&process).await;
    assert_eq!(first(&catalog).await.unwrap_err().code(), Code::NotFound);
    let told = summary(send(&catalog, &token, 0).await).await;
    assert_eq!((told.changed, told.applied), (100 * CHUNKS as u64, true));
    first(&catalog).await.unwrap();
    let again = summary(send(&catalog, &token, 0).await).await;
    assert_eq!((again.rows, again.changed), (100 * CHUNKS as u64, 0));
    assert!(process.stop().await, "an orderly end");
}
