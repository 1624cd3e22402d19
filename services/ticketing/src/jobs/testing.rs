//! What the tests of jobs share: the facts of deadlines, and profiles and calendars published later.

use platform::{
    facts,
    testing::{REGION, profile_published, tell},
};
use proto::{
    fact::v1::{CalendarPublished, DeadlineWatched, deadline_watched::Kind, fact::Body},
    r#type::v1::Level,
};

use crate::rpc::testing::Fixture;

/// 2026 as announced.
pub(crate) const NATION: &str = include_str!("../../../domain/calendars/2026.toml");
/// An invented notice of 2027: 4 January is a day off, Saturday the ninth is a workday instead.
pub(crate) const NOTICE: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕1号"

[[holiday]]
name = "元旦"
days = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"]
workdays = ["2027-01-09"]
"#;

/// What was told of deadlines: what happened, the act and its day.
pub(crate) async fn told(fixture: &Fixture) -> Vec<(Kind, String, String)> {
    let short = |fact: DeadlineWatched| (fact.kind(), fact.act, fact.due_on);
    watched(fixture).await.into_iter().map(short).collect()
}

/// The same, whole.
pub(crate) async fn watched(fixture: &Fixture) -> Vec<DeadlineWatched> {
    let facts = facts::list(&fixture.ticketing.store, 0, 10_000).await.unwrap();
    let watched = facts.into_iter().filter_map(|fact| match fact.body {
        Some(Body::DeadlineWatched(watched)) => Some(watched),
        _ => None,
    });
    watched.collect()
}

/// What is expected of [`told`].
pub(crate) fn expected(told: &[(Kind, &str, &str)]) -> Vec<(Kind, String, String)> {
    let own = |(kind, act, day): &(Kind, &str, &str)| (*kind, (*act).into(), (*day).into());
    told.iter().map(own).collect()
}

/// A calendar of these years comes as a fact of the catalog.
pub(crate) async fn publish(fixture: &Fixture, years: &[&str]) {
    let published = CalendarPublished {
        years: years.iter().map(|&text| text.to_owned()).collect(),
        statutory: include_str!("../../../domain/calendars/statutory.toml").to_owned(),
        overlays: Vec::new(),
    };
    tell(&fixture.ticketing.store, vec![Body::CalendarPublished(published)]).await;
    fixture.ticketing.reference.refresh().await.unwrap();
}

/// A ticket under one of the shipped profiles.
pub(crate) async fn ticket_under(fixture: &Fixture, profile: &str) -> String {
    let Body::ProfilePublished(published) = profile_published(profile) else { panic!("{profile}") };
    let policy = format!("{profile}@{}", published.version);
    tell(&fixture.ticketing.store, vec![Body::ProfilePublished(published)]).await;
    fixture.ticketing.reference.refresh().await.unwrap();
    let mut rating = fixture.rating(fixture.ticketing.shell.clock.new_id(), Level::Dissatisfied);
    let act = rating.act.as_mut().unwrap();
    (act.policy, act.region_code) = (policy, REGION.to_owned());
    match fixture.apply(&rating).await.as_slice() {
        [Body::TicketOpened(opened)] => opened.ticket_id.clone(),
        other => panic!("{other:?}"),
    }
}
