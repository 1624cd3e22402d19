//! What a ticket counts as: a function of what is known of it.

use domain::deadline::day_of;
use jiff::civil::Date;
use platform::{clock::instant, facts::consume::Obstacle};
use prost::Message as _;
use proto::r#type::v1::ServiceAct;

use crate::{
    entity::{column::day_of_column, ticket},
    store::statistics::{
        measures::{self, OF_TICKETS},
        sums::{Count, Sums},
    },
};

/// Adds a whole ticket to the counts, or removes it.
pub(super) fn count(row: &ticket::Model, by: i64, sums: &mut Sums) -> Result<(), Obstacle> {
    if !measures::counts(row) {
        return Ok(());
    }
    let (act, on) = (act_of(row)?, counts_on(row));
    for one in OF_TICKETS.iter().filter(|one| (one.holds)(row)) {
        sums.add(&act, Count::of(on, one.measure), by);
    }
    Ok(())
}

fn counts_on(row: &ticket::Model) -> Date {
    match row.counted_on {
        0 => day_of(instant(row.opened_at)),
        days => day_of_column(days),
    }
}

fn act_of(row: &ticket::Model) -> Result<ServiceAct, Obstacle> {
    ServiceAct::decode(row.act.as_slice()).map_err(|error| Obstacle::Broken(error.to_string()))
}
