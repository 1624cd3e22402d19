//! A day's ratings against what is usual: every detector for every subject, and of each kind the
//! signals among all subjects.

use std::collections::{BTreeMap, HashMap};

use domain::{
    calendar::Calendar,
    deadline::{end_of, iso_date},
    signal::{
        Around, Count, Counts, Family, Kind, Past, Phrases, Pool, SHARES, Seen, Signal,
        SubjectKind, Test, burst, burst_of_a_new_network, busiest, counts, negatives_of_a_network,
        negatives_of_a_rater, observe, repeated_phrase, share, terms,
    },
};
use jiff::{Span, Timestamp, civil::Date};
use platform::status::Failure;
use proto::intake::v1::SignalState;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::gather::{Day, Subject, before, pseudonym, start_of};
use crate::{
    Intake,
    convert::{
        number,
        signal::{KINDS, NAMED, SUBJECTS},
        to_column,
    },
    entity::{signal, signal_day},
    store::signal::days,
};

/// How many subjects' pasts are read at once.
const SUBJECTS_AT_ONCE: usize = 100;

/// What a day came to.
pub(super) struct Found {
    pub(super) signals: Vec<signal::Model>,
    pub(super) days: Vec<signal_day::Model>,
    /// All subjects together.
    pub(super) all: signal_day::Model,
}

/// What all subjects of a day came to.
#[derive(Default, Deserialize, Serialize)]
struct All {
    pools: BTreeMap<SubjectKind, BTreeMap<Kind, Pool>>,
    /// Negative ratings, of so many raters.
    negatives: Count,
    phrases: Phrases,
}

impl All {
    fn pool(&self, subject: SubjectKind, kind: Kind) -> Pool {
        let pools = self.pools.get(&subject);
        pools.and_then(|pools| pools.get(&kind)).copied().unwrap_or_default()
    }

    fn merge(&mut self, other: &Self) {
        for (subject, pools) in &other.pools {
            let own = self.pools.entry(*subject).or_default();
            for (kind, pool) in pools {
                own.entry(*kind).or_default().merge(pool);
            }
        }
        self.negatives = self.negatives.and(other.negatives);
        self.phrases.merge(&other.phrases);
    }
}

/// Whose signal it is.
#[derive(Clone)]
struct Whose {
    kind: SubjectKind,
    id: String,
    region: String,
    agency: String,
}

impl Whose {
    fn new(kind: SubjectKind, id: &str, subject: &Subject) -> Self {
        let agency = subject.agency.clone().unwrap_or_default();
        Self { kind, id: id.to_owned(), region: subject.region(), agency }
    }
}

/// Examines a day.
pub(super) async fn examine(
    intake: &Intake,
    day: Date,
    gathered: &mut Day,
) -> Result<Found, Failure> {
    let mut examination = Examination::begin(intake, day, gathered).await?;
    let mut rows = Vec::new();
    let subjects: Vec<_> = gathered.subjects.iter().collect();
    for kind in
        [SubjectKind::Window, SubjectKind::Staff, SubjectKind::Terminal, SubjectKind::Network]
    {
        let of_kind: Vec<_> = subjects.iter().filter(|((of, _), _)| *of == kind).collect();
        for some in of_kind.chunks(SUBJECTS_AT_ONCE) {
            let ids: Vec<&str> = some.iter().map(|((_, id), _)| id.as_str()).collect();
            let mut pasts = examination.pasts(intake, kind, &ids, some).await?;
            for ((_, id), subject) in some {
                let seen = gathered.of(subject);
                let past = pasts.remove(id.as_str()).unwrap_or_default();
                let whose = Whose::new(kind, id, subject);
                rows.extend(examination.subject(&whose, &seen, &past)?);
            }
        }
    }
    examination.raters(intake, gathered).await?;
    rows.extend(examination.regions()?);
    examination.end(intake, rows)
}

struct Examination {
    day: Date,
    calendar: Option<std::sync::Arc<Calendar>>,
    /// Whether people work in a region on a day.
    working: HashMap<(String, Date), bool>,
    /// The days before.
    usual: All,
    today: All,
    families: BTreeMap<Kind, Family<Whose>>,
    /// All ratings of each region.
    around: HashMap<String, Around>,
}

impl Examination {
    async fn begin(intake: &Intake, day: Date, gathered: &Day) -> Result<Self, Failure> {
        let (from, until) = (before(day, terms::HISTORY_DAYS).to_string(), day.to_string());
        let mut usual = All::default();
        for row in days::of(&intake.store, days::ALL, &[""], (&from, &until)).await? {
            usual.merge(&json(&row.counts)?);
        }
        let mut today = All { phrases: Phrases::seen(gathered.all().iter()), ..All::default() };
        let active = gathered.all().iter().filter(|one| one.channel.is_some() && !one.earlier);
        let raters: std::collections::HashSet<u64> = active.map(|one| one.rater).collect();
        let all: Vec<&Seen> = gathered.all().iter().collect();
        today.negatives = Count {
            seen: observe(Kind::MaliciousNegatives, &all).count().seen,
            of: u64::try_from(raters.len()).unwrap_or(u64::MAX),
        };
        let calendar = intake.reference.now().calendar().cloned();
        let (working, families) = (HashMap::new(), BTreeMap::new());
        let around = HashMap::new();
        let mut begun = Self { day, calendar, working, usual, today, families, around };
        begun.look_around(intake, gathered, (&from, &until)).await?;
        Ok(begun)
    }

    /// Reads how busy the regions of a day usually are.
    async fn look_around(
        &mut self,
        intake: &Intake,
        gathered: &Day,
        days: (&str, &str),
    ) -> Result<(), Failure> {
        let regions: Vec<&str> = gathered.regions.keys().map(String::as_str).collect();
        for regions in regions.chunks(SUBJECTS_AT_ONCE) {
            for row in days::of(&intake.store, days::REGION, regions, days).await? {
                let day = iso_date(&row.day).map_err(|why| Failure::Internal(why.to_owned()))?;
                let working = self.works(&row.subject_id, day);
                let past = Past { day, working, counts: json(&row.counts)? };
                self.around.entry(row.subject_id).or_default().past.push(past);
            }
        }
        for (region, hours) in &gathered.regions {
            self.around.entry(region.clone()).or_default().hours = *hours;
        }
        Ok(())
    }

    /// What regions came to, to be kept.
    fn regions(&self) -> Result<Vec<signal_day::Model>, Failure> {
        let row = |(region, around): (&String, &Around)| {
            let counts = Counts { hours: around.hours, ..Counts::default() };
            let counts = serde_json::to_string(&counts);
            Ok(signal_day::Model {
                subject_kind: days::REGION,
                subject_id: region.clone(),
                day: self.day.to_string(),
                counts: counts.map_err(|error| Failure::Internal(error.to_string()))?,
            })
        };
        self.around.iter().map(row).collect()
    }

    /// The pasts of some subjects, by their identities.
    async fn pasts<'a>(
        &mut self,
        intake: &Intake,
        kind: SubjectKind,
        ids: &[&'a str],
        subjects: &[&(&'a (SubjectKind, String), &Subject)],
    ) -> Result<HashMap<&'a str, Vec<Past>>, Failure> {
        let from = before(self.day, terms::HISTORY_DAYS).to_string();
        let range = (from.as_str(), self.day.to_string());
        let column = to_column(number(&SUBJECTS, kind));
        let rows = days::of(&intake.store, column, ids, (range.0, &range.1)).await?;
        let mut pasts: HashMap<&str, Vec<Past>> = HashMap::new();
        for row in rows {
            // They are in order.
            let place = ids.binary_search(&row.subject_id.as_str());
            let Some(((_, id), subject)) = place.ok().and_then(|n| subjects.get(n)) else {
                continue;
            };
            let day = iso_date(&row.day).map_err(|why| Failure::Internal(why.to_owned()))?;
            let working = self.works(&subject.region(), day);
            let past = Past { day, working, counts: json(&row.counts)? };
            pasts.entry(id.as_str()).or_default().push(past);
        }
        Ok(pasts)
    }

    /// Whether people work in a region on a day; without a calendar on all but weekends.
    fn works(&mut self, region: &str, day: Date) -> bool {
        let calendar = self.calendar.as_ref();
        *self.working.entry((region.to_owned(), day)).or_insert_with(|| {
            let known = calendar.and_then(|calendar| calendar.of(region).day(day).ok());
            known.map_or(day.weekday().to_monday_one_offset() < 6, |kind| kind.working)
        })
    }

    /// Every detector for one subject; returns what its day came to, to be kept.
    fn subject(
        &mut self,
        whose: &Whose,
        seen: &[&Seen],
        past: &[Past],
    ) -> Result<Option<signal_day::Model>, Failure> {
        let working = self.works(&whose.region, self.day);
        // A network's raters are anywhere.
        let around = self.around.get(&whose.region);
        let around = around.filter(|_| whose.kind != SubjectKind::Network);
        self.add(whose, burst(seen, (self.day, working), past, around));
        let mut now = counts(seen);
        if whose.kind == SubjectKind::Network {
            now.shares.clear();
            let bad = observe(Kind::MaliciousNegatives, seen).count();
            self.pool(whose.kind, Kind::MaliciousNegatives, bad);
            let pool = self.usual.pool(whose.kind, Kind::MaliciousNegatives);
            self.add(whose, negatives_of_a_network(seen, &pool));
            self.pool(whose.kind, Kind::Burst, busiest(seen));
            let pool = self.usual.pool(whose.kind, Kind::Burst);
            self.add(whose, burst_of_a_new_network(seen, past, &pool));
            if now.rated() < terms::LEAST_OF_A_NETWORK {
                return Ok(None);
            }
        } else {
            self.shares(whose, seen, past, &now);
            // Nothing was rated today, only cases of earlier days got other contacts.
            if now.rated() == 0 && now.share(Kind::HiddenDefaults).of == 0 {
                return Ok(None);
            }
            let test = repeated_phrase(seen, &self.today.phrases, &self.usual.phrases);
            self.add(whose, test);
        }
        let counts = serde_json::to_string(&now).map_err(|e| Failure::Internal(e.to_string()))?;
        Ok(Some(signal_day::Model {
            subject_kind: to_column(number(&SUBJECTS, whose.kind)),
            subject_id: whose.id.clone(),
            day: self.day.to_string(),
            counts,
        }))
    }

    fn shares(&mut self, whose: &Whose, seen: &[&Seen], past: &[Past], now: &Counts) {
        for kind in SHARES {
            let today = now.share(kind);
            self.pool(whose.kind, kind, today);
            // Defaults hide behind a window only, and fall due in their own rhythm: over a week.
            let weekly = kind == Kind::HiddenDefaults;
            if weekly && whose.kind != SubjectKind::Window {
                continue;
            }
            let first = before(self.day, if weekly { 6 } else { 0 });
            let sum = |recent: bool| {
                let these = past.iter().filter(|past| (past.day >= first) == recent);
                these.fold(Count::default(), |sum, past| sum.and(past.counts.share(kind)))
            };
            let (count, own) = (today.and(sum(true)), sum(false));
            let pool = self.usual.pool(whose.kind, kind);
            self.add(whose, share(kind, count, &observe(kind, seen), &pool, own));
        }
    }

    fn pool(&mut self, subject: SubjectKind, kind: Kind, count: Count) {
        self.today.pools.entry(subject).or_default().entry(kind).or_default().add(count);
    }

    fn add(&mut self, whose: &Whose, test: Option<Test>) {
        if let Some(kind) = test.as_ref().map(|test| test.kind) {
            self.families.entry(kind).or_default().add(whose.clone(), test);
        }
    }

    /// Raters who rated negatively today, with all they rated lately.
    async fn raters(&mut self, intake: &Intake, gathered: &mut Day) -> Result<(), Failure> {
        let since = start_of(before(self.day, terms::RATER_DAYS - 1)).as_microsecond();
        let until = end_of(self.day).unwrap_or(Timestamp::MAX).as_microsecond();
        let complaining: Vec<Vec<u8>> = gathered.complaining.keys().cloned().collect();
        for number_index in complaining {
            let lately = gathered.of_rater(intake, &number_index, (since, until)).await?;
            let (ratings, subject) = lately;
            let id = pseudonym(intake, b"rater", &number_index);
            let whose = Whose::new(SubjectKind::Rater, &id, &subject);
            let seen: Vec<&Seen> = ratings.iter().collect();
            self.add(&whose, negatives_of_a_rater(&seen, self.usual.negatives));
        }
        Ok(())
    }

    fn end(self, intake: &Intake, days: Vec<signal_day::Model>) -> Result<Found, Failure> {
        let mut today = self.today;
        today.phrases = today.phrases.commonest();
        let counts = serde_json::to_string(&today).map_err(|e| Failure::Internal(e.to_string()))?;
        let all = signal_day::Model {
            subject_kind: days::ALL,
            subject_id: String::new(),
            day: self.day.to_string(),
            counts,
        };
        let families = self.families.into_values();
        let signals = families.flat_map(Family::signals);
        let signals = signals.map(|(whose, signal)| row(intake, self.day, whose, signal));
        Ok(Found { signals: signals.collect(), days, all })
    }
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Internal(error.to_string()))
}

fn row(intake: &Intake, day: Date, whose: Whose, signal: Signal) -> signal::Model {
    let first_day = match (signal.kind, whose.kind) {
        (Kind::HiddenDefaults, _) => before(day, 6),
        (_, SubjectKind::Rater) => before(day, terms::RATER_DAYS - 1),
        _ => day,
    };
    // What is counted over days would be found again on each of them.
    let period = match (signal.kind, whose.kind) {
        (Kind::HiddenDefaults, _) => {
            let monday = i32::from(day.weekday().to_monday_zero_offset());
            day.saturating_sub(Span::new().days(monday))
        }
        (_, SubjectKind::Rater) => day.first_of_month(),
        _ => day,
    };
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let named = signal.evidence.iter().take(NAMED).map(|id| Uuid::from_u128(*id));
    signal::Model {
        id: intake.shell.clock.new_id(),
        kind: to_column(number(&KINDS, signal.kind)),
        subject_kind: to_column(number(&SUBJECTS, whose.kind)),
        subject_id: whose.id,
        period: period.to_string(),
        region_code: whose.region,
        agency_id: whose.agency,
        first_day: first_day.to_string(),
        last_day: day.to_string(),
        probability: signal.p,
        threshold: signal.threshold,
        seen: count(signal.count.seen),
        looked_at: count(signal.count.of),
        expected: signal.expected,
        explanation: signal.explanation,
        ratings: named.flat_map(Uuid::into_bytes).collect(),
        rating_count: i64::try_from(signal.evidence.len()).unwrap_or(i64::MAX),
        state: to_column(SignalState::Open),
        judgements: 0,
        found_at: intake.shell.clock.now().as_microsecond(),
    }
}
