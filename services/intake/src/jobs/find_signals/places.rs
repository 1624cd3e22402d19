//! Where a rating was given, and whether that was closed: by the terminal's own opening hours, else its
//! window's, else its hall's, as they were on that day.

use std::{collections::HashMap, sync::Arc};

use domain::{
    channel::Channel,
    deadline::day_of,
    organization::{OpeningSpan, is_open},
    signal::{Seen, terms},
};
use jiff::civil::Date;
use platform::{convert::unit::hours, reference::Snapshot};

use crate::{Intake, store::signal::scanned::Scanned};

/// A place with its opening hours.
#[derive(Debug)]
struct Place {
    region_code: String,
    hours: Vec<OpeningSpan>,
}

/// A terminal, a window, and a day.
type Spot = (Option<String>, Option<String>, Date);

/// The places of a day's ratings, each looked up once.
#[derive(Debug, Default)]
pub(super) struct Places {
    known: HashMap<Spot, Option<Arc<Place>>>,
}

impl Places {
    /// Whether a rating was given on site while that was closed; none if nobody knows.
    pub(super) fn closed(&mut self, intake: &Intake, row: &Scanned, seen: &Seen) -> Option<bool> {
        // A kiosk's rating of a window's service may have been given on any kiosk.
        let (terminal, window) = match seen.channel? {
            Channel::Kiosk => (row.terminal_id.as_deref(), None),
            Channel::Evaluator | Channel::WindowCode => (None, row.window_id.as_deref()),
            _ => return None,
        };
        let given_at = seen.given_at();
        let day = day_of(given_at);
        let catalog = intake.reference.now();
        let key = (terminal.map(str::to_owned), window.map(str::to_owned), day);
        let place = self
            .known
            .entry(key)
            .or_insert_with(|| place(&catalog, terminal, window, day).map(Arc::new));
        let place = place.as_ref()?;
        let calendar = catalog.calendar().map(|calendar| calendar.of(&place.region_code));
        let margins = (terms::BEFORE_OPENING, terms::AFTER_CLOSING);
        Some(!is_open(&place.hours, given_at, margins, |day| calendar.as_ref()?.day(day).ok()))
    }
}

/// The nearest unit with opening hours, from the terminal to the hall; none if that has none either, or if
/// they cannot be read.
fn place(
    catalog: &Snapshot,
    terminal: Option<&str>,
    window: Option<&str>,
    day: Date,
) -> Option<Place> {
    let unit = |id: &str| Some(id).filter(|id| !id.is_empty()).and_then(|id| catalog.unit(id, day));
    let terminal = terminal.and_then(unit);
    let window = window.and_then(unit).or_else(|| unit(&terminal?.window_id));
    let hall = [terminal, window].into_iter().flatten().find_map(|near| unit(&near.hall_id));
    let with_hours = |unit: &&proto::catalog::v1::Unit| !unit.opening_hours.is_empty();
    let nearest = [terminal, window, hall].into_iter().flatten().find(with_hours)?;
    let hours = hours(&nearest.opening_hours).ok()?;
    Some(Place { region_code: nearest.region_code.clone(), hours })
}
