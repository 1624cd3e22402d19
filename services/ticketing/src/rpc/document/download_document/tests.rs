use platform::{
    crypto::{Sealer, SealingKeys, Suite},
    reseal::reseal,
    testing::AGENCY,
};
use proto::ticketing::v1::Document;
use tonic::Code;

use super::*;
use crate::{
    jobs::reseal::COLUMNS,
    rpc::{
        document::testing::{Kept, clerk, header, jpeg},
        testing::{authority, handler, refusal},
    },
};

async fn large(kept: &Kept) -> Document {
    let ticket_id = kept.fixture.ticket().await;
    let asked = header(&ticket_id, "现场.jpg");
    let added = kept.send(handler(AGENCY), &asked, &jpeg(500_000)).await.unwrap();
    added.document.unwrap()
}

#[tokio::test]
async fn t14_an_object_that_is_not_what_was_written_is_never_given_as_the_document() {
    let kept = Kept::new().await;
    let document = large(&kept).await;
    let object = kept.object(&document.document_id);
    let whole = std::fs::read(&object).unwrap();
    let damaged = (Code::DataLoss, "DOCUMENT_DAMAGED".to_owned());
    let mut late = whole.clone();
    *late.last_mut().unwrap() ^= 1;
    let mut early = whole.clone();
    early[0] ^= 1;
    for wrong in [late, early, whole[..whole.len() - 9].to_vec(), Vec::new()] {
        std::fs::write(&object, wrong).unwrap();
        assert_eq!(refusal(kept.get(&document).await), damaged);
    }
    std::fs::write(&object, &whole).unwrap();
    assert_eq!(kept.get(&document).await.unwrap(), jpeg(500_000));
    let other = large(&kept).await;
    std::fs::copy(kept.object(&other.document_id), &object).unwrap();
    assert_eq!(refusal(kept.get(&document).await), damaged);
    std::fs::remove_file(&object).unwrap();
    assert_eq!(refusal(kept.get(&document).await), damaged);
}

#[tokio::test]
async fn t14_a_document_is_read_by_who_handles_its_ticket_and_never_by_whom_it_is_about() {
    let kept = Kept::new().await;
    let document = large(&kept).await;
    kept.rated_too(&document.ticket_id, "652301-s07").await;
    for (caller, code, reason) in [
        (handler("652301-a04"), Code::NotFound, "TICKET_NOT_FOUND"),
        (authority("650000"), Code::NotFound, "TICKET_NOT_FOUND"),
        (clerk("652301-s07"), Code::PermissionDenied, "RATED_STAFF_MEMBER"),
    ] {
        let told = refusal(kept.get_as(caller, &document).await);
        assert_eq!(told, (code, reason.to_owned()));
    }
    let unknown = (Code::NotFound, "DOCUMENT_NOT_FOUND".to_owned());
    let nowhere = Document { document_id: Uuid::nil().to_string(), ..document.clone() };
    assert_eq!(refusal(kept.get(&nowhere).await), unknown);
    let other = kept.fixture.ticket().await;
    let elsewhere = Document { ticket_id: other, ..document };
    assert_eq!(refusal(kept.get(&elsewhere).await), unknown, "through a ticket it is not of");
    let malformed = DownloadDocumentRequest::default();
    let told = run(&kept.ticketing, handler(AGENCY), malformed).await.err().unwrap().to_string();
    assert!(told.contains("ticket_id") && told.contains("document_id"), "{told}");
}

#[tokio::test]
async fn t14_a_document_is_read_after_a_change_of_keys_without_its_object_being_written() {
    let mut kept = Kept::new().await;
    let sealer = |suite, numbers: &[u8]| {
        let keys = numbers.iter().map(|number| (*number, [*number; 32])).collect();
        Sealer::new(&SealingKeys { suite, keys })
    };
    kept.ticketing.shell.sealer = sealer(Suite::Aes256Gcm, &[1]);
    let document = large(&kept).await;
    let object = std::fs::read(kept.object(&document.document_id)).unwrap();
    let columns = COLUMNS.into_iter().filter(|column| column.table == "document");
    let columns: Vec<_> = columns.collect();
    assert_eq!(columns.len(), 2);
    let both = sealer(Suite::Sm4Gcm, &[1, 2]);
    for (_, count) in reseal(&kept.ticketing.store, &both, &columns).await.unwrap() {
        assert_eq!((count.resealed, count.missed), (1, 0));
    }
    kept.ticketing.shell.sealer = sealer(Suite::Sm4Gcm, &[2]);
    assert_eq!(kept.get(&document).await.unwrap(), jpeg(500_000));
    assert_eq!(std::fs::read(kept.object(&document.document_id)).unwrap(), object);
}
