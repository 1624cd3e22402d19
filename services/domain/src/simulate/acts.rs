//! Service acts under two profiles: windows, refusals, default ratings, scores.

use jiff::{Timestamp, civil::Date};

use super::{
    Change, Figures, Fold, Gap, Object, Objection, Under,
    recorded::{RecordedAct, RecordedRating, RecordedWindow},
};
use crate::{
    calendar::Calendar,
    case::Stage,
    deadline::{DeadlineRule, end_of},
    id::RatingId,
    level::Level,
    profile::{Event, Profile},
    rating::{Origin, ServiceAct, effective, identified},
};

/// A rating window as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// The facts do not show it.
    NotTold,
    /// It never closes.
    Unlimited,
    /// Until the end of a day.
    Until { last_day: Date, end: Timestamp, provisional: bool },
}

impl Window {
    fn until(last_day: Date, provisional: bool) -> Self {
        let end = end_of(last_day).unwrap_or(Timestamp::MAX);
        Self::Until { last_day, end, provisional }
    }

    fn last_day(self) -> Option<Date> {
        match self {
            Self::NotTold | Self::Unlimited => None,
            Self::Until { last_day, .. } => Some(last_day),
        }
    }

    fn provisional(self) -> bool {
        matches!(self, Self::Until { provisional: true, .. })
    }

    /// Whether it is closed at `at`, as far as that is known.
    pub(super) fn is_past(self, at: Timestamp) -> bool {
        matches!(self, Self::Until { end, .. } if at >= end)
    }
}

/// The result for an act under one profile.
struct Outturn<'r> {
    effective: Option<&'r RecordedRating>,
    default: Option<Level>,
}

impl Fold<'_> {
    /// Folds one act, and returns its windows.
    pub(super) fn act(
        &mut self,
        known: &RecordedAct,
        old: &Profile,
        calendar: &Calendar,
    ) -> Under<Window> {
        let act = &known.act;
        let windows = self.windows(known, old, calendar);
        let until = self.until;
        self.report.counts.acts += 1;
        let closed = Under { old: windows.old.is_past(until), new: windows.new.is_past(until) };
        self.report.counts.windows_closed.add(closed);
        let last_day = Under { old: windows.old.last_day(), new: windows.new.last_day() };
        let both = windows.old != Window::NotTold && windows.new != Window::NotTold;
        if both && last_day.differs() {
            self.report.counts.windows_moved += 1;
            let provisional = windows.new.provisional();
            let change = Change::Window { act: act.id, last_day, closed, provisional };
            self.report.changes.push(change);
        }
        let recorded = self.recorded;
        let first = (act.id, RatingId(uuid::Uuid::nil()));
        let last = (act.id, RatingId(uuid::Uuid::max()));
        let ratings = recorded.ratings.range(first..=last).map(|(_, rating)| rating);
        let ratings: Vec<&RecordedRating> =
            ratings.filter(|rating| rating.received_at < until).collect();
        for rating in &ratings {
            self.rating(act, rating, old, windows);
        }
        let under = Under {
            old: outturn(&ratings, old, windows.old, until),
            new: outturn(&ratings, self.new, windows.new, until),
        };
        let rating = Under {
            old: under.old.effective.map(|r| r.id),
            new: under.new.effective.map(|r| r.id),
        };
        if rating.differs() {
            self.report.counts.effective_moved += 1;
            self.report.changes.push(Change::Effective { act: act.id, rating });
        }
        let level = Under { old: under.old.default, new: under.new.default };
        let given = Under { old: level.old.is_some(), new: level.new.is_some() };
        self.report.counts.defaults.add(given);
        if level.differs() {
            self.report.changes.push(Change::Default { act: act.id, level });
        }
        let objects = [
            Some(Object::Region(act.region_code.clone())),
            Some(Object::Agency(act.agency_id.clone())),
            act.hall_id.clone().map(Object::Hall),
            act.window_id.clone().map(Object::Window),
            act.staff_id.clone().map(Object::Staff),
        ];
        for object in objects.into_iter().flatten() {
            let figures = self.report.figures.entry(object).or_default();
            figures.old.enter(&under.old, old);
            figures.new.enter(&under.new, self.new);
        }
        windows
    }

    /// The window an act got, and the one the other profile gives it.
    fn windows(
        &mut self,
        known: &RecordedAct,
        old: &Profile,
        calendar: &Calendar,
    ) -> Under<Window> {
        let given = match known.given {
            RecordedWindow::NotTold => {
                self.report.gap(Gap::InvitationNotTold);
                Window::NotTold
            }
            RecordedWindow::Unlimited => Window::Unlimited,
            RecordedWindow::Until(day) => Window::until(day, false),
        };
        let own = self.window(&known.act, old, calendar).ok();
        let comparable = own.filter(|own| *own != Window::NotTold && given != Window::NotTold);
        if comparable.is_some_and(|own| own.last_day() != given.last_day()) {
            self.report.gap(Gap::GivenByOtherCalendar);
        }
        let new = self.window(&known.act, self.new, calendar);
        let new = new.unwrap_or_else(|gap| {
            self.report.gap(gap);
            Window::NotTold
        });
        Under { old: given, new }
    }

    /// The window a profile gives an act.
    fn window(
        &self,
        act: &ServiceAct,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<Window, Gap> {
        let Some(rule) = profile.rating_window.as_ref().map(|ruled| &ruled.value) else {
            return Ok(Window::Unlimited);
        };
        let from = self.window_from(rule, act).ok_or(Gap::EventNotTold)?;
        let due = rule.due(from, calendar).map_err(|_| Gap::CalendarNotKnown)?;
        Ok(Window::until(due.due_on, due.provisional))
    }

    /// When the event of a window happened: the service itself, where its stage is the event.
    fn window_from(&self, rule: &DeadlineRule, act: &ServiceAct) -> Option<Timestamp> {
        let case = self.recorded.cases.get(&act.case_id).copied().unwrap_or_default();
        let (accepting, completing) =
            (act.stage == Stage::Acceptance, act.stage == Stage::Completion);
        let happened = |at: &Timestamp| *at < self.until;
        let event = Event::ALL.iter().copied().find(|event| event.starts(rule))?;
        match event {
            Event::ServiceReceived => Some(act.served_at),
            Event::CaseAccepted if accepting => Some(act.served_at),
            Event::CaseAccepted => case.accepted_at.filter(happened),
            Event::CaseCompleted if completing => Some(act.served_at),
            Event::CaseCompleted => case.completed_at.filter(happened),
            Event::AcceptedOrCompleted => (accepting || completing).then_some(act.served_at),
            Event::RatingReceived
            | Event::ComplaintReceived
            | Event::FoundTrue
            | Event::AppealReceived
            | Event::TicketClosed => None,
        }
    }

    /// Each profile's objection to a rating.
    fn rating(
        &mut self,
        act: &ServiceAct,
        rating: &RecordedRating,
        old: &Profile,
        windows: Under<Window>,
    ) {
        self.report.counts.ratings += 1;
        for objection in Objection::ALL {
            let met = Under {
                old: objects(objection, rating, old, windows.old),
                new: objects(objection, rating, self.new, windows.new),
            };
            self.report.counts.objections.entry(objection).or_default().add(met);
            if met.differs() {
                let (rating, act) = (rating.id, act.id);
                self.report.changes.push(Change::Rating { rating, act, objection, met });
            }
        }
    }
}

/// Whether a rating came after its window. A paper form was checked by its own day when it was
/// entered; older facts only hold the time of entry.
fn is_late(rating: &RecordedRating, window: Window) -> bool {
    rating.origin != Origin::Paper && window.is_past(rating.received_at)
}

fn objects(
    objection: Objection,
    rating: &RecordedRating,
    profile: &Profile,
    window: Window,
) -> bool {
    match objection {
        Objection::TooLate => is_late(rating, window),
        Objection::NoReason => {
            let reason = rating.tags > 0 || rating.has_text;
            profile.negative_needs_reason.value && rating.level.is_negative() && !reason
        }
        Objection::NoName => identified(profile, rating.real_name).is_err(),
        Objection::Private => rating.private && !profile.private_allowed.value,
    }
}

/// The effective rating of those in time, or the default if there is none.
fn outturn<'r>(
    ratings: &[&'r RecordedRating],
    profile: &Profile,
    window: Window,
    until: Timestamp,
) -> Outturn<'r> {
    let in_time = || ratings.iter().copied().filter(|rating| !is_late(rating, window));
    let effective = effective(in_time().map(|r| (r.origin, r.given_at, r.id)));
    let effective = effective.and_then(|(_, _, id)| in_time().find(|rating| rating.id == id));
    let default = profile.default_rating.as_ref().map(|ruled| ruled.value);
    let default = default.filter(|_| effective.is_none() && window.is_past(until));
    Outturn { effective, default }
}

impl Figures {
    fn enter(&mut self, outturn: &Outturn<'_>, profile: &Profile) {
        let place = |level: Level| Level::ALL.iter().position(|known| *known == level);
        let add = |counts: &mut [u64; 5], level: Level| {
            if let Some(count) = place(level).and_then(|n| counts.get_mut(n)) {
                *count += 1;
            }
        };
        let scale = profile.scores.as_ref().map(|ruled| ruled.value);
        if let Some(rating) = outturn.effective {
            add(&mut self.active, rating.level);
            if let Some(scale) = scale {
                let sums = self.scores.entry(scale.all()).or_default();
                sums.active.add(scale.of(rating.level));
                sums.with_defaults.add(scale.of(rating.level));
            }
        }
        if let Some(level) = outturn.default {
            add(&mut self.defaults, level);
            self.defaults_counted += u64::from(profile.default_rating_counts.value);
            if let Some(scale) = scale {
                let sums = self.scores.entry(scale.all()).or_default();
                sums.with_defaults.add(scale.of(level));
            }
        }
    }
}
