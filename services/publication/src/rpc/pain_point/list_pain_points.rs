//! Lists where complaints gather, those with the most first (P09).

use domain::{
    codes::RegionCode,
    deadline::iso_date,
    focus::Window,
    pain_point::{MAX_DAYS, comparisons},
    violation::{Violations, identifier},
};
use jiff::{ToSpan as _, civil::Date};
use platform::{auth::Officer, page::Page, reference::Snapshot};
use proto::{
    publication::v1::{ListPainPointsRequest, ListPainPointsResponse, PainKind, PainPoint},
    r#type::v1::Stage,
};

use crate::{
    app::pain_point::{
        Cell, Compared, admit, after, cells, common_words, compare, ranked, read, reason_text,
        words_of,
    },
    convert::pain_point::{lift_to_wire, named, trend_to_wire},
    entity::column::column,
    error::Error,
    state::Publication,
    store::pain_point::Query,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Officer,
    request: ListPainPointsRequest,
) -> Result<ListPainPointsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let from = wrong.take("from", iso_date(&request.from)).unwrap_or(Date::MIN);
    let until = wrong.take("to", iso_date(&request.to)).unwrap_or(from);
    wrong.require(from <= until, "to", "lies before from");
    let window = Window { from, until };
    wrong.require(window.days() <= MAX_DAYS, "to", "lies more than 360 days after from");
    for (field, id) in [
        ("agency_id", &request.agency_id),
        ("item_code", &request.item_code),
        ("reason_code", &request.reason_code),
        ("word", &request.word),
    ] {
        wrong.take(field, identifier(id));
    }
    let both = !request.reason_code.is_empty() && !request.word.is_empty();
    wrong.require(!both, "word", "is named beside a reason");
    wrong.require(Stage::try_from(request.stage).is_ok(), "stage", "is unknown");
    wrong.require(PainKind::try_from(request.kind).is_ok(), "kind", "is unknown");
    let page: Page<(i64, String)> =
        Page::read(&mut wrong, "ListPainPoints", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let (region, connection) = (region.as_str(), publication.store.read());
    let agency = admit(connection, &caller, region, &request.agency_id).await?;
    let query = Query { region, is_public: false, reader: caller.agency(), from, to: until };
    let earlier = Query {
        from: from.saturating_sub(window.days().days()),
        to: from.saturating_sub(1.day()),
        ..query
    };
    let (mut now, mut before) =
        (read(connection, &query).await?, read(connection, &earlier).await?);
    let mut all = cells(&now, agency);
    let compared = comparisons(all.len() as u64);
    // Words are compared among themselves: so many of them would drown what the others say.
    let words = cells(&common_words(connection, &query).await?, agency);
    let words_compared = comparisons(words.len() as u64);
    all.extend(words);
    all.retain(|cell, _| is_asked_for(cell, &request));
    let mut points = ranked(all);
    after(&mut points, page.after.as_ref());
    let next_page_token = page.cut(&mut points, |(cell, n)| (n.cast_signed(), cell.text()));
    for (query, sums) in [(&query, &mut now), (&earlier, &mut before)] {
        sums.extend(words_of(connection, query, points.iter().map(|(cell, _)| cell)).await?);
    }
    let known = publication.reference.now();
    let mut answer = Vec::with_capacity(points.len());
    for (cell, _) in points {
        let among = if cell.is_word() { words_compared } else { compared };
        let told = compare(&cell, window, (&now, &before), among);
        let item = publication.reference.item(&cell.item_code, None).await?;
        let name = item.map(|item| item.content.name.clone()).unwrap_or_default();
        answer.push(point(cell, &told, name, (&known, region, until)));
    }
    Ok(ListPainPointsResponse { points: answer, next_page_token, compared, words_compared })
}

fn is_asked_for(cell: &Cell, request: &ListPainPointsRequest) -> bool {
    let any_or = |asked: &str, is: &str| asked.is_empty() || asked == is;
    let number = |asked: i32, is: i16| asked == 0 || column(asked) == is;
    let reason = if cell.is_word() { &request.word } else { &request.reason_code };
    let other = if cell.is_word() { &request.reason_code } else { &request.word };
    any_or(&request.item_code, &cell.item_code)
        && any_or(reason, &cell.reason)
        && other.is_empty()
        && number(request.stage, cell.stage)
        && number(request.kind, cell.kind)
}

fn point(
    cell: Cell,
    told: &Compared,
    item_name: String,
    (known, region, on): (&Snapshot, &str, Date),
) -> PainPoint {
    let named = named(cell.kind, &cell.reason);
    PainPoint {
        reason_text: reason_text(known, region, on, &named.reason_code),
        agency_id: cell.agency_id,
        item_code: cell.item_code,
        item_name,
        stage: cell.stage.into(),
        kind: cell.kind.into(),
        reason_code: named.reason_code,
        source: named.source,
        word: named.word,
        count: told.now.poor,
        ratings: told.now.ratings,
        count_before: told.before.poor,
        ratings_before: told.before.ratings,
        trend: trend_to_wire(told.trend).into(),
        lift: told.lift.as_ref().map(lift_to_wire),
    }
}

#[cfg(test)]
mod tests;
