//! What published texts are about (P09): intake tells the common words of each, and that there are none any
//! more when a text was taken down. The text itself stays there.

use std::collections::{BTreeMap, HashMap};

use platform::{convert::Meaningless, database::Txn, facts::consume::Obstacle};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, fact::Body},
    r#type::v1::ServiceAct,
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    pain,
    reading::{broken, uuid},
};
use crate::{
    entity::{act, rating},
    store::{
        self,
        statistics::{sums::Sums, words},
    },
};

/// How many words of a text are told at most: it has fewer characters.
const MAX_WORDS: usize = 2_000;

/// What a fact says of a rating's text.
pub(super) struct WordsNews {
    pub(super) rating_id: Uuid,
    pub(super) act_id: Uuid,
    /// One a line.
    pub(super) words: String,
}

pub(super) fn read(fact: &Fact) -> Result<Option<WordsNews>, Obstacle> {
    let Some(Body::RatingWordsRead(said)) = &fact.body else { return Ok(None) };
    if said.words.len() > MAX_WORDS {
        return Err(broken(Meaningless("has more words than a text")));
    }
    let (rating_id, act_id) = (uuid(&said.rating_id)?, uuid(&said.act_id)?);
    Ok(Some(WordsNews { rating_id, act_id, words: pain::lines(&said.words) }))
}

/// Folds facts about texts: the last one about each counts.
pub(super) async fn apply(
    txn: &Txn,
    facts: &[Fact],
    sums: &mut Sums,
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let mut said = BTreeMap::new();
    for fact in facts {
        match read(fact) {
            Ok(Some(news)) => {
                said.insert(news.rating_id, (fact.position, news));
            }
            Ok(None) => {}
            Err(why) => left.push((fact.position, why)),
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    let known = store::statistics::acts::ratings(txn, said.keys().copied()).await?;
    let mut known: HashMap<Uuid, rating::Model> =
        known.into_iter().map(|rating| (rating.id, rating)).collect();
    let acts = known.values().map(|rating| rating.act_id);
    let acts = store::statistics::acts::load(txn, acts).await?;
    let acts: HashMap<Uuid, act::Model> = acts.into_iter().map(|act| (act.id, act)).collect();
    for (rating_id, (position, news)) in said {
        let Some(before) = known.remove(&rating_id) else {
            left.push((position, Obstacle::Waits(format!("the rating {rating_id}"))));
            continue;
        };
        // One that waited may come after a later one.
        if position.cast_signed() <= before.words_position {
            continue;
        }
        let mut now = before.clone();
        (now.words, now.words_position) = (news.words, position.cast_signed());
        if let Some(act) = acts.get(&now.act_id).filter(|act| act.pain == Some(rating_id)) {
            let of = ServiceAct::decode(act.act.as_slice());
            let of = of.map_err(|error| DbErr::Type(format!("act {}: {error}", act.id)))?;
            for (rating, by) in [(&before, -1), (&now, 1)] {
                let keys = pain::of_rating(&of, rating);
                keys.into_iter().for_each(|key| sums.add_pain(key, by));
            }
        }
        words::put(txn, &now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
