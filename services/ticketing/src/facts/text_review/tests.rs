//! Which ratings have a review of their words, and that one of another history is taken back.

use platform::facts::consume::Consumer as _;
use proto::{
    fact::v1::{Fact, RatingSubmitted, fact::Body},
    r#type::v1::{Level, Origin},
};

use crate::rpc::appeal::testing::Rated;
use crate::rpc::appeal::testing::of_authority;
use crate::rpc::text_review::testing::worded;
use crate::{
    rpc::{
        appeal::get_appeal,
        testing::{Fixture, authority},
    },
    store,
};

async fn has_review(fixture: &Fixture, rating_id: &str) -> bool {
    let (read, id) = (fixture.ticketing.store.read(), rating_id.parse().unwrap());
    store::text_review::review(read, &authority("652301"), id).await.unwrap().is_some()
}

#[tokio::test]
async fn t08_gx8_each_negative_rating_with_text_or_tags_has_a_review_and_no_other() {
    let fixture = Fixture::under("guangxi-2019").await;
    let clock = fixture.ticketing.shell.clock.clone();
    let bare = || fixture.rating_here(clock.new_id());
    let tags = vec!["tag-1".to_owned(), "tag-2".to_owned()];
    for (rating, has) in [
        (RatingSubmitted { has_text: true, ..bare() }, true),
        (RatingSubmitted { tag_codes: tags.clone(), ..bare() }, true),
        (RatingSubmitted { has_text: true, origin: Origin::Paper.into(), ..bare() }, true),
        (bare(), false),
        (
            RatingSubmitted { has_text: true, level: Level::BasicallySatisfied.into(), ..bare() },
            false,
        ),
        (RatingSubmitted { has_text: true, origin: Origin::Imported.into(), ..bare() }, false),
    ] {
        for _ in 0..2 {
            fixture.apply_together(vec![Body::RatingSubmitted(rating.clone())]).await;
        }
        assert_eq!(has_review(&fixture, &rating.rating_id).await, has, "{rating:?}");
    }
    // One that joins a ticket has its own.
    let first = worded(&fixture).await;
    let act_id = first.act.as_ref().unwrap().act_id.parse().unwrap();
    let joined = RatingSubmitted { has_text: true, ..fixture.rating_here(act_id) };
    fixture.apply(&joined).await;
    assert!(has_review(&fixture, &joined.rating_id).await);
}

#[tokio::test]
async fn t08_where_the_profile_reviews_no_texts_there_is_no_review() {
    for profile in ["changji-2020", "haiyang-2021", "state-council-2019"] {
        let fixture = Fixture::under(profile).await;
        let rating = worded(&fixture).await;
        assert!(!has_review(&fixture, &rating.rating_id).await, "{profile}");
    }
}

#[tokio::test]
async fn t07_t08_what_another_history_brought_goes_and_open_appeals_of_it_are_annulled() {
    use proto::ticketing::v1::{AppealState, GetAppealRequest};

    let fixture = Fixture::under("guangxi-2019").await;
    let rating = RatingSubmitted {
        has_text: true,
        ..fixture.rating_here(fixture.ticketing.shell.clock.new_id())
    };
    let (consumer, store) = (fixture.ticketing.consumer(), &fixture.ticketing.store);
    let fact = Fact {
        position: 9,
        fact_id: fixture.ticketing.shell.clock.new_id().to_string(),
        producer: "intake".to_owned(),
        body: Some(Body::RatingSubmitted(rating.clone())),
        ..Fact::default()
    };
    let txn = store.begin().await.unwrap();
    let told = consumer.apply(&txn, &[fact]).await.unwrap().told;
    txn.commit().await.unwrap();
    let [(9, Body::TicketOpened(opened))] = told.as_slice() else { panic!("{told:?}") };
    let rated = Rated {
        rating_id: rating.rating_id.clone(),
        ticket_id: opened.ticket_id.clone(),
        act_id: opened.act.as_ref().unwrap().act_id.parse().unwrap(),
    };
    let appeal = fixture.lodged(&rated).await;
    let forget = async |after| {
        let txn = store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, "intake", after).await.unwrap();
        txn.commit().await.unwrap();
        forgotten
    };
    forget(9).await;
    assert!(has_review(&fixture, &rating.rating_id).await, "what both histories have stays");
    let forgotten = forget(8).await;
    assert_eq!(forgotten.words.len(), 4, "{:?}", forgotten.words);
    assert!(!has_review(&fixture, &rating.rating_id).await);
    let request = GetAppealRequest { appeal_id: appeal.appeal_id };
    let read = get_appeal::run(&fixture.ticketing, of_authority("reader"), request).await;
    let appeal = read.unwrap().appeal.unwrap();
    assert_eq!((appeal.state(), appeal.overdue), (AppealState::Annulled, false));
}
