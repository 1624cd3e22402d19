use platform::testing::{REGION, STAFF};
use tonic::Code;

use super::*;
use crate::rpc::{
    attachment::testing::{Kept, clerk},
    testing::{authority, named, refusal},
};

#[tokio::test]
async fn i16_i18_attachments_are_listed_in_pages_the_oldest_first_for_their_region() {
    let kept = Kept::new().await;
    let intake = &kept.fixture.intake;
    let other = kept.survey().await;
    for subject in [kept.form().await, kept.survey().await, kept.assessment().await] {
        for n in 0..5 {
            intake.shell.clock.set(format!("2026-03-02T02:00:0{n}Z").parse().unwrap());
            kept.add(&subject, &format!("材料{n}.jpg")).await.unwrap();
        }
        kept.add(&other, "别的.jpg").await.unwrap();
        let list = async |caller, page_token: &str| {
            let (page_size, page_token) = (2, page_token.to_owned());
            let subject = Some(subject.clone());
            run(intake, caller, ListAttachmentsRequest { subject, page_size, page_token }).await
        };
        let (mut names, mut token) = (Vec::new(), String::new());
        loop {
            let page = list(authority(REGION), &token).await.unwrap();
            assert!(page.attachments.len() <= 2);
            names.extend(page.attachments.into_iter().map(|attachment| attachment.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let all: Vec<String> = (0..5).map(|n| format!("材料{n}.jpg")).collect();
        assert_eq!(names, all);
        let stranger = list(authority("652302"), "").await.unwrap_err();
        assert_eq!(refusal(stranger).0, Code::NotFound);
    }
    let form = ListAttachmentsRequest { subject: Some(kept.form().await), ..Default::default() };
    let told = refusal(run(intake, clerk(STAFF), form).await.unwrap_err());
    assert_eq!(told, (Code::FailedPrecondition, "RATED_STAFF_MEMBER".to_owned()));
    let wrong = ListAttachmentsRequest { page_token: "x".to_owned(), ..Default::default() };
    let told = run(intake, authority(REGION), wrong).await.unwrap_err();
    assert_eq!(named(told), ["subject", "page_token"]);
}
