use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    publication::v1::PublishedRating,
    r#type::v1::{
        Channel, ExclusionGround, ExclusionKind, Level, Origin, ServiceAct, WithheldGround,
        WithheldMatter,
    },
};

use super::*;
use crate::rpc::{
    disclosure::testing::Excluding as _,
    testing::{Fixture, anyone},
};

async fn list(fixture: &Fixture, agency: &str) -> Vec<PublishedRating> {
    let mut request = ListPublishedRatingsRequest {
        region_code: "652301000000".to_owned(),
        agency_id: agency.to_owned(),
        page_size: 2,
        ..ListPublishedRatingsRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let page = run(&fixture.publication, anyone(), request.clone()).await.unwrap();
        listed.extend(page.ratings);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return listed;
        }
    }
}

async fn rate(fixture: &Fixture, act: &ServiceAct, level: Level, day: u8) -> RatingSubmitted {
    let rating = fixture.rating(act, level, &format!("2026-03-{day:02}T03:00:00Z"));
    let rating = RatingSubmitted {
        tag_codes: vec!["slow".to_owned(), "rude".to_owned()],
        has_text: true,
        ..rating
    };
    fixture.apply(Body::RatingSubmitted(rating.clone())).await;
    rating
}

#[tokio::test]
async fn p05_ratings_are_open_one_by_one_newest_day_first_and_nothing_in_them_leads_to_a_person() {
    let fixture = Fixture::new().await;
    let mut given = Vec::new();
    for day in 3..8 {
        given.push(rate(&fixture, &fixture.act(), Level::Dissatisfied, day).await);
    }
    let listed = list(&fixture, "").await;
    let days: Vec<_> = listed.iter().map(|one| one.day.as_str()).collect();
    assert_eq!(days, ["2026-03-07", "2026-03-06", "2026-03-05", "2026-03-04", "2026-03-03"]);
    let (one, act) = (&listed[0], given[4].act.clone().unwrap());
    assert_eq!((one.level(), one.channel()), (Level::Dissatisfied, Channel::Kiosk));
    assert_eq!((one.origin(), one.has_text), (Origin::Active, true));
    assert_eq!((&one.agency_id, &one.item_code), (&act.agency_id, &act.item_code));
    assert_eq!((one.tag_codes.join(" "), one.exclusion.clone()), ("slow rude".to_owned(), None));
    // An id of a rating, an act or a case begins with the moment at which it was made.
    let told = format!("{listed:?}");
    for rating in &given {
        let act = rating.act.as_ref().unwrap();
        for id in [&rating.rating_id, &act.act_id, &act.case_id, &act.staff_id, &act.window_id] {
            assert!(!told.contains(id.as_str()), "{id}");
            assert!(!told.contains(&id[..8]), "nor its moment: {id}");
        }
    }
    let again: Vec<_> = list(&fixture, "").await;
    assert_eq!(again, listed, "each stays what it is published as");
    assert_eq!(list(&fixture, &act.agency_id).await, listed);
    assert_eq!(list(&fixture, "652301-a99").await, []);
}

#[tokio::test]
async fn p05_i14_a_private_rating_a_default_and_one_that_another_took_the_place_of_are_not_shown() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    rate(&fixture, &act, Level::Dissatisfied, 3).await;
    rate(&fixture, &act, Level::Satisfied, 4).await;
    let levels = async || -> Vec<_> {
        list(&fixture, "").await.iter().map(PublishedRating::level).collect()
    };
    assert_eq!(levels().await, [Level::Satisfied]);
    let default = fixture.rating(&fixture.act(), Level::VerySatisfied, "2026-03-04T03:00:00Z");
    let default = RatingSubmitted { origin: Origin::Default.into(), ..default };
    fixture.apply(Body::RatingSubmitted(default)).await;
    fixture.private_rating(&fixture.act(), Level::VeryDissatisfied).await;
    assert_eq!(levels().await, [Level::Satisfied]);
    // The rater changes their mind.
    let later = fixture.rating(&act, Level::Satisfied, "2026-03-05T03:00:00Z");
    let later = RatingSubmitted { private: true, ..later };
    fixture.apply(Body::RatingSubmitted(later)).await;
    assert_eq!(levels().await, []);
}

#[tokio::test]
async fn p04_p05_an_excluded_rating_is_marked_with_its_clause_and_one_reinstated_is_not() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let rated = fixture.negative(&act, false).await;
    let excluded = fixture.exclude(&rated, 0).await;
    let listed = list(&fixture, "").await;
    let mark = listed[0].exclusion.clone().unwrap();
    assert_eq!((listed.len(), mark.ground()), (1, ExclusionGround::Malicious));
    assert_eq!((mark.kind(), mark.clause.as_str()), (ExclusionKind::Excluded, "第二十三条"));
    // What stands in its place is shown as well.
    rate(&fixture, &act, Level::Satisfied, 2).await;
    let both: Vec<_> = list(&fixture, "").await;
    let marked = both.iter().filter(|one| one.exclusion.is_some());
    assert_eq!((both.len(), marked.count()), (2, 1));
    fixture.reinstate(&excluded, 1).await;
    let shown = list(&fixture, "").await;
    assert!(shown.iter().all(|one| one.exclusion.is_none()) && shown.len() == 1, "{shown:?}");
    // A private rating of the act hides that there was an excluded one.
    fixture.exclude(&rated, 1).await;
    let later = fixture.rating(&act, Level::Satisfied, "2026-03-05T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(RatingSubmitted { private: true, ..later })).await;
    assert_eq!(list(&fixture, "").await, []);
}

#[tokio::test]
async fn p05_whatever_is_withheld_names_its_legal_ground_and_clause() {
    for (profile, choice) in [("changji-2020", "第十五条"), ("county-2020", "评价分为")] {
        let fixture = Fixture::under(profile).await;
        let request = ListPublishedRatingsRequest {
            region_code: "652301".to_owned(),
            ..ListPublishedRatingsRequest::default()
        };
        let told = run(&fixture.publication, anyone(), request).await.unwrap().withheld;
        let told: Vec<_> = told
            .iter()
            .map(|one| (one.matter(), one.ground(), one.clause.contains(choice)))
            .collect();
        let law = choice == "第十五条";
        let expected = [
            (WithheldMatter::PrivateRating, WithheldGround::RatersChoice, true),
            (WithheldMatter::Person, WithheldGround::PersonalPrivacy, law),
            (WithheldMatter::Words, WithheldGround::PersonalPrivacy, law),
        ];
        assert_eq!(told, expected, "{profile}");
    }
}

#[tokio::test]
async fn everything_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    let request = ListPublishedRatingsRequest {
        page_token: "eA".to_owned(),
        agency_id: "a b".to_owned(),
        ..ListPublishedRatingsRequest::default()
    };
    let told = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
    for field in ["region_code:", "agency_id:", "page_token:"] {
        assert!(told.contains(field), "{told}");
    }
}
