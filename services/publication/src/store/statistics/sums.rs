//! Changes of counts, summed in memory and written once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use platform::database::{
    Txn,
    many::{self, Column},
};
use proto::{publication::v1::Dimension, r#type::v1::ServiceAct};
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};

use crate::entity::{column::day_to_column, figure};

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i16)]
pub(crate) enum Measure {
    /// Effective ratings, by the day they were received.
    Rated = 1,
    /// Service acts offered a rating, by the day of the offer.
    Offered = 2,
    /// Service acts offered a rating that their rater gave one, by the day of the offer.
    Participated = 3,
    /// Tickets opened, by the day of opening.
    TicketOpened = 4,
    /// Tickets fed back as rectified or explained, by the day of opening.
    TicketFedBack = 5,
    /// Of those fed back, the ones in which something was put right; all by the day of opening.
    TicketRectified = 6,
    /// Tickets that are closed.
    TicketClosed = 7,
    /// Tickets whose rater is satisfied.
    TicketConfirmed = 8,
    /// Tickets that are a relapse of another.
    TicketRelapsed = 9,
    /// Tickets that missed a deadline.
    TicketLate = 10,
}

impl Measure {
    /// Everything that is counted of tickets.
    pub(crate) const OF_TICKETS: [Self; 7] = [
        Self::TicketOpened,
        Self::TicketFedBack,
        Self::TicketRectified,
        Self::TicketClosed,
        Self::TicketConfirmed,
        Self::TicketRelapsed,
        Self::TicketLate,
    ];
}

/// One count to change: a measure on a day, and by which channel, level and origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) day: Date,
    pub(crate) measure: Measure,
    pub(crate) channel: i16,
    pub(crate) level: i16,
    pub(crate) origin: i16,
}

impl Count {
    /// A count without channel, level and origin.
    pub(crate) fn of(day: Date, measure: Measure) -> Self {
        Self { day, measure, channel: 0, level: 0, origin: 0 }
    }
}

/// The values an act counts under, by dimension, each once: its own, and every agency and region
/// that had a part in a package (I12). Staff are left out: these counts are public.
fn dimensions(act: &ServiceAct) -> BTreeSet<(Dimension, &str)> {
    let own = [
        (Dimension::Region, act.region_code.as_str()),
        (Dimension::Agency, &act.agency_id),
        (Dimension::Item, &act.item_code),
        (Dimension::Line, &act.line_id),
        (Dimension::Terminal, &act.terminal_id),
        (Dimension::Window, &act.window_id),
        (Dimension::Hall, &act.hall_id),
    ];
    let involved = act.involved.iter().flat_map(|involved| {
        [
            (Dimension::Region, involved.region_code.as_str()),
            (Dimension::Agency, involved.agency_id.as_str()),
        ]
    });
    own.into_iter().chain(involved).filter(|(_, key)| !key.is_empty()).collect()
}

/// A row of figures, ordered by its key, so that two transactions that write some of the same rows
/// wait and do not block each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    dimension: i16,
    key: String,
    day: i32,
    measure: Measure,
    channel: i16,
    level: i16,
    origin: i16,
}

/// The changes of the counts by some facts.
#[derive(Debug, Default)]
pub(crate) struct Sums(BTreeMap<Key, i64>);

impl Sums {
    /// Adds `by` to a count under every dimension of an act.
    pub(crate) fn add(&mut self, act: &ServiceAct, count: Count, by: i64) {
        for (dimension, key) in dimensions(act) {
            let key = Key {
                dimension: i16::try_from(i32::from(dimension)).unwrap_or_default(),
                key: key.to_owned(),
                day: day_to_column(count.day),
                measure: count.measure,
                channel: count.channel,
                level: count.level,
                origin: count.origin,
            };
            *self.0.entry(key).or_default() += by;
        }
    }

    /// Adds these changes to the figures.
    pub(crate) async fn write(self, txn: &Txn) -> Result<(), DbErr> {
        let (mut days, mut dimensions, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut measures, mut channels, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        let (mut origins, mut ns) = (Vec::new(), Vec::new());
        for (key, n) in self.0.into_iter().filter(|(_, n)| *n != 0) {
            days.push(key.day);
            dimensions.push(key.dimension);
            keys.push(key.key);
            measures.push(key.measure as i16);
            channels.push(key.channel);
            levels.push(key.level);
            origins.push(key.origin);
            ns.push(n);
        }
        let columns = vec![
            ("dimension", Column::Small(dimensions)),
            ("key", Column::Text(keys)),
            ("day", Column::Int(days)),
            ("measure", Column::Small(measures)),
            ("channel", Column::Small(channels)),
            ("level", Column::Small(levels)),
            ("origin", Column::Small(origins)),
            ("n", Column::Big(ns)),
        ];
        let add = "ON CONFLICT (dimension, key, day, measure, channel, level, origin) \
                   DO UPDATE SET n = figure.n + excluded.n";
        many::insert(txn, "figure", columns, add).await
    }
}

/// Removes every count of these measures.
pub(crate) async fn delete_figures(txn: &Txn, measures: &[Measure]) -> Result<(), DbErr> {
    let these = measures.iter().map(|measure| *measure as i16);
    let these = figure::Column::Measure.is_in(these);
    figure::Entity::delete_many().filter(these).exec(txn).await?;
    Ok(())
}
