//! Where complaints gather (P09): the negative ratings of acts with their reasons, and what came without a
//! rating (I25). Of an act the effective rating counts, unless it is excluded; private ones count apart, for
//! officers alone, at once: the same officers have their tickets. Of a negative rating's text the words that
//! intake tells, once everybody may read it.

use std::collections::{BTreeMap, HashSet};

use domain::{canary::is_robots, deadline::day_of};
use platform::{
    clock::instant,
    convert::{self, Meaningless},
    database::Txn,
    facts::consume::{Obstacle, Retraction},
};
use proto::{
    fact::v1::{Fact, MatterRaised, fact::Body},
    r#type::v1::{MatterKind, ServiceAct},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    reading::{broken, uuid},
    weight::given,
};
use crate::{
    entity::{
        column::{column, day_to_column},
        complaint, rating,
    },
    store::{
        pain_point::{self, Key, Kind},
        statistics::sums::Sums,
    },
};

/// What stands between the reasons and the words in a rating's row: neither holds it.
const BETWEEN: char = '\n';

/// The reasons or the words of a rating, as its row has them.
pub(super) fn lines(of: &[String]) -> String {
    of.join(&BETWEEN.to_string())
}

/// Each of them, once.
fn each(lines: &str) -> impl Iterator<Item = &str> {
    let mut named = HashSet::new();
    lines.split(BETWEEN).filter(move |one| !one.is_empty() && named.insert(*one))
}

/// What the rating that stands for an act counts as.
pub(super) fn of_rating(act: &ServiceAct, rating: &rating::Model) -> Vec<Key> {
    if !given(Some(rating)) || is_robots(&act.item_code) {
        return Vec::new();
    }
    let key = |kind: Kind, reason: &str| Key {
        region_code: act.region_code.clone(),
        day: day_to_column(day_of(instant(rating.received_at))),
        kind: kind as i16,
        item_code: act.item_code.clone(),
        stage: column(act.stage),
        reason: reason.to_owned(),
        agency_id: act.agency_id.clone(),
        line_id: act.line_id.clone(),
        private: rating.private,
    };
    let mut keys = vec![key(Kind::Rated, "")];
    if convert::level(rating.level.into()).is_ok_and(|level| level.is_negative()) {
        keys.push(key(Kind::Negative, ""));
        keys.extend(each(&rating.tags).map(|code| key(Kind::Reason, code)));
        // A private one has none: its text is not published.
        keys.extend(each(&rating.words).map(|word| key(Kind::Word, word)));
    }
    keys
}

/// What a complaint counts as.
pub(super) fn of_complaint(row: &complaint::Model) -> Key {
    Key {
        region_code: row.region_code.clone(),
        day: row.day,
        kind: Kind::Complaint as i16,
        item_code: row.item_code.clone(),
        stage: 0,
        reason: row.source.clone(),
        agency_id: row.agency_id.clone(),
        line_id: String::new(),
        private: row.private,
    }
}

/// Folds facts about what came without a rating.
pub(super) async fn apply(
    txn: &Txn,
    facts: &[Fact],
    sums: &mut Sums,
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let mut said = BTreeMap::new();
    for fact in facts {
        match read(fact) {
            Ok(Some(row)) => {
                said.entry(row.id).or_insert(row);
            }
            Ok(None) => {}
            Err(why) => left.push((fact.position, why)),
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    let known = pain_point::complaints(txn, said.keys().copied()).await?;
    let known: HashSet<Uuid> = known.into_iter().map(|row| row.id).collect();
    let new: Vec<complaint::Model> =
        said.into_values().filter(|row| !known.contains(&row.id)).collect();
    new.iter().for_each(|row| sums.add_pain(of_complaint(row), 1));
    pain_point::insert_complaints(txn, &new).await
}

/// Takes back what facts after a position brought; the counts of acts go with the acts, unless all do.
pub(super) async fn forget(
    txn: &Txn,
    after: i64,
    sums: &mut Sums,
    forgotten: &mut Retraction,
) -> Result<(), DbErr> {
    if after == 0 {
        return pain_point::delete_all(txn).await;
    }
    for row in pain_point::delete_complaints(txn, after).await? {
        sums.add_pain(of_complaint(&row), -1);
        forgotten.words.push(format!("the matter {} leaves the pain points", row.id));
    }
    Ok(())
}

/// A complaint, if a fact is one.
pub(super) fn read(fact: &Fact) -> Result<Option<complaint::Model>, Obstacle> {
    let Some(Body::MatterRaised(raised)) = &fact.body else { return Ok(None) };
    if !complains(raised)? {
        return Ok(None);
    }
    let received_at = convert::instant_of(raised.received_at.as_ref()).map_err(broken)?;
    Ok(Some(complaint::Model {
        id: uuid(&raised.matter_id)?,
        region_code: raised.region_code.clone(),
        agency_id: raised.agency_id.clone(),
        item_code: raised.item_code.clone(),
        source: raised.source.clone(),
        day: day_to_column(day_of(received_at)),
        private: raised.private,
        fact_position: fact.position.cast_signed(),
    }))
}

/// Whether a matter says that something is wrong: a review may be praise.
fn complains(raised: &MatterRaised) -> Result<bool, Obstacle> {
    match MatterKind::try_from(raised.kind) {
        Ok(MatterKind::Complaint | MatterKind::SurveyProblem) => Ok(true),
        Ok(MatterKind::PublicReview) => {
            let level = convert::level(raised.level).ok();
            Ok(raised.wants_ticket || level.is_some_and(|level| level.is_negative()))
        }
        Ok(MatterKind::Unspecified) => Err(broken(Meaningless("is no kind of matter"))),
        Err(_) => Err(Obstacle::Unknown(format!("the kind {}", raised.kind))),
    }
}
