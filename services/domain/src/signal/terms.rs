//! The parameters of all detectors. No document names any of these numbers; they are this system's own,
//! each with its reason.

use jiff::SignedDuration;

use super::Kind;

/// Of the signals of one kind and day, at most this share are chance (false discovery rate). The
/// Authority hears of something like four chance signals a year, over all kinds and however many
/// windows there are, and an honest window of none in its lifetime.
pub const FALSE_FLAGS: f64 = 0.001;

/// What is usual is learnt from so many days: eight of each weekday, and no longer than a season.
pub const HISTORY_DAYS: i32 = 56;
/// A subject's own rates say nothing before it has so many days with ratings: two working weeks.
pub const LEAST_DAYS: usize = 10;
/// Days of the same weekday are compared alone if there are at least so many, else all working days.
pub(super) const LEAST_ALIKE: usize = 4;

/// An hour with fewer ratings is no burst: one family with several matters gives half as many.
pub(super) const LEAST_BURST: u64 = 12;
/// A burst is at least so many times what is usual: half as much again comes with every market day.
pub(super) const TIMES_USUAL: f64 = 3.0;
/// Where everybody is busier, so is the subject, up to so many times: a whole hall that fakes is not
/// excused by itself.
pub(super) const MOST_BUSY: f64 = 3.0;
/// A region with few ratings an hour says little: it counts as if it had always had so many more.
pub(super) const AROUND_WEIGHT: f64 = 12.0;
/// The least by which honest days differ, as the squared coefficient of variation: a good third up or
/// down.
pub(super) const DAYS_DIFFER: f64 = 0.1;
/// Addresses differ at least as much as households, schools and mobile carriers do, as the squared
/// coefficient of variation of their busiest hours.
pub(super) const NETWORKS_DIFFER: f64 = 1.0;
/// A day of a network address with fewer ratings is not kept, so that households leave no trace.
pub const LEAST_OF_A_NETWORK: u64 = 5;

/// How close to their median dwell times count as equal: people differ by half of it and more; a program
/// does by less than a twentieth, and one that throws dice by a fifth.
pub(super) const EQUAL_DWELL: f64 = 0.15;
/// Nobody finds a level among five and touches it in less time, in milliseconds.
pub(super) const READING_MS: u32 = 500;
/// Two people cannot rate on one device within this time: one steps away, the other looks and touches.
pub(super) const HAND_OVER: SignedDuration = SignedDuration::from_secs(8);
/// How long before a place opens and after it closes a rating is nothing unusual: staff serve early
/// comers, and whoever has a number is served after closing, on a busy day for long.
pub const BEFORE_OPENING: SignedDuration = SignedDuration::from_hours(1);
/// After it closes.
pub const AFTER_CLOSING: SignedDuration = SignedDuration::from_hours(2);
/// The night, by the hour of the day in Asia/Shanghai, for places whose opening hours nobody knows: halls
/// that open in the evening close before it.
pub(super) const NIGHT: [i8; 8] = [22, 23, 0, 1, 2, 3, 4, 5];
/// How long before a rating a replaced contact is conspicuous: the business system corrects a mistyped
/// phone on other days as well.
pub const CHANGED_BEFORE: SignedDuration = SignedDuration::from_hours(72);
/// How long after it: as long as anybody may still call the rater back, in days before the day of the
/// change.
pub const CHANGED_AFTER_DAYS: i32 = 30;

/// Words with fewer characters are anybody's words.
pub(super) const LEAST_PHRASE: usize = 8;
/// So many raters with the same words are the fewest that matter.
pub(super) const LEAST_REPEATS: u64 = 5;
/// Before anything is known of words, they are one rater's in four hundred.
pub(super) const UNKNOWN_PHRASE: (f64, f64) = (0.5, 200.0);
/// What is known of words elsewhere counts for at most so many raters, since places differ.
pub(super) const PHRASE_WEIGHT: f64 = 500.0;

/// A rater's, or a network's, negative ratings are of at least so many agencies: those of one agency
/// are its matter.
pub(super) const LEAST_AGENCIES: usize = 3;
/// And at least so many.
pub(super) const LEAST_NEGATIVES: u64 = 6;
/// Nobody has so many matters with one agency in a month, one a working day, of which most went wrong: so
/// many count even if all are of one.
pub(super) const LEAST_OF_ONE_AGENCY: u64 = 20;
/// The days that a rater's negative ratings are counted over.
pub const RATER_DAYS: i32 = 30;
/// On how many of these days a rater rates on average; more than were ever seen, so that the
/// expectation is rather too high.
pub(super) const DAYS_OF_A_RATER: f64 = 2.0;
/// Raters differ widely in how easily they complain: the squared coefficient of variation.
pub(super) const RATERS_DIFFER: f64 = 8.0;

/// How a kind compares shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShareTerms {
    /// The share before anything is known.
    pub(super) prior: f64,
    /// With fewer observed nothing is said.
    pub(super) least_of: u64,
    /// Fewer with what is looked for do not matter.
    pub(super) least_seen: u64,
    /// The share is at least so much above the expected one, however certain it is.
    pub(super) above: f64,
    /// Whether the subject's own past says what is usual. Where the act itself is wrong, it does not:
    /// who always cheats is no less conspicuous.
    pub(super) own: bool,
    /// The subject's own past has at least so many.
    pub(super) least_own: u64,
}

/// The terms of a kind that compares shares.
pub(super) const fn share(kind: Kind) -> ShareTerms {
    let wrong = ShareTerms {
        prior: 0.01,
        least_of: 10,
        least_seen: 4,
        above: 0.2,
        own: false,
        least_own: 0,
    };
    match kind {
        // Within 15 percent of the median lies one in five of people's dwell times.
        Kind::ConstantDwell => ShareTerms { prior: 0.2, least_of: 19, above: 0.3, ..wrong },
        Kind::FasterThanAHand => ShareTerms { prior: 0.02, ..wrong },
        // Some windows are honestly always praised, and some kiosks stand where it is never closed, as far
        // as is known.
        Kind::PraiseShare => {
            let own = ShareTerms { own: true, least_own: 200, ..wrong };
            ShareTerms { prior: 0.8, least_of: 20, least_seen: 20, above: 0.1, ..own }
        }
        Kind::HiddenDefaults => {
            let own = ShareTerms { own: true, least_own: 100, ..wrong };
            ShareTerms { prior: 0.5, least_of: 30, least_seen: 20, ..own }
        }
        Kind::Night => ShareTerms { own: true, ..wrong },
        // Whole offices share an address, and one bad day is everybody's there.
        Kind::MaliciousNegatives => ShareTerms { prior: 0.03, least_seen: 6, above: 0.4, ..wrong },
        Kind::ContactsChanged
        | Kind::BeforeTheCaseCouldEnd
        | Kind::Burst
        | Kind::RepeatedPhrase => wrong,
    }
}

/// How many observations the first guess of a share weighs as much as.
pub(super) const PRIOR_WEIGHT: f64 = 100.0;
/// A pool of fewer days of subjects does not say how much these differ.
pub(super) const LEAST_UNITS: f64 = 30.0;
/// How much subjects and days differ before that, and at least: the correlation within one.
pub(super) const UNKNOWN_CORRELATION: f64 = 0.1;
/// The least.
pub(super) const LEAST_CORRELATION: f64 = 0.02;
/// The most: more would explain everything.
pub(super) const MOST_CORRELATION: f64 = 0.5;
/// A subject's own past counts for as many ratings at most, so that its days may differ.
pub(super) const OWN_WEIGHT: f64 = 100.0;
