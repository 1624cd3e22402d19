//! A day's ratings in memory, by subject: about a hundred bytes each. A rating of a batch counts once,
//! since one person gave it with one touch.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    channel::Channel,
    codes::RegionCode,
    deadline::{clock_time, end_of},
    rating::Origin,
    signal::{Seen, SubjectKind, normal_phrase, terms},
};
use jiff::{Span, Timestamp, civil::Date};
use platform::{clock::instant, convert, status::Failure};
use uuid::Uuid;

use super::places::Places;
use crate::{
    Intake,
    convert::rating::Words,
    store::signal::scanned::{self, Scanned},
};

/// A subject's ratings of a day, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) places: Vec<usize>,
    /// The smallest region with all of them.
    pub(super) region: Option<RegionCode>,
    /// The agency; none if there are several.
    pub(super) agency: Option<String>,
}

impl Subject {
    fn add(&mut self, place: usize, row: &Scanned) {
        let region = RegionCode::parse(&row.region_code).ok();
        self.region = match (self.region.take(), region) {
            (Some(one), Some(other)) => common(one, &other),
            (one, other) => one.or(other),
        };
        match self.places.is_empty() {
            true => self.agency = Some(row.agency_id.clone()),
            false => self.agency = self.agency.take().filter(|agency| *agency == row.agency_id),
        }
        self.places.push(place);
    }

    /// The region's code.
    pub(super) fn region(&self) -> String {
        self.region.as_ref().map(|region| region.as_str().to_owned()).unwrap_or_default()
    }
}

/// The smallest region with both.
fn common(one: RegionCode, other: &RegionCode) -> Option<RegionCode> {
    std::iter::successors(Some(one), RegionCode::parent)
        .find(|above| above == other || other.ancestors().any(|code| code == *above))
}

/// What was observed on a day.
#[derive(Debug, Default)]
pub(super) struct Day {
    seen: Vec<Seen>,
    pub(super) subjects: BTreeMap<(SubjectKind, String), Subject>,
    /// The blind index of each rater known by number who rated negatively.
    pub(super) complaining: HashMap<Vec<u8>, Subject>,
    agencies: HashMap<String, u32>,
    batches: HashSet<(Uuid, i64)>,
    /// Ratings by their raters in each region, by the hour.
    pub(super) regions: BTreeMap<String, [u32; 24]>,
    places: Places,
    /// The first instant after it.
    end: i64,
}

impl Day {
    /// Nothing yet of a day.
    pub(super) fn new(day: Date) -> Self {
        let end = end_of(day).unwrap_or(Timestamp::MAX).as_microsecond();
        Self { end, ..Self::default() }
    }

    /// The ratings of a subject.
    pub(super) fn of(&self, subject: &Subject) -> Vec<&Seen> {
        subject.places.iter().filter_map(|place| self.seen.get(*place)).collect()
    }

    /// All ratings.
    pub(super) fn all(&self) -> &[Seen] {
        &self.seen
    }

    /// Adds some ratings, in order of their identities.
    pub(super) async fn add(&mut self, intake: &Intake, page: Vec<Scanned>) -> Result<(), Failure> {
        let active = page.iter().filter(|row| origin(row) == Some(Origin::Active));
        let cases: HashSet<Uuid> = active.map(|row| row.case_id).collect();
        let mut replaced: HashMap<Uuid, Vec<i64>> = HashMap::new();
        if !cases.is_empty() {
            for (case, at) in scanned::replaced(&intake.store, cases.into_iter().collect()).await? {
                replaced.entry(case).or_default().push(at);
            }
        }
        for row in page {
            let mut first_of_batch = |batch| self.batches.insert((batch, row.received_at));
            if row.batch_id.is_some_and(|batch| !first_of_batch(batch)) {
                continue;
            }
            let changed = replaced.get(&row.case_id).map(Vec::as_slice).unwrap_or_default();
            if let Some(seen) = self.seen(intake, &row, changed)? {
                self.place(intake, &row, seen);
            }
        }
        Ok(())
    }

    /// Adds the ratings of the days before whose cases got another contact on this day, after their
    /// rating: whoever would call the raters back reaches somebody else.
    pub(super) async fn add_changed(&mut self, intake: &Intake, day: Date) -> Result<(), Failure> {
        let (start, end) = (start_of(day), end_of(day).unwrap_or(Timestamp::MAX));
        let changes = scanned::replaced_between(&intake.store, start, end).await?;
        let cases: Vec<Uuid> = changes.into_iter().collect::<HashSet<_>>().into_iter().collect();
        let since = start_of(before(day, terms::CHANGED_AFTER_DAYS)).as_microsecond();
        let earlier = since..start.as_microsecond();
        for cases in cases.chunks(CASES_AT_ONCE) {
            for row in scanned::of_cases(&intake.store, cases).await? {
                if !earlier.contains(&row.received_at) {
                    continue;
                }
                if let Some(seen) = self.seen(intake, &row, &[])? {
                    let seen = Seen { contact_changed: true, earlier: true, ..seen };
                    self.place(intake, &row, seen);
                }
            }
        }
        Ok(())
    }

    /// A rating as the detectors see it; none for one from elsewhere.
    fn seen(
        &mut self,
        intake: &Intake,
        row: &Scanned,
        replaced: &[i64],
    ) -> Result<Option<Seen>, Failure> {
        let origin = origin(row).filter(|o| matches!(o, Origin::Active | Origin::Default));
        let level = convert::level(row.level.into()).ok();
        let (Some(origin), Some(level)) = (origin, level) else { return Ok(None) };
        // What is changed on a later day is seen on that day.
        let before = i64::try_from(terms::CHANGED_BEFORE.as_micros()).unwrap_or(i64::MAX);
        let end = self.end;
        let near = |at: &i64| *at >= row.received_at - before && *at < end;
        let channel = convert::channel(row.channel.into()).ok();
        let mut seen = Seen {
            rating: row.id.as_u128(),
            rater: rater(row),
            agency: self.agency(&row.agency_id),
            level,
            origin,
            channel,
            received_at: instant(row.received_at),
            device_at: row.reported_at.map(instant),
            served_at: instant(row.served_at.max(row.given_at.unwrap_or(i64::MIN))),
            shown_ms: row.shown_ms.and_then(|ms| u32::try_from(ms).ok()),
            closed: None,
            contact_changed: replaced.iter().any(near),
            earlier: false,
            phrase: phrase(intake, row)?,
        };
        seen.closed = self.places.closed(intake, row, &seen);
        Ok(Some(seen))
    }

    /// The number of an agency.
    fn agency(&mut self, id: &str) -> u32 {
        let next = u32::try_from(self.agencies.len()).unwrap_or(u32::MAX);
        *self.agencies.entry(id.to_owned()).or_insert(next)
    }

    /// Puts a rating under its subjects.
    fn place(&mut self, intake: &Intake, row: &Scanned, seen: Seen) {
        let place = self.seen.len();
        let device = matches!(seen.channel, Some(Channel::Kiosk | Channel::Evaluator));
        let kiosk = row.terminal_id.as_ref().filter(|_| seen.channel == Some(Channel::Kiosk));
        let network = row.network.as_ref().filter(|_| !device);
        let network = network.map(|network| pseudonym(intake, b"network", network));
        for (kind, id) in [
            (SubjectKind::Window, row.window_id.as_ref()),
            (SubjectKind::Staff, row.staff_id.as_ref()),
            (SubjectKind::Terminal, kiosk),
            (SubjectKind::Network, network.as_ref()),
        ] {
            if let Some(id) = id.filter(|id| !id.is_empty()) {
                self.subjects.entry((kind, id.clone())).or_default().add(place, row);
            }
        }
        if seen.origin == Origin::Active && !seen.earlier {
            let hour = usize::try_from(clock_time(seen.given_at()).hour()).unwrap_or_default();
            self.regions.entry(row.region_code.clone()).or_default()[hour] += 1;
        }
        let complains = seen.origin == Origin::Active && !seen.earlier && seen.level.is_negative();
        if let Some(number) = row.number_index.as_ref().filter(|_| complains) {
            self.complaining.entry(number.clone()).or_default().add(place, row);
        }
        self.seen.push(seen);
    }

    /// All ratings of a rater since an instant, observed like those of the day. Only what tells of
    /// malice is read of them.
    pub(super) async fn of_rater(
        &mut self,
        intake: &Intake,
        number_index: &[u8],
        (since, before): (i64, i64),
    ) -> Result<(Vec<Seen>, Subject), Failure> {
        let rows = scanned::of_rater(&intake.store, number_index, since, MOST_OF_A_RATER).await?;
        let (mut ratings, mut subject) = (Vec::new(), Subject::default());
        for row in rows.iter().filter(|row| (since..before).contains(&row.received_at)) {
            if let Some(seen) = self.seen(intake, row, &[])? {
                subject.add(ratings.len(), row);
                ratings.push(seen);
            }
        }
        Ok((ratings, subject))
    }
}

/// How many cases' ratings are read at once.
const CASES_AT_ONCE: usize = 500;
/// How many acts of a rater are read at most.
const MOST_OF_A_RATER: u64 = 500;

fn origin(row: &Scanned) -> Option<Origin> {
    convert::origin(row.origin.into()).ok()
}

/// What tells raters apart: the person's number, else the phone, else the case.
fn rater(row: &Scanned) -> u64 {
    let index = row.number_index.as_ref().or(row.phone_index.as_ref());
    let known = index.and_then(|index| index.first_chunk()).map(|bytes| u64::from_be_bytes(*bytes));
    // The last bits of a case's identity are random.
    known.unwrap_or_else(|| row.case_id.as_u64_pair().1)
}

/// A keyed fingerprint of a rating's words.
fn phrase(intake: &Intake, row: &Scanned) -> Result<Option<u64>, Failure> {
    if row.words.is_empty() {
        return Ok(None);
    }
    let words = Words::open(&intake.shell.sealer, &row.words, row.id)?;
    let normal = normal_phrase(&words.text);
    Ok(normal.map(|normal| {
        let hash = intake.shell.requests.content(&[b"signal phrase", normal.as_bytes()]);
        hash.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)).unwrap_or_default()
    }))
}

/// What a network or a rater is called in signals: nobody can read it, or find it in another table.
pub(super) fn pseudonym(intake: &Intake, kind: &[u8], hash: &[u8]) -> String {
    let hash = intake.shell.requests.content(&[b"signal subject", kind, hash]);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A day some days before another.
pub(super) fn before(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// The first instant of a day.
pub(super) fn start_of(day: Date) -> Timestamp {
    day.yesterday().ok().and_then(end_of).unwrap_or(Timestamp::MIN)
}
