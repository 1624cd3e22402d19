//! Signals of fraud (S03): faked praise (刷好评) and malicious negative ratings (恶意差评), found in what
//! was observed of one subject in one period. A signal is no proof. It names its evidence and how
//! improbable that is by chance, a person decides about it, and no rating is touched.
//!
//! ```text
//! Seen, of one subject and day ──▶ a detector, with the usual (Past, Pool) ──▶ Test ──▶ Family ──▶ Signal
//! ```
//!
//! Counts have a negative binomial baseline (Poisson with days that differ), shares a beta-binomial
//! one. All detectors look in one direction, and return nothing where too little was observed. A
//! [`Family`] then chooses among all subjects that were tested: by the method of Benjamini and
//! Hochberg, of the signals of a kind and day at most [`terms::FALSE_FLAGS`] are chance.

mod burst;
mod family;
mod malice;
mod observe;
mod phrase;
mod share;
mod tail;
pub mod terms;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{channel::Channel, level::Level, rating::Origin};

pub use burst::{Around, Past, burst, burst_of_a_new_network, busiest};
pub use family::{Family, Signal};
pub use malice::{negatives_of_a_network, negatives_of_a_rater};
pub use observe::{Marked, SHARES, counts, observe};
pub use phrase::{Phrases, normal_phrase, repeated_phrase};
pub use share::{Pool, share};

/// What looks wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 短时集中: far more ratings in an hour than usual.
    Burst,
    /// 停留时长雷同: the levels were on the screen for the same time, again and again.
    ConstantDwell,
    /// 快于人手: rated faster than people can read, or hand over a device.
    FasterThanAHand,
    /// 早于服务: by the device's clock, rated before the service was given.
    BeforeTheCaseCouldEnd,
    /// 夜间评价: rated in a hall that was closed; where its opening hours are not known, at night.
    Night,
    /// 用语雷同: different raters, the same words.
    RepeatedPhrase,
    /// 联系方式变更: the contact of the rated case was replaced shortly before or after.
    ContactsChanged,
    /// 好评畸高: the best level far more often than usual here.
    PraiseShare,
    /// 默认掩盖: raters stopped rating, and default ratings fill the gap.
    HiddenDefaults,
    /// 恶意差评: one rater, or one network, with many negative ratings of several agencies.
    MaliciousNegatives,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Burst,
        Self::ConstantDwell,
        Self::FasterThanAHand,
        Self::BeforeTheCaseCouldEnd,
        Self::Night,
        Self::RepeatedPhrase,
        Self::ContactsChanged,
        Self::PraiseShare,
        Self::HiddenDefaults,
        Self::MaliciousNegatives,
    ];
}

/// Whose ratings were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The services of a window (窗口).
    Window,
    /// The services of a member of staff (窗口工作人员).
    Staff,
    /// The ratings given on a kiosk (自助服务终端).
    Terminal,
    /// The ratings that came from one network address (网络地址), on no device of a hall.
    Network,
    /// The ratings of one rater (评价人).
    Rater,
}

/// A rating as it was observed. Who gave it is only a number that tells raters apart.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The rating.
    pub rating: u128,
    /// Its rater; the same number for the same one.
    pub rater: u64,
    /// The agency that was rated; the same number for the same one.
    pub agency: u32,
    /// The level.
    pub level: Level,
    /// Where it comes from.
    pub origin: Origin,
    /// The way it came in; none for a default rating.
    pub channel: Option<Channel>,
    /// When it was received, by the server's clock.
    pub received_at: Timestamp,
    /// When it was given, by the device's clock, if the device said so.
    pub device_at: Option<Timestamp>,
    /// When the service was given, or reported, whichever was later: nobody could rate it before.
    pub served_at: Timestamp,
    /// How long the levels were on the screen, in milliseconds, by the device.
    pub shown_ms: Option<u32>,
    /// Whether the place where it was given was closed at the time, by its opening hours and well beyond them;
    /// none if these are not known.
    pub closed: Option<bool>,
    /// Whether the case's phone or number was replaced shortly before or after it.
    pub contact_changed: bool,
    /// True for a rating of an earlier day, seen again only because its case's contact was replaced today.
    pub earlier: bool,
    /// A keyed fingerprint of its words, if they are long enough to say anything.
    pub phrase: Option<u64>,
}

impl Seen {
    /// Whether its rater gave it, here, on the day that is looked at.
    fn is_active(&self) -> bool {
        self.origin == Origin::Active && !self.earlier
    }

    /// Whether it was given on a device that stands in a hall.
    fn on_device(&self) -> bool {
        self.is_active() && matches!(self.channel, Some(Channel::Kiosk | Channel::Evaluator))
    }

    /// When it was given, as far as can be believed: a device may deliver later what it kept while
    /// it had no network, but nothing is given after it was received.
    #[must_use]
    pub fn given_at(&self) -> Timestamp {
        match self.device_at.filter(|at| self.on_device() && *at < self.received_at) {
            Some(at) => at,
            None => self.received_at,
        }
    }
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Count {
    /// So many have what is looked for.
    pub seen: u64,
    /// Of so many.
    pub of: u64,
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { seen: self.seen + other.seen, of: self.of + other.of }
    }
}

/// What a subject's ratings of one day come to: all that is kept of a day for later days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Counts {
    /// Ratings by their raters, by the hour of the day in Asia/Shanghai.
    pub hours: [u32; 24],
    /// For each kind that compares shares, how many of how many.
    pub shares: BTreeMap<Kind, Count>,
}

impl Counts {
    /// How many ratings raters gave.
    #[must_use]
    pub fn rated(&self) -> u64 {
        self.hours.iter().copied().map(u64::from).sum()
    }

    /// The share of a kind.
    #[must_use]
    pub fn share(&self, kind: Kind) -> Count {
        self.shares.get(&kind).copied().unwrap_or_default()
    }
}

/// The result of one detector for one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The detector.
    pub kind: Kind,
    /// How probable what was seen, or more, is by chance; 1 if it is too little to matter.
    pub p: f64,
    /// What was counted, of how many.
    pub count: Count,
    /// The count that was to be expected.
    pub expected: f64,
    /// What the detector adds: the hour of a burst, the number of agencies, how many of the counted ratings
    /// opening hours speak of.
    pub detail: u64,
    /// The ratings that were counted; empty if the probability is not small.
    pub evidence: Vec<u128>,
}

impl Test {
    /// A result; the evidence is collected only where it may be needed.
    fn new(
        kind: Kind,
        p: f64,
        count: Count,
        expected: f64,
        evidence: impl FnOnce() -> Vec<u128>,
    ) -> Self {
        let evidence = if p <= terms::FALSE_FLAGS { evidence() } else { Vec::new() };
        Self { kind, p, count, expected, detail: 0, evidence }
    }
}
