use platform::{
    documents::MAX_BYTES,
    facts,
    status::Failure,
    testing::{
        AGENCY,
        documents::{docx, pdf, zip},
        wait::until,
    },
    trouble,
};
use proto::{
    ticketing::v1::{Document, GetTicketRequest, LodgeAppealRequest, Rectification, step::Act},
    r#type::v1::Finding,
};
use sea_orm::ConnectionTrait as _;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    rpc::{
        appeal::lodge_appeal,
        document::testing::{Kept, clerk, header, jpeg, parts},
        testing::{all_wrong, assign, authority, contact, handler, refusal, request_id, verify},
        ticket::get_ticket,
    },
    store::document::MAX_OF_A_TICKET,
};

/// How many documents are on record, and the facts about them.
async fn on_record(kept: &Kept, ticket_id: &str) -> (u64, Vec<DocumentAdded>) {
    let store = &kept.ticketing.store;
    let rows = rows::count(store.read(), of_ticket(ticket_id.parse().unwrap())).await.unwrap();
    let facts = facts::list(store, 0, 1_000).await.unwrap();
    let added = facts.into_iter().filter_map(|fact| match fact.body {
        Some(Body::DocumentAdded(added)) => Some(added),
        _ => None,
    });
    (rows, added.collect())
}

async fn nothing(kept: &Kept, ticket_id: &str) {
    assert_eq!(on_record(kept, ticket_id).await, (0, Vec::new()));
    until("no object is left", async || kept.objects() == 0).await;
}

#[tokio::test]
async fn t14_a_document_is_durable_sealed_and_its_hash_is_in_a_fact_without_its_name() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let bytes = pdf(200_000);
    let asked = header(&ticket_id, "某某的身份证.pdf");
    let added = kept.send(handler(AGENCY), &asked, &bytes).await.unwrap().document.unwrap();
    assert_eq!((added.name.as_str(), added.size), ("某某的身份证.pdf", 200_000));
    assert_eq!(
        (added.media_type.as_str(), added.uploaded_by.as_str()),
        ("application/pdf", "handler")
    );
    let at = kept.ticketing.shell.clock.now();
    assert_eq!(added.uploaded_at, Some(to_wire(at)));
    assert_eq!(kept.get(&added).await.unwrap(), bytes);
    assert_eq!(kept.get_as(authority("652301"), &added).await.unwrap(), bytes);
    let (rows, facts) = on_record(&kept, &ticket_id).await;
    let expected = DocumentAdded {
        document_id: added.document_id.clone(),
        ticket_id: ticket_id.clone(),
        sha256: added.sha256.clone(),
        size: 200_000,
        media_type: "application/pdf".to_owned(),
        at: added.uploaded_at,
    };
    assert_eq!((rows, facts), (1, vec![expected]));
    let row = rows::find(
        kept.ticketing.store.read(),
        of_ticket(ticket_id.parse().unwrap()),
        added.document_id.parse().unwrap(),
    );
    let row = row.await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&row.about).contains("身份证"), "the name is sealed");
    let object = std::fs::read(kept.object(&added.document_id)).unwrap();
    assert!(!object.windows(5).any(|five| five == b"%PDF-"), "and so is the content");
}

#[tokio::test]
async fn t14_what_lies_about_its_type_or_is_of_none_that_is_taken_is_refused_and_leaves_nothing() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let long_page = [page.as_slice(), &vec![b' '; 200_000]].concat();
    let macros = zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]);
    for (name, media_type, bytes, says) in [
        ("照片.jpg", "", page.clone(), "不接受此类文件"),
        ("照片.jpg", "image/jpeg", long_page, "不接受此类文件"),
        ("报告.pdf", "", jpeg(100), "扩展名不符"),
        ("照片.jpg", "application/pdf", jpeg(100), "所称类型不符"),
        ("报告.docx", "", zip(&["a.exe"]), "不接受压缩包"),
        ("报告.docx", "", macros, "带宏"),
        ("空.pdf", "", Vec::new(), "空的"),
    ] {
        let asked =
            DocumentHeader { media_type: media_type.to_owned(), ..header(&ticket_id, name) };
        let told = Status::from(kept.send(handler(AGENCY), &asked, &bytes).await.unwrap_err());
        let details = told.get_error_details();
        let reason = details.error_info().unwrap().reason.as_str();
        assert_eq!(
            (told.code(), reason),
            (Code::InvalidArgument, "DOCUMENT_KIND_REFUSED"),
            "{says}"
        );
        let words = &details.localized_message().unwrap().message;
        assert!(words.contains(says), "{words}");
        nothing(&kept, &ticket_id).await;
    }
    for (name, media_type, bytes, kept_as) in [
        ("截图", "image/jpg", jpeg(100), "截图.jpg"),
        ("../../a.exe", "application/octet-stream", pdf(100), "a.exe.pdf"),
        ("C:\\文件\\报告.docx", "", docx(), "报告.docx"),
    ] {
        let asked =
            DocumentHeader { media_type: media_type.to_owned(), ..header(&ticket_id, name) };
        let added = kept.send(handler(AGENCY), &asked, &bytes).await.unwrap();
        assert_eq!(added.document.unwrap().name, kept_as);
    }
}

#[tokio::test]
async fn t14_a_document_of_twenty_mebibytes_is_taken_and_not_a_byte_more() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let most = usize::try_from(MAX_BYTES).unwrap();
    let told = kept.send(handler(AGENCY), &header(&ticket_id, "大.jpg"), &jpeg(most + 1)).await;
    assert_eq!(refusal(told), (Code::OutOfRange, "DOCUMENT_TOO_LARGE".to_owned()));
    nothing(&kept, &ticket_id).await;
    let added = kept.send(handler(AGENCY), &header(&ticket_id, "大.jpg"), &jpeg(most)).await;
    let added = added.unwrap().document.unwrap();
    assert!(kept.get(&added).await.unwrap() == jpeg(most));
}

#[tokio::test]
async fn t14_the_same_request_is_one_document_whatever_is_away_and_another_is_refused() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let asked = header(&ticket_id, "证据.jpg");
    let first = kept.send(handler(AGENCY), &asked, &jpeg(100)).await.unwrap();
    assert_eq!(kept.send(handler(AGENCY), &asked, &jpeg(100)).await.unwrap(), first);
    kept.store_is(false);
    assert_eq!(kept.send(handler(AGENCY), &asked, &jpeg(100)).await.unwrap(), first);
    kept.store_is(true);
    let reused = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned());
    let other = kept.send(handler(AGENCY), &asked, &jpeg(101)).await;
    assert_eq!(refusal(other), reused);
    let renamed = DocumentHeader { name: "别的.jpg".to_owned(), ..asked.clone() };
    assert_eq!(refusal(kept.send(handler(AGENCY), &renamed, &jpeg(100)).await), reused);
    assert_eq!((on_record(&kept, &ticket_id).await.0, kept.objects()), (1, 1));
    // The id counts for each caller.
    let second = kept.send(authority("652301"), &asked, &jpeg(100)).await.unwrap();
    assert_ne!(second, first);
}

#[tokio::test]
async fn t14_two_of_the_same_request_at_once_are_one_document_and_one_object() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let asked = header(&ticket_id, "证据.jpg");
    let bytes = jpeg(100_000);
    let send = || kept.send(handler(AGENCY), &asked, &bytes);
    let (one, two) = tokio::join!(send(), send());
    assert_eq!(one.unwrap(), two.unwrap());
    let (rows, facts) = on_record(&kept, &ticket_id).await;
    assert_eq!((rows, facts.len()), (1, 1));
    assert_eq!(kept.objects(), 1);
}

#[tokio::test]
async fn t14_a_ticket_has_fifty_documents_and_two_at_once_do_not_make_fifty_one() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let txn = kept.ticketing.store.begin().await.unwrap();
    for n in 1..MAX_OF_A_TICKET {
        let row = Row {
            id: Uuid::from_u128(n.into()),
            media_type: "image/jpeg".to_owned(),
            size: 1,
            sha256: vec![0; 32],
            uploaded_at: 0,
            about: Vec::new(),
            data_key: Vec::new(),
        };
        rows::add(&txn, of_ticket(ticket_id.parse().unwrap()), row).await.unwrap();
    }
    txn.commit().await.unwrap();
    let (one, two) = tokio::join!(kept.add(&ticket_id, "一.jpg"), kept.add(&ticket_id, "二.jpg"));
    let (added, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    let many = (Code::FailedPrecondition, "TOO_MANY_DOCUMENTS".to_owned());
    assert!(added.is_ok());
    assert_eq!(refusal(refused), many);
    assert_eq!(refusal(kept.add(&ticket_id, "三.jpg").await), many);
    assert_eq!(on_record(&kept, &ticket_id).await.0, MAX_OF_A_TICKET);
    assert_eq!(kept.objects(), 1, "the refused one leaves nothing");
    let other = kept.fixture.ticket().await;
    assert!(kept.add(&other, "一.jpg").await.is_ok(), "each ticket for itself");
}

#[tokio::test]
async fn t14_while_the_store_of_documents_is_away_nothing_is_half_and_the_same_request_works_later()
{
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let asked = header(&ticket_id, "证据.jpg");
    kept.store_is(false);
    let told = Status::from(kept.send(handler(AGENCY), &asked, &jpeg(100)).await.unwrap_err());
    let details = told.get_error_details();
    assert_eq!(told.code(), Code::Unavailable);
    assert_eq!(details.error_info().unwrap().reason, "DOCUMENT_STORE_AWAY");
    assert!(details.retry_info().is_some());
    let troubles = || kept.ticketing.store.troubles().now();
    assert_eq!(troubles()[0].kind, trouble::Kind::Documents);
    kept.store_is(true);
    nothing(&kept, &ticket_id).await;
    kept.send(handler(AGENCY), &asked, &jpeg(100)).await.unwrap();
    assert!(troubles().is_empty(), "it is over");
    // Nothing configured is no trouble that ends by itself.
    let none = kept.fixture.ticketing.clone();
    let parts =
        tokio_stream::iter(parts(&header(&ticket_id, "a.jpg"), &jpeg(9)).into_iter().map(Ok));
    let told = refusal(run(&none, handler(AGENCY), parts).await);
    assert_eq!(told, (Code::FailedPrecondition, "DOCUMENTS_NOT_KEPT".to_owned()));
}

#[tokio::test]
async fn t14_between_object_and_row_a_crash_leaves_no_document_and_the_sweep_takes_the_object() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let asked = header(&ticket_id, "证据.jpg");
    let write = kept.ticketing.store.write();
    write.execute_unprepared("ALTER TABLE fact RENAME TO away").await.unwrap();
    assert!(kept.send(handler(AGENCY), &asked, &jpeg(100)).await.is_err());
    write.execute_unprepared("ALTER TABLE away RENAME TO fact").await.unwrap();
    assert_eq!((on_record(&kept, &ticket_id).await.0, kept.objects()), (0, 1));
    let added = kept.send(handler(AGENCY), &asked, &jpeg(100)).await.unwrap().document.unwrap();
    assert_eq!((on_record(&kept, &ticket_id).await.0, kept.objects()), (1, 2));
    kept.fixture.at("2100-01-01T00:00:00Z");
    assert_eq!(kept.ticketing.shelf().sweep().await.unwrap(), 1);
    assert_eq!(kept.get(&added).await.unwrap(), jpeg(100));
}

#[tokio::test]
async fn t14_a_caller_that_goes_in_the_middle_leaves_nothing() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    let whole = parts(&header(&ticket_id, "证据.jpg"), &jpeg(8 << 20));
    let broken = Status::cancelled("gone");
    let half = whole.iter().take(100).cloned().map(Ok).chain([Err(broken)]);
    let told = run(&kept.ticketing, handler(AGENCY), tokio_stream::iter(half)).await.unwrap_err();
    assert_eq!(Status::from(told).code(), Code::Cancelled);
    nothing(&kept, &ticket_id).await;
    let pending =
        tokio_stream::iter(whole.into_iter().take(100).map(Ok)).chain(tokio_stream::pending());
    let mut call = Box::pin(run(&kept.ticketing, handler(AGENCY), pending));
    let begun = until("it comes in", async || {
        let waiting = std::future::poll_fn(|task| {
            std::task::Poll::Ready(call.as_mut().poll(task).is_pending())
        });
        waiting.await && kept.objects() == 1
    });
    begun.await;
    drop(call);
    nothing(&kept, &ticket_id).await;
}

#[tokio::test]
async fn t14_s02_only_who_reaches_a_ticket_adds_to_it_and_whom_it_is_about_may_too() {
    let kept = Kept::new().await;
    let ticket_id = kept.fixture.ticket().await;
    kept.rated_too(&ticket_id, "652301-s07").await;
    let asked = header(&ticket_id, "证据.jpg");
    for (caller, code, reason) in [
        (handler("652301-a04"), Code::NotFound, "TICKET_NOT_FOUND"),
        (authority("650000"), Code::NotFound, "TICKET_NOT_FOUND"),
    ] {
        let told = refusal(kept.send(caller, &asked, &jpeg(100)).await);
        assert_eq!(told, (code, reason.to_owned()));
    }
    nothing(&kept, &ticket_id).await;
    for staff in ["652301-s08", "652301-s07"] {
        kept.send(clerk(staff), &header(&ticket_id, "证据.jpg"), &jpeg(100)).await.unwrap();
    }
}

#[tokio::test]
async fn t14_s02_a_step_and_an_appeal_name_documents_of_their_own_ticket_alone() {
    let kept = Kept::new().await;
    let (ticket_id, other) = (kept.fixture.ticket().await, kept.fixture.ticket().await);
    let own = kept.add(&ticket_id, "证据.jpg").await.unwrap().document_id;
    let strange = kept.add(&other, "证据.jpg").await.unwrap().document_id;
    kept.rated_too(&ticket_id, "652301-s07").await;
    let verified = vec![assign(), contact(), verify(Finding::Clear)];
    kept.fixture.steps(&ticket_id, verified).await;
    let rectify = |id: &str| {
        let document_ids = vec![own.clone(), id.to_owned()];
        let measures = "示例整改措施".to_owned();
        Act::Rectification(Rectification { measures, document_ids, ..Rectification::default() })
    };
    let refused = kept.fixture.step(&ticket_id, rectify(&strange)).await.unwrap_err();
    let wrong = all_wrong(&refused);
    assert_eq!(wrong, "rectification.document_ids[1]: is no document of this ticket");
    let second = kept.add(&ticket_id, "证据二.jpg").await.unwrap().document_id;
    kept.fixture.step(&ticket_id, rectify(&second)).await.unwrap();
    let rating_id = rating_of(&kept, &ticket_id).await;
    let appeal = |id: &str| LodgeAppealRequest {
        request_id: request_id(),
        rating_id: rating_id.clone(),
        staff_id: "652301-s07".to_owned(),
        statement: "示例：评价人点错了等级".to_owned(),
        document_ids: vec![id.to_owned()],
    };
    let call = |request| lodge_appeal::run(&kept.ticketing, handler(AGENCY), request);
    let refused = Status::from(call(appeal(&strange)).await.unwrap_err());
    assert_eq!(all_wrong(&refused), "document_ids[0]: is no document of this ticket");
}

async fn rating_of(kept: &Kept, ticket_id: &str) -> String {
    let request = GetTicketRequest { ticket_id: ticket_id.to_owned(), before_step: 0 };
    let read = get_ticket::run(&kept.ticketing, handler(AGENCY), request).await.unwrap();
    read.ticket.unwrap().rating_ids.pop().unwrap()
}

#[tokio::test]
async fn t14_everything_wrong_with_a_header_is_named_at_once_and_what_comes_after_it_is_bytes() {
    let kept = Kept::new().await;
    let empty = DocumentHeader { media_type: "x".repeat(101), ..DocumentHeader::default() };
    let told = kept.send(handler(AGENCY), &empty, b"").await.unwrap_err();
    let Error::Failure(Failure::Invalid(wrong)) = told else { panic!("{told:?}") };
    let fields: Vec<&str> = wrong.0.iter().map(|wrong| wrong.field.as_str()).collect();
    let all = ["header.ticket_id", "header.request_id", "header.name", "header.media_type"];
    assert_eq!(fields, all);
    let asked = header(&kept.fixture.ticket().await, "a.jpg");
    let chunk = parts(&asked, b"x").pop();
    let twice = [parts(&asked, b"").pop(), parts(&asked, b"").pop()];
    for parts in [vec![], vec![chunk], vec![None], twice.to_vec()] {
        let parts = parts.into_iter().map(|part| Ok(part.unwrap_or_default()));
        let told = run(&kept.ticketing, handler(AGENCY), tokio_stream::iter(parts)).await;
        assert_eq!(refusal(told), (Code::InvalidArgument, "MALFORMED".to_owned()));
    }
}

#[tokio::test]
async fn t14_of_the_documents_that_a_step_names_those_of_another_ticket_or_erased_are_missing() {
    let kept = Kept::new().await;
    let (ticket_id, other) = (kept.fixture.ticket().await, kept.fixture.ticket().await);
    let id = |document: Document| document.document_id.parse::<Uuid>().unwrap();
    let own = id(kept.add(&ticket_id, "一.jpg").await.unwrap());
    let erased = id(kept.add(&ticket_id, "二.jpg").await.unwrap());
    let others = id(kept.add(&other, "三.jpg").await.unwrap());
    let store = &kept.ticketing.store;
    rows::erase(store.write(), erased).await.unwrap();
    let txn = store.begin().await.unwrap();
    let ids = [others, own, Uuid::nil(), erased];
    let missing = rows::missing(&txn, of_ticket(ticket_id.parse().unwrap()), &ids);
    assert_eq!(missing.await.unwrap(), [others, Uuid::nil(), erased]);
}
