//! Lists where complaints gather, for everybody (P05, P09): whole quarters of one region, and no cell so small
//! that one rating could be read off it.

use domain::{
    codes::RegionCode, deadline::day_of, pain_point::PUBLIC_AT_LEAST, report_period::ReportPeriod,
    violation::Violations,
};
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{
    ListPublicPainPointsRequest, ListPublicPainPointsResponse, PublicPainPoint,
};

use crate::{
    app::pain_point::{after, cells, common_words, ranked, read, reason_text, rebuilt},
    convert::pain_point::named,
    error::{Error, StatisticsError},
    state::Publication,
    store::pain_point::Query,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListPublicPainPointsRequest,
) -> Result<ListPublicPainPointsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let quarter = Some(&request.quarter).filter(|text| text.contains('Q'));
    let quarter = quarter.map_or(Err("is no quarter (2026-Q1)"), |text| ReportPeriod::parse(text));
    let quarter = wrong.take("quarter", quarter);
    let page: Page<(i64, String)> =
        Page::read(&mut wrong, "ListPublicPainPoints", request.page_size, &request.page_token);
    let (Some(region), Some(quarter)) = wrong.finish((region, quarter))? else {
        return Err(Violations::default().into());
    };
    let (from, to) = (quarter.first(), quarter.last());
    if to >= day_of(publication.shell.clock.now()) {
        return Err(StatisticsError::PeriodNotOver { to }.into());
    }
    let (region, connection) = (region.as_str(), publication.store.read());
    rebuilt(connection).await?;
    let query = Query { region, is_public: true, reader: None, from, to };
    let mut counted = read(connection, &query).await?;
    counted.extend(common_words(connection, &query).await?);
    let mut shown = cells(&counted, None);
    shown.retain(|_, count| *count >= PUBLIC_AT_LEAST);
    let mut shown = ranked(shown);
    after(&mut shown, page.after.as_ref());
    let next_page_token = page.cut(&mut shown, |(cell, n)| (n.cast_signed(), cell.text()));
    let known = publication.reference.now();
    let mut points = Vec::with_capacity(shown.len());
    for (cell, count) in shown {
        let item = publication.reference.item(&cell.item_code, None).await?;
        let named = named(cell.kind, &cell.reason);
        points.push(PublicPainPoint {
            reason_text: reason_text(&known, region, to, &named.reason_code),
            agency_id: cell.agency_id,
            item_code: cell.item_code,
            item_name: item.map(|item| item.content.name.clone()).unwrap_or_default(),
            stage: cell.stage.into(),
            kind: cell.kind.into(),
            reason_code: named.reason_code,
            source: named.source,
            word: named.word,
            count,
        });
    }
    Ok(ListPublicPainPointsResponse { points, next_page_token })
}

#[cfg(test)]
mod tests;
