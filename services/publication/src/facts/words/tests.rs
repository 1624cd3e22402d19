//! What the words of published texts add to the counts, and when they leave them.

use platform::{facts::consume::Consumer as _, testing::REGION};
use proto::{
    fact::v1::{RatingSubmitted, RatingWordsRead},
    r#type::v1::Level,
};

use super::*;
use crate::{
    rpc::{
        disclosure::testing::{Excluding as _, Rated, ticket_of},
        pain_point::testing::words_of,
        testing::Fixture,
    },
    store::pain_point::{self, Kind},
};

/// The counted words.
async fn counted(fixture: &Fixture) -> Vec<(String, i64)> {
    let all = pain_point::all(fixture.publication.store.read()).await.unwrap().into_iter();
    let words = all.filter(|row| row.kind == Kind::Word as i16 && row.region_code == REGION);
    let mut words: Vec<(String, i64)> = words.map(|row| (row.reason, row.n)).collect();
    words.sort();
    words
}

fn of(words: &[(&str, i64)]) -> Vec<(String, i64)> {
    words.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect()
}

#[tokio::test]
async fn p09_the_last_words_of_the_standing_negative_rating_count_each_once() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let rating = |level, day: u8| fixture.rating(&act, level, &format!("2026-02-0{day}T03:00:00Z"));
    let read = async |rating: &RatingSubmitted, words: &[&str]| {
        fixture.try_apply(Body::RatingWordsRead(words_of(rating, words))).await
    };
    let first = rating(Level::VeryDissatisfied, 3);
    let early = read(&first, &["材料"]).await;
    assert!(matches!(early, Err(Obstacle::Waits(_))), "{early:?}");
    fixture.apply(Body::RatingSubmitted(first.clone())).await;
    read(&first, &["材料", "窗口", "材料"]).await.unwrap();
    assert_eq!(counted(&fixture).await, of(&[("材料", 1), ("窗口", 1)]));
    read(&first, &["材料", "窗口", "材料"]).await.unwrap();
    assert_eq!(counted(&fixture).await, of(&[("材料", 1), ("窗口", 1)]), "told again");
    read(&first, &["态度"]).await.unwrap();
    assert_eq!(counted(&fixture).await, of(&[("态度", 1)]), "in the place of the others");
    let second = rating(Level::Dissatisfied, 4);
    let both = vec![
        Body::RatingSubmitted(second.clone()),
        Body::RatingWordsRead(words_of(&second, &["电话"])),
    ];
    fixture.apply_together(both).await.unwrap();
    assert_eq!(counted(&fixture).await, of(&[("电话", 1)]), "the later one stands");
    read(&second, &[]).await.unwrap();
    assert_eq!(counted(&fixture).await, of(&[]), "its text was taken down");
    read(&second, &["电话"]).await.unwrap();
    fixture.apply(Body::RatingSubmitted(rating(Level::Satisfied, 5))).await;
    assert_eq!(counted(&fixture).await, of(&[]), "what is said with a good one is no pain");
}

#[tokio::test]
async fn p09_words_that_waited_do_not_come_back_after_they_were_taken_down() {
    let fixture = Fixture::new().await;
    let bad = fixture.rating(&fixture.act(), Level::VeryDissatisfied, "2026-02-03T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(bad.clone())).await;
    let fact = |position, words| Fact {
        position,
        fact_id: Uuid::from_u128(position.into()).to_string(),
        body: Some(Body::RatingWordsRead(words_of(&bad, words))),
        ..Fact::default()
    };
    for late in [fact(9, &[]), fact(8, &["材料"])] {
        let txn = fixture.publication.store.begin().await.unwrap();
        fixture.publication.consumer().apply(&txn, &[late]).await.unwrap();
        txn.commit().await.unwrap();
    }
    assert_eq!(counted(&fixture).await, of(&[]));
}

#[tokio::test]
async fn p09_p04_the_words_of_an_excluded_rating_count_again_when_it_does() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let bad = fixture.rating(&act, Level::VeryDissatisfied, "2026-02-03T03:00:00Z");
    let ticket_id = fixture.publication.shell.clock.new_id().to_string();
    let rated = Rated { act_id: act.act_id.clone(), rating: bad.clone(), ticket_id };
    fixture.apply(Body::RatingSubmitted(bad.clone())).await;
    fixture.apply(Body::TicketOpened(ticket_of(&rated))).await;
    fixture.apply(Body::RatingWordsRead(words_of(&bad, &["材料"]))).await;
    let excluded = fixture.exclude(&rated, 0).await;
    assert_eq!(counted(&fixture).await, of(&[]));
    fixture.apply(Body::RatingWordsRead(words_of(&bad, &["窗口"]))).await;
    assert_eq!(counted(&fixture).await, of(&[]), "also what is told meanwhile");
    fixture.reinstate(&excluded, 1).await;
    assert_eq!(counted(&fixture).await, of(&[("窗口", 1)]));
}

#[tokio::test]
async fn p09_words_of_another_history_leave_the_counts_and_their_act_is_folded_anew() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let bad = fixture.rating(&act, Level::VeryDissatisfied, "2026-02-03T03:00:00Z");
    let submitted = Body::RatingSubmitted(bad.clone());
    fixture.apply(submitted.clone()).await;
    let read = |words| Body::RatingWordsRead(words_of(&bad, words));
    for words in [&["材料"], &["窗口"]] {
        fixture.apply(read(words)).await;
    }
    let consumer = fixture.publication.consumer();
    let txn = fixture.publication.store.begin().await.unwrap();
    let forgotten = consumer.forget(&txn, "intake", 2).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(counted(&fixture).await, of(&[]));
    // The facts that are left about the act are applied again.
    for body in [submitted, read(&["材料"])] {
        let fact = Fact { body: Some(body.clone()), ..Fact::default() };
        assert!(consumer.concerns(&fact, &forgotten.subjects));
        fixture.apply(body).await;
    }
    assert_eq!(counted(&fixture).await, of(&[("材料", 1)]));
}

#[tokio::test]
async fn p09_words_that_mean_nothing_are_left() {
    let fixture = Fixture::new().await;
    let many = RatingWordsRead {
        words: vec!["材料".to_owned(); MAX_WORDS + 1],
        ..words_of(&fixture.rating(&fixture.act(), Level::Satisfied, "2026-02-03T03:00:00Z"), &[])
    };
    for said in [RatingWordsRead::default(), many] {
        let left = fixture.try_apply(Body::RatingWordsRead(said)).await;
        assert!(matches!(left, Err(Obstacle::Broken(_))), "{left:?}");
    }
}
