//! Counts the facts kept of a day and computes their root, for the reconciliation.

use domain::{deadline::iso_date, violation::Violations};
use jiff::civil::Date;
use platform::auth::Deployment;
use proto::exchange::v1::{GetDaySumRequest, GetDaySumResponse};

use crate::{
    app::exchange::lane::named, entity::column::day_to_column, error::Error, state::Publication,
    store::exchange::days,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Deployment,
    request: GetDaySumRequest,
) -> Result<GetDaySumResponse, Error> {
    let mut wrong = Violations::default();
    let lane = named(&mut wrong, &request.origin, request.producer);
    let day = wrong.take("day", iso_date(&request.day)).unwrap_or(Date::MIN);
    wrong.finish(())?;
    let (key, _) = lane.of(&caller, publication.region.as_ref())?;
    let up_to = i64::try_from(request.up_to).unwrap_or(i64::MAX);
    let sum = days::sum(&publication.store, &key, day_to_column(day), up_to).await?;
    Ok(GetDaySumResponse { count: sum.count, root: sum.root.to_vec() })
}

#[cfg(test)]
mod tests {
    use platform::tlog::{leaf_hash, tiles::Growing};
    use proto::r#type::v1::Level;
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        exchange::{
            push_facts,
            testing::{ORIGIN, at, below, push, rated},
        },
        testing::Fixture,
    };

    #[tokio::test]
    async fn p10_a_days_sum_is_the_root_of_its_facts_as_they_came_and_changes_with_any_of_them() {
        let fixture = Fixture::new().await;
        let publication = &fixture.publication;
        let mut facts: Vec<Vec<u8>> = Vec::new();
        for n in 1..=1_003_u64 {
            // Three of the day before, by the clock of China.
            let time = if n <= 3 { "2026-03-01T15:59:59Z" } else { "2026-03-01T16:00:00Z" };
            facts.push(rated(publication, n, Level::Satisfied, at(time)));
        }
        let mut after = (0, String::new());
        for facts in facts.chunks(500) {
            let request = push(&after, facts.to_vec());
            let kept = push_facts::run(publication, below(ORIGIN), request).await.unwrap();
            after = (kept.position, kept.fact_id);
        }
        let request = GetDaySumRequest {
            origin: ORIGIN.to_owned(),
            producer: "intake".to_owned(),
            day: "2026-03-02".to_owned(),
            up_to: 1_002,
        };
        let mut tree = Growing::default();
        for fact in &facts[3..1_002] {
            tree.push(leaf_hash(fact));
        }
        let sum = run(publication, below(ORIGIN), request.clone()).await.unwrap();
        assert_eq!((sum.count, sum.root.as_slice()), (999, tree.root().as_slice()));
        let before = GetDaySumRequest { day: "2026-03-01".to_owned(), ..request.clone() };
        assert_eq!(run(publication, below(ORIGIN), before).await.unwrap().count, 3);
        let none = GetDaySumRequest { day: "2026-03-03".to_owned(), ..request.clone() };
        let none = run(publication, below(ORIGIN), none).await.unwrap();
        assert_eq!((none.count, none.root.as_slice()), (0, Growing::default().root().as_slice()));
        let other = run(publication, below("652302"), request.clone()).await.unwrap_err();
        assert_eq!(Status::from(other).code(), Code::NotFound);
        let wrong = GetDaySumRequest { day: "2026".to_owned(), ..request };
        let wrong = run(publication, below(ORIGIN), wrong).await.unwrap_err();
        assert_eq!(Status::from(wrong).code(), Code::InvalidArgument);
    }
}
