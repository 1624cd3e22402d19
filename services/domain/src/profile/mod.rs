//! Policy profiles (实施细则, C13): one jurisdiction's rules as layered data, each value with its
//! clause. If a layer has no value, it inherits its superior's. If no layer has one, the system's
//! own default applies; its reason is at the field of [`Profile`]. Some fields may be none, and
//! their documentation states what none means. To add a field, add its row in `table.rs` and
//! nothing else.
//!
//! Rules that every jurisdiction shares are no fields, so no layer can change them: there are five
//! levels, of which the last two are negative ([`crate::level`]), and nothing is ever deleted.

mod blind_spot;
mod check;
mod layer;
mod slot;
mod strictness;
mod table;
mod terms;
mod values;
mod words;

use jiff::civil::Date;

use crate::deadline::DeadlineRule;

pub use blind_spot::BlindSpot;
use table::FIELDS;
pub use table::Profile;
pub use terms::{Event, Term, Time};
pub use values::{
    ContactChannel, ExclusionDuty, ExclusionGround, ExclusionRule, ExtensionDuty, FollowUpRule,
    FollowUpWhom, HotlineDuty, KeyTargetDuty, KeyTargetRule, KeyTargetTrigger, List, Office,
    OnceRatedCase, PackageRating, Party, Percent, Period, ProblemDuty, RatedContent, RatedObject,
    RatingUnit, RealName, Reminder, RepeatedRating, Scores, SurveyMethod, ThirdParty,
};
pub use words::RuleWords;

/// The layer name of the system's own defaults.
pub const SYSTEM_LAYER: &str = "system";
/// The text in place of a default's clause.
const SYSTEM_CLAUSE: &str = "系统默认";

/// A value with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<T> {
    /// The value.
    pub value: T,
    /// Document and clause.
    pub clause: String,
    /// The layer that set it.
    pub layer: String,
}

/// All subjects of deadlines, each once, in the order of the table.
pub const TERMS: &[Term] = &{
    let mut terms = [Term { subject: "", time: Time::Duty, events: &[] }; count()];
    let (mut field, mut term) = (0, 0);
    while field < FIELDS.len() {
        if let Some(found) = FIELDS[field].term {
            terms[term] = found;
            term += 1;
        }
        field += 1;
    }
    terms
};

/// How many fields are deadlines.
const fn count() -> usize {
    let (mut field, mut count) = (0, 0);
    while field < FIELDS.len() {
        if FIELDS[field].term.is_some() {
            count += 1;
        }
        field += 1;
    }
    count
}

impl Profile {
    /// `id@version`: what a case is bound to.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Whether it is in force on a day.
    ///
    /// ```
    /// # use domain::{profile::Profile, source::Source};
    /// let text = "id = \"trial\"\nversion = 1\ndocument = \"试\"\ntrial = true\n\
    ///             in_force_from = \"2026-01-01\"\nin_force_until = \"2026-12-31\"\n";
    /// let trial = Profile::parse(&[Source { file: "trial.toml", text }]).unwrap();
    /// assert!(trial.in_force_on("2026-12-31".parse().unwrap()));
    /// assert!(!trial.in_force_on("2027-01-01".parse().unwrap()));
    /// ```
    #[must_use]
    pub fn in_force_on(&self, day: Date) -> bool {
        self.in_force_from.is_none_or(|from| from <= day)
            && self.in_force_until.is_none_or(|until| day <= until)
    }

    /// Every rule in words, defaults included.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleWords> {
        FIELDS.iter().map(|field| (field.words)(self)).collect()
    }

    /// Every deadline the profile sets, in the order of [`TERMS`].
    pub fn deadlines(&self) -> impl Iterator<Item = &Rule<DeadlineRule>> {
        TERMS.iter().filter_map(|term| self.ruled_deadline(term.subject))
    }

    /// The deadline of a subject, by its name.
    #[must_use]
    pub fn deadline(&self, subject: &str) -> Option<&DeadlineRule> {
        self.ruled_deadline(subject).map(|ruled| &ruled.value)
    }

    /// The same with the layer that set it.
    #[must_use]
    pub fn ruled_deadline(&self, subject: &str) -> Option<&Rule<DeadlineRule>> {
        let field = FIELDS.iter().find(|field| field.name == subject)?;
        (field.deadline)(self)
    }
}

/// Why facts cannot show what a rule changes; none if they can.
#[must_use]
pub fn blind_spot(field: &str) -> Option<BlindSpot> {
    let row = FIELDS.iter().find(|row| row.name == field);
    row.map_or(Some(BlindSpot::Organisation), |row| row.blind_spot)
}
