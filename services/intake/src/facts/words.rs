//! What ticketing decides about ratings' texts (T08), and which ratings it excludes: whether a text may be
//! shown to everybody. Of one that may, publication is told the common words, and that they are
//! none when it may not any more.

use domain::deadline::day_of;
use platform::{
    database::Txn,
    facts::{
        consume::{Obstacle, Retraction},
        place_of,
    },
    shell::Shell,
};
use proto::{
    fact::v1::{Fact, RatingWordsRead, fact::Body},
    r#type::v1::TicketState,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::{rating::Words, to_column},
    entity::{
        rating,
        words_verdict::{ACCEPTED, Model, Verdict},
    },
    state::dictionary::{found, vocabulary},
    store::rating::{outcomes, ratings::given_at, words},
};

/// What a fact says of a rating.
enum News {
    Reviewed(Verdict),
    Excluded(bool),
}

/// Whether a fact says whether a text may be shown.
pub(super) fn is_about(fact: &Fact) -> bool {
    rating_of(fact).is_some()
}

/// The rating of whose text a fact says whether it may be shown.
pub(super) fn rating_of(fact: &Fact) -> Option<&str> {
    match &fact.body {
        Some(Body::RatingTextReviewed(said)) => Some(&said.rating_id),
        Some(Body::RatingExcluded(said)) => Some(&said.rating_id),
        Some(Body::RatingReinstated(said)) => Some(&said.rating_id),
        _ => None,
    }
}

/// Applies such a fact; returns what publication is told, or why it could not be applied.
pub(super) async fn apply(
    txn: &Txn,
    shell: &Shell,
    fact: &Fact,
) -> Result<Result<Option<Body>, Obstacle>, DbErr> {
    let (rating_id, news) = match &fact.body {
        Some(Body::RatingTextReviewed(said)) => {
            let verdict = match (said.accepted, said.by_silence) {
                (true, false) => Verdict::Accepted,
                (true, true) => Verdict::AcceptedBySilence,
                (false, _) => Verdict::Refused,
            };
            (&said.rating_id, News::Reviewed(verdict))
        }
        Some(Body::RatingExcluded(said)) => (&said.rating_id, News::Excluded(true)),
        Some(Body::RatingReinstated(said)) => (&said.rating_id, News::Excluded(false)),
        _ => return Ok(Ok(None)),
    };
    let Ok(rating_id) = rating_id.parse::<Uuid>() else {
        return Ok(Err(Obstacle::Broken("rating_id is no UUID".to_owned())));
    };
    // Ticketing knows ratings from here: one that is not here was lost in a failover, with its text.
    let Some(rating) = words::rating(txn, rating_id).await? else { return Ok(Ok(None)) };
    let place = place_of(fact);
    let known = match words::get(txn, rating_id).await? {
        Some(known) => Some(known),
        None => new(txn, shell, &rating, place.position).await?,
    };
    let Some(mut row) = known else { return Ok(Ok(None)) };
    let mut told = None;
    match news {
        News::Excluded(excluded) => row.excluded = excluded,
        // One that was set aside may come after a later one.
        News::Reviewed(_) if place.position <= row.decided_position => return Ok(Ok(None)),
        News::Reviewed(verdict) => {
            (row.verdict, row.decided_position) = (verdict as i16, place.position);
            let words = match read(txn, shell, &row, &rating).await? {
                Ok(words) => words,
                Err(left) => return Ok(Err(left)),
            };
            if row.told || !words.is_empty() {
                row.told = !words.is_empty();
                told = Some(told_of(&row, words));
            }
        }
    }
    if place.position > row.fact_position {
        (row.fact_position, row.fact_id) = (place.position, place.fact_id);
    }
    words::put(txn, row).await?;
    Ok(Ok(told))
}

/// Takes back what facts after a position said: all of each rating, which the facts that are left say
/// again.
pub(super) async fn forget(txn: &Txn, after: i64, forgotten: &mut Retraction) -> Result<(), DbErr> {
    let gone = words::take_after(txn, after).await?;
    if !gone.is_empty() {
        let words =
            format!("what was decided about the words of {} ratings is read again", gone.len());
        forgotten.words.push(words);
    }
    let told = gone.iter().filter(|row| row.told).map(|row| told_of(row, Vec::new()));
    forgotten.told.extend(told);
    forgotten.subjects.extend(gone.into_iter().map(|row| row.rating_id));
    Ok(())
}

fn told_of(row: &Model, words: Vec<String>) -> Body {
    let (rating_id, act_id) = (row.rating_id.to_string(), row.act_id.to_string());
    Body::RatingWordsRead(RatingWordsRead { rating_id, act_id, words })
}

/// A rating of which nothing was said before a position; none if its act is not known here.
async fn new(
    txn: &Txn,
    shell: &Shell,
    rating: &rating::Model,
    position: i64,
) -> Result<Option<Model>, DbErr> {
    let Some(act) = words::act(txn, rating.act_id).await? else { return Ok(None) };
    // Excluded before this version followed exclusions. When facts are applied again the act's ticket may
    // be a later one already.
    let became = outcomes::of(txn, &[act.id]).await?;
    let excluded = became
        .iter()
        .any(|row| row.state == to_column(TicketState::Excluded) && row.fact_position < position);
    Ok(Some(Model {
        rating_id: rating.id,
        act_id: act.id,
        shown_as: shell.salts.published_as(rating.id),
        region_code: act.region_code,
        agency_id: act.agency_id,
        item_code: act.item_code,
        day: day_of(given_at(rating)).to_string(),
        verdict: Verdict::Open as i16,
        decided_position: 0,
        excluded,
        told: false,
        fact_position: 0,
        fact_id: Uuid::nil(),
    }))
}

/// The common words of a text that everybody may read; none of one that they may not.
async fn read(
    txn: &Txn,
    shell: &Shell,
    row: &Model,
    rating: &rating::Model,
) -> Result<Result<Vec<String>, Obstacle>, DbErr> {
    let private = words::private_acts(txn, &[row.act_id]).await?;
    if !ACCEPTED.contains(&row.verdict) || !private.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let Ok(said) = Words::open(&shell.sealer, &rating.words, rating.id) else {
        return Ok(Err(Obstacle::Broken("the rating's text cannot be opened".to_owned())));
    };
    let today = day_of(shell.clock.now());
    let shown = found(&said.text, today).is_empty();
    Ok(Ok(if shown { vocabulary(&said.text).into_iter().collect() } else { Vec::new() }))
}

#[cfg(test)]
mod tests;
