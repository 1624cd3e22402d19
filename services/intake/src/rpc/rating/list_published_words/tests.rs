use std::collections::BTreeSet;

use platform::{
    database::many,
    facts::consume::Consumer as _,
    testing::{AGENCY, REGION, nobody},
};
use proto::{
    fact::v1::{
        Fact, RatingExcluded, RatingReinstated, RatingTextReviewed, RatingWordsRead, TicketOpened,
        fact::Body,
    },
    intake::v1::PersonalMark,
    r#type::v1::{Level, ServiceAct, TicketState},
};

use super::*;
use crate::rpc::{
    rating::submit_rating,
    testing::{Fixture, named, rater, rating_request},
};

/// Somebody rates with these words; returns the rating's id.
async fn write(fixture: &Fixture, token: &str, text: &str, private: bool) -> String {
    let mut request = rating_request(token, Level::VeryDissatisfied);
    (request.text, request.private) = (text.to_owned(), private);
    submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap().rating_id
}

/// Ticketing tells this, as its fact at a position; returns the words that publication is told.
async fn told(fixture: &Fixture, position: u64, body: Body) -> Vec<Vec<String>> {
    let fact = Fact {
        position,
        fact_id: Uuid::from_u128(position.into()).to_string(),
        producer: "ticketing".to_owned(),
        body: Some(body),
        ..Fact::default()
    };
    let txn = fixture.intake.store.begin().await.unwrap();
    let applied = fixture.intake.consumer().apply(&txn, &[fact]).await.unwrap();
    txn.commit().await.unwrap();
    assert!(applied.left.is_empty());
    applied.told.into_iter().map(|(_, body)| words(body)).collect()
}

fn words(body: Body) -> Vec<String> {
    let Body::RatingWordsRead(RatingWordsRead { words, .. }) = body else {
        panic!("{body:?}");
    };
    words
}

fn reviewed(rating_id: &str, accepted: bool, by_silence: bool) -> Body {
    let rating_id = rating_id.to_owned();
    Body::RatingTextReviewed(RatingTextReviewed { rating_id, accepted, by_silence, at: None })
}

async fn list(fixture: &Fixture, agency: &str) -> Vec<PublishedWords> {
    let mut request = ListPublishedWordsRequest {
        region_code: REGION.to_owned(),
        agency_id: agency.to_owned(),
        page_size: 1,
        ..ListPublishedWordsRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = run(&fixture.intake, nobody(), request.clone()).await.unwrap();
        listed.extend(page.words);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return listed;
        }
    }
}

/// What everybody reads, in the order of its words.
async fn texts(fixture: &Fixture) -> Vec<String> {
    let texts = list(fixture, "").await.into_iter().map(|words| words.text);
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

#[tokio::test]
async fn p05_t08_words_are_open_after_a_review_or_when_its_time_lapsed_and_never_before() {
    let fixture = Fixture::new().await;
    let mut ids = Vec::new();
    for text in ["等了三个小时", "材料跑了两趟", "态度差", "还没有审核"] {
        let token = fixture.invitation().await;
        ids.push(write(&fixture, &token, text, false).await);
    }
    assert_eq!(texts(&fixture).await, [""; 0]);
    told(&fixture, 1, reviewed(&ids[0], true, false)).await;
    told(&fixture, 2, reviewed(&ids[1], true, true)).await;
    told(&fixture, 3, reviewed(&ids[2], false, false)).await;
    assert_eq!(texts(&fixture).await, ["材料跑了两趟", "等了三个小时"], "not what was refused");
    let listed = list(&fixture, AGENCY).await;
    let silent = listed.iter().filter(|words| words.by_silence).map(|words| words.text.as_str());
    assert_eq!(silent.collect::<Vec<_>>(), ["材料跑了两趟"]);
    let order: Vec<&str> = listed.iter().map(|words| words.published_id.as_str()).collect();
    assert!(order.is_sorted_by(|one, other| one > other), "not as they were given or decided");
    for words in &listed {
        assert!(words.withheld.is_none() && words.found.is_empty());
        assert!(!ids.contains(&words.published_id));
        assert_eq!((words.level(), words.day.as_str()), (Level::VeryDissatisfied, "2026-03-02"));
    }
    assert_eq!(list(&fixture, "652301-a99").await, []);
    // A later verdict counts, and what is excluded is not shown while it is.
    told(&fixture, 4, reviewed(&ids[1], false, false)).await;
    assert_eq!(texts(&fixture).await, ["等了三个小时"]);
    let (rating_id, exclusion_id) = (ids[0].clone(), Uuid::nil().to_string());
    let excluded = RatingExcluded { rating_id: rating_id.clone(), ..RatingExcluded::default() };
    told(&fixture, 5, Body::RatingExcluded(excluded)).await;
    assert_eq!(texts(&fixture).await, [""; 0]);
    let again = RatingReinstated { exclusion_id, rating_id, ..RatingReinstated::default() };
    told(&fixture, 6, Body::RatingReinstated(again)).await;
    assert_eq!(texts(&fixture).await, ["等了三个小时"]);
}

#[tokio::test]
async fn p05_s01_words_that_lead_to_a_person_are_withheld_whole_with_the_kind_and_the_ground() {
    let fixture = Fixture::new().await;
    for (n, (text, by_silence, mark)) in (1..).zip([
        ("请打138 0000 8000找我", false, Some(PersonalMark::Mobile)),
        ("身份证11010519491231002X也要复印", true, Some(PersonalMark::IdNumber)),
        ("王科长让我等了一天", true, Some(PersonalMark::Name)),
        ("李晓明让我等了一天", false, Some(PersonalMark::Name)),
        ("让我等了一天", true, None),
    ]) {
        let token = fixture.invitation().await;
        let id = write(&fixture, &token, text, false).await;
        let said = told(&fixture, n, reviewed(&id, true, by_silence)).await;
        assert!(mark.is_none() || said.is_empty(), "publication is told no word of it: {said:?}");
        let id = fixture.intake.shell.salts.published_as(id.parse().unwrap()).to_string();
        let listed = list(&fixture, "").await;
        let listed = listed.into_iter().find(|words| words.published_id == id).unwrap();
        assert_eq!(listed.text, if mark.is_none() { text } else { "" }, "{text} {by_silence}");
        assert_eq!(listed.found().collect::<Vec<_>>(), Vec::from_iter(mark), "{text}");
        let ground = listed.withheld.map(|why| (why.ground(), why.clause.contains("第十五条")));
        let expected = mark.map(|_| (WithheldGround::PersonalPrivacy, true));
        assert_eq!(ground, expected, "{text}");
    }
}

#[tokio::test]
async fn p05_i14_words_of_a_private_rating_or_beside_one_or_that_stand_no_more_are_not_shown() {
    let fixture = Fixture::new().await;
    let tokens = [fixture.invitation().await, fixture.invitation().await];
    let private = write(&fixture, &tokens[0], "态度不要公开", true).await;
    assert_eq!(told(&fixture, 1, reviewed(&private, true, false)).await, [[""; 0]; 0]);
    assert_eq!(texts(&fixture).await, [""; 0]);
    let first = write(&fixture, &tokens[1], "第一次说的", false).await;
    told(&fixture, 2, reviewed(&first, true, false)).await;
    assert_eq!(texts(&fixture).await, ["第一次说的"]);
    fixture.on_march(3);
    let second = write(&fixture, &tokens[1], "后来说的", false).await;
    told(&fixture, 3, reviewed(&second, true, false)).await;
    assert_eq!(texts(&fixture).await, ["后来说的"]);
    fixture.on_march(4);
    write(&fixture, &tokens[1], "这次不公开", true).await;
    assert_eq!(texts(&fixture).await, [""; 0], "nothing of the act is shown singly any more");
}

#[tokio::test]
async fn p05_i09_p04_where_the_last_rating_is_excluded_the_words_of_the_one_before_it_are_shown() {
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    let first = write(&fixture, &token, "第一次说的", false).await;
    fixture.on_march(3);
    let second = write(&fixture, &token, "后来说的", false).await;
    for (n, id) in (1..).zip([&first, &second]) {
        told(&fixture, n, reviewed(id, true, false)).await;
    }
    assert_eq!(texts(&fixture).await, ["后来说的"]);
    let excluded = |rating_id: &str| {
        let rating_id = rating_id.to_owned();
        Body::RatingExcluded(RatingExcluded { rating_id, ..RatingExcluded::default() })
    };
    told(&fixture, 3, excluded(&second)).await;
    assert_eq!(texts(&fixture).await, ["第一次说的"], "it stands for the act, as in the figures");
    told(&fixture, 4, excluded(&first)).await;
    assert_eq!(texts(&fixture).await, [""; 0]);
    let rating_id = second.clone();
    let again = RatingReinstated { rating_id, ..RatingReinstated::default() };
    told(&fixture, 5, Body::RatingReinstated(again)).await;
    assert_eq!(texts(&fixture).await, ["后来说的"]);
}

#[tokio::test]
async fn p05_t08_where_the_policy_has_no_review_of_words_the_answer_says_why_none_is_shown() {
    for (profile, ground) in
        [("changji-2020", Some(WithheldGround::NotReviewed)), ("guangxi-2019", None)]
    {
        let fixture = Fixture::under(profile).await;
        let region_code = REGION.to_owned();
        let request = ListPublishedWordsRequest { region_code, ..Default::default() };
        let answer = run(&fixture.intake, nobody(), request).await.unwrap();
        assert!(answer.words.is_empty());
        assert_eq!(answer.withheld.as_ref().map(Withheld::ground), ground, "{profile}");
        let names_it = |why: Withheld| why.clause.contains("第十七条");
        assert!(answer.withheld.is_none_or(names_it), "{profile}");
    }
}

#[tokio::test]
async fn p05_p08_words_stand_beside_what_became_of_them() {
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    let id = write(&fixture, &token, "等了三个小时", false).await;
    told(&fixture, 1, reviewed(&id, true, false)).await;
    assert_eq!(list(&fixture, "").await[0].state(), TicketState::Unspecified);
    let read = fixture.intake.store.read();
    let rating = many::by_id::<rating::Entity>(read, [id.parse().unwrap()]).await.unwrap();
    let act = ServiceAct { act_id: rating[0].act_id.to_string(), ..ServiceAct::default() };
    let opened = TicketOpened {
        ticket_id: Uuid::from_u128(9).to_string(),
        rating_id: id,
        act: Some(act),
        opened_at: Some(platform::convert::to_wire(fixture.intake.shell.clock.now())),
        ..TicketOpened::default()
    };
    told(&fixture, 2, Body::TicketOpened(opened)).await;
    assert_eq!(list(&fixture, "").await[0].state(), TicketState::Opened);
}

#[tokio::test]
async fn p09_publication_is_told_the_common_words_of_a_shown_text_and_when_they_are_none_any_more()
{
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    let id = write(&fixture, &token, "窗口态度差，材料退了3次", false).await;
    let said = told(&fixture, 1, reviewed(&id, true, true)).await;
    assert_eq!(said, [["态度", "材料", "窗口"]], "not the text");
    assert_eq!(told(&fixture, 2, reviewed(&id, false, false)).await, [[""; 0]], "taken back");
    assert_eq!(told(&fixture, 4, reviewed(&id, false, false)).await, [[""; 0]; 0], "once");
    let late = told(&fixture, 3, reviewed(&id, true, false)).await;
    assert_eq!(late, [[""; 0]; 0], "an earlier verdict that was set aside comes too late");
    assert_eq!(texts(&fixture).await, [""; 0]);
}

#[tokio::test]
async fn p05_p09_what_another_history_decided_about_words_is_taken_back() {
    let fixture = Fixture::new().await;
    let token = fixture.invitation().await;
    let id = write(&fixture, &token, "窗口等了三个小时", false).await;
    let excluded = RatingExcluded { rating_id: id.clone(), ..RatingExcluded::default() };
    told(&fixture, 3, Body::RatingExcluded(excluded)).await;
    told(&fixture, 7, reviewed(&id, true, false)).await;
    let (consumer, store) = (fixture.intake.consumer(), &fixture.intake.store);
    let last = consumer.last_trace(store, "ticketing", i64::MAX).await.unwrap().unwrap();
    assert_eq!((last.position, last.fact_id), (7, Uuid::from_u128(7)));
    let txn = store.begin().await.unwrap();
    let forgotten = consumer.forget(&txn, "ticketing", 5).await.unwrap();
    txn.commit().await.unwrap();
    assert!(forgotten.words.iter().any(|said| said.contains("words of 1 ratings")));
    let said: Vec<_> = forgotten.told.into_iter().map(words).collect();
    assert_eq!(said, [[""; 0]], "publication takes its words back, too");
    let fact = Fact { body: Some(reviewed(&id, true, false)), ..Fact::default() };
    assert!(consumer.concerns(&fact, &forgotten.subjects), "what is left is applied again");
    assert_eq!(texts(&fixture).await, [""; 0]);
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let request = ListPublishedWordsRequest {
        page_token: "eA".to_owned(),
        agency_id: "a b".to_owned(),
        ..ListPublishedWordsRequest::default()
    };
    let refused = run(&fixture.intake, nobody(), request).await.unwrap_err();
    assert_eq!(named(refused), ["region_code", "agency_id", "page_token"]);
}
