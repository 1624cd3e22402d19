//! What an act counts as, from all that is known of it: its ratings, which of them are excluded, and
//! whether a private one has entered the figures. A function of these alone, so that neither the order
//! of facts nor of their producers matters, and the same again after a reinstatement.
//!
//! An excluded rating counts nowhere, and the best of the others takes its place. For private ratings
//! (I14) that is so only as far as nobody learns from it which one was excluded, for only a bad one
//! ever is: a private rating that is excluded leaves the counts by level, and nothing takes its place;
//! its act stays one whose rater took part.

use std::collections::HashSet;

use domain::rating::effective;
use jiff::civil::Date;
use proto::r#type::v1::ServiceAct;
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    private::{self, CountedRating},
    weight::{given, rated, weigh},
};
use crate::{
    entity::{act, rating},
    store::statistics::{
        measures::Measure,
        sums::{Count, Sums},
    },
};

/// How an act counts.
pub(super) struct Standing {
    /// The rating that stands for it, if one does.
    pub(super) effective: Option<Uuid>,
    /// The group it waits for; empty if it does not wait.
    pub(super) waits: String,
    levels: Levels,
    took_part: bool,
}

/// What it adds to the counts by level.
enum Levels {
    Nothing,
    Public(Count),
    Entered(Box<CountedRating>),
}

impl Standing {
    /// How an act counts with these ratings, of which some are excluded.
    pub(super) fn of<'a>(
        row: &act::Model,
        act: &ServiceAct,
        ratings: impl Iterator<Item = &'a rating::Model> + Clone,
        excluded: &HashSet<Uuid>,
    ) -> Result<Self, DbErr> {
        let unreadable = |error: prost::DecodeError| DbErr::Type(error.to_string());
        let entered = private::counted(row).map_err(unreadable)?;
        let counts = |rating: &rating::Model| !excluded.contains(&rating.id);
        let of_all = best(ratings.clone());
        if let Some(entered) = entered {
            let levels = match excluded.iter().any(|id| entered.is(Some(*id))) {
                true => Levels::Nothing,
                false => Levels::Entered(Box::new(entered)),
            };
            return Ok(Self::made_of(of_all, String::new(), levels));
        }
        let best = match of_all {
            Some(hidden) if hidden.private => of_all,
            _ => best(ratings.filter(|rating| counts(rating))),
        };
        Ok(match best {
            Some(hidden) if hidden.private => {
                let waits =
                    if counts(hidden) { private::waits(act, hidden) } else { String::new() };
                Self::made_of(best, waits, Levels::Nothing)
            }
            Some(open) => Self::made_of(best, String::new(), Levels::Public(rated(open))),
            None => Self::made_of(None, String::new(), Levels::Nothing),
        })
    }

    fn made_of(effective: Option<&rating::Model>, waits: String, levels: Levels) -> Self {
        let took_part = given(effective);
        Self { effective: effective.map(|rating| rating.id), waits, levels, took_part }
    }

    /// Adds it to the counts, or removes it; `offered_on` is the day of the offer, if there was one.
    pub(super) fn count(
        &self,
        act: &ServiceAct,
        offered_on: Option<Date>,
        sums: &mut Sums,
        by: i64,
    ) {
        match &self.levels {
            Levels::Nothing => {}
            Levels::Public(count) => sums.add(act, *count, by),
            Levels::Entered(entered) => entered.count(sums, by),
        }
        if let Some(on) = offered_on.filter(|_| self.took_part) {
            sums.add(act, Count::of(on, Measure::Participated), by);
        }
    }
}

/// The best of some ratings.
pub(crate) fn best<'a>(
    ratings: impl Iterator<Item = &'a rating::Model> + Clone,
) -> Option<&'a rating::Model> {
    let best = effective(ratings.clone().map(weigh))?;
    ratings.into_iter().find(|rating| weigh(rating) == best)
}
