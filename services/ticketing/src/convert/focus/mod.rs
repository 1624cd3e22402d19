//! Focus (重点对象与集中问题): comparisons, and the records with their steps.

mod concentration;
mod key_target;
mod problem;
mod staff_measure;

use domain::{deadline::iso_date, violation::Violations};
use jiff::civil::Date;

pub(crate) use concentration::{
    complaints_to_wire, concentration_to_wire, kind_of, object_of, ranks_to_wire, sample_of,
};
pub(crate) use key_target::{improvement_to_wire, target, target_command, target_into};
pub(crate) use problem::{problem, problem_command, problem_into};
pub(crate) use staff_measure::{measure, measure_command, measure_into, outcome_to_wire};

/// A day that must be there.
fn day(wrong: &mut Violations, field: &str, text: &str) -> Option<Date> {
    wrong.take(field, iso_date(text))
}

/// A day of stored content; none if it is not set yet.
fn kept(text: &str) -> Option<Date> {
    iso_date(text).ok()
}

fn written(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// What was decoded, if nothing is wrong with it.
fn whole<T>(wrong: Violations, decoded: Option<T>) -> Result<T, Violations> {
    wrong.finish(()).and(decoded.ok_or_else(Violations::default))
}
