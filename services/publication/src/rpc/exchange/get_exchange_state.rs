//! How far the exchange has come: what is kept, what the upper platform has of it, and what waits.

use domain::violation::Violations;
use platform::{auth::Operator, page::Page};
use proto::{
    exchange::v1::{ExchangeLevel, GetExchangeStateRequest, GetExchangeStateResponse},
    r#type::v1::Level,
};

use crate::{
    app::exchange::national::state,
    convert::exchange::{lane_to_wire, upward_to_wire},
    entity::column::column,
    error::Error,
    state::Publication,
    store::exchange::{self, key::LaneKey, key::OWN, levels, links},
};

/// The levels, the best first.
const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];

pub(crate) async fn run(
    publication: &Publication,
    caller: Operator,
    request: GetExchangeStateRequest,
) -> Result<GetExchangeStateResponse, Error> {
    let mut wrong = Violations::default();
    let page: Page<(String, String)> =
        Page::read(&mut wrong, "GetExchangeState", request.page_size, &request.page_token);
    wrong.finish(())?;
    let (read, officer) = (publication.store.read(), caller.officer());
    let now = publication.shell.clock.now().as_microsecond();
    let age = |at: Option<i64>| at.map_or(0, |at| (now - at) / 1_000_000);
    let upstream = publication.upstream.as_deref();
    let own = upstream.map(|upstream| upstream.region.as_str());
    let of_own = own.filter(|region| officer.reaches(region));
    let whose = (officer.region(), of_own.is_some());
    let mut rows = exchange::page(read, whose, page.after.clone(), page.read_size()).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.origin.clone(), row.producer.clone()));
    let mut lanes = Vec::with_capacity(rows.len());
    for row in rows {
        let key = LaneKey::of(&row);
        let origin = if row.origin == OWN { own.unwrap_or_default() } else { &row.origin };
        let mut lane = lane_to_wire(&row, origin);
        let kept = levels::of_lane(read, &key).await?;
        let (mut waiting, mut from) = (kept.clone(), None);
        if upstream.is_some() {
            let link = links::of(read, &key).await?;
            let after = link.position.min(row.position);
            let behind = after < row.position;
            let counted = levels::after(read, &key, after);
            waiting = if behind { counted.await? } else { Vec::new() };
            let first = exchange::recorded_after(read, &key, after).await?.filter(|_| behind);
            lane.upward = Some(upward_to_wire(&link, row.position - after, age(first)));
            from = Some(after);
        }
        for level in LEVELS {
            let number = i32::from(level);
            let sum = |counts: &[(i16, i64)]| {
                let of = counts.iter().filter(|(one, _)| i32::from(*one) == number);
                of.map(|(_, n)| n.unsigned_abs()).sum::<u64>()
            };
            let (kept, waits) = (sum(&kept), sum(&waiting));
            let first = match from.filter(|_| waits > 0) {
                Some(after) => exchange::rated_after(read, &key, (after, column(number))).await?,
                None => None,
            };
            lane.levels.push(ExchangeLevel {
                level: number,
                kept,
                receipted: kept.saturating_sub(waits),
                behind_seconds: age(first).max(0).unsigned_abs(),
            });
        }
        lanes.push(lane);
    }
    let upstream = upstream.map(|upstream| upstream.address.clone()).unwrap_or_default();
    let national = match page.after {
        None => state::of(publication, officer).await?,
        Some(_) => None,
    };
    Ok(GetExchangeStateResponse { lanes, next_page_token, upstream, national })
}

#[cfg(test)]
mod tests {
    use platform::{auth::Caller, testing::principal};

    use super::*;
    use crate::rpc::{
        exchange::{
            push_facts,
            testing::{ORIGIN, at, below, push, rated},
        },
        testing::Fixture,
    };

    #[tokio::test]
    async fn p10_the_authority_sees_what_came_of_its_region_by_level_page_by_page() {
        let fixture = Fixture::new().await;
        let publication = &fixture.publication;
        let came = at("2026-03-02T00:00:00Z");
        for (origin, ratings) in [(ORIGIN, 7), ("652302", 2), ("370882", 1)] {
            let levels = LEVELS.into_iter().cycle().take(ratings).zip(1..);
            let facts = levels.map(|(level, n)| rated(publication, n, level, came)).collect();
            let mut request = push(&(0, String::new()), facts);
            request.origin = origin.to_owned();
            push_facts::run(publication, below(origin), request).await.unwrap();
        }
        let see = async |region: &str, page_size, page_token: &str| {
            let caller = Caller::Authority { region: region.to_owned() };
            let page_token = page_token.to_owned();
            let request = GetExchangeStateRequest { page_size, page_token };
            run(publication, principal("officer", caller), request).await.unwrap()
        };
        let first = see("652300", 1, "").await;
        let [lane] = first.lanes.as_slice() else { panic!("{first:?}") };
        assert_eq!((lane.origin.as_str(), lane.producer.as_str()), (ORIGIN, "intake"));
        assert_eq!((lane.position, lane.withdrawn, lane.upward.is_none()), (7, 0, true));
        assert_eq!(lane.levels.iter().map(|l| l.kept).collect::<Vec<_>>(), [2, 2, 1, 1, 1]);
        assert!(lane.levels.iter().all(|level| level.receipted == 0));
        let second = see("652300", 1, &first.next_page_token).await;
        assert_eq!(second.lanes[0].origin, "652302");
        assert_eq!(second.next_page_token, "");
        assert_eq!(see("652302", 0, "").await.lanes.len(), 1, "only its own region's");
        assert_eq!(see("000000", 0, "").await.lanes.len(), 3);
        assert_eq!(see("650000", 0, "").await.upstream, "");
    }
}
