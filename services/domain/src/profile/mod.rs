//! Policy profiles (实施细则, C13): one jurisdiction's rules as layered data, each value with its
//! clause. A layer that is silent inherits its superior's value; where all are silent the system's
//! own default stands, said at the field below. A field that may be none is one that no rule need
//! exist for: what none means is said there too.
//!
//! What every jurisdiction shares is no field and so cannot be changed by a layer: five levels of
//! which the last two are negative ([`crate::level`]), and that nothing is ever deleted.

mod defaults;
mod layer;
mod strictness;
mod terms;
mod values;
mod words;

use jiff::civil::Date;

use crate::{
    deadline::DeadlineRule,
    level::{LabelSet, Level},
};

pub use terms::{Event, TERMS, Term, Time};
pub use values::{
    CaseKind, ExclusionDuty, ExclusionGround, ExclusionRule, ExtensionDuty, FollowUpBy,
    FollowUpRule, FollowUpWhom, HotlineDuty, KeyTargetDuty, KeyTargetRule, KeyTargetTrigger, List,
    PackageRating, Party, Percent, Period, ProblemDuty, RatedContent, RatedObject, RatingUnit,
    Reach, RealName, Reminder, RepeatedRating, Scores, Stage, SurveyMethod, ThirdParty,
};
pub use words::RuleWords;

/// The layer name of the system's own defaults.
pub const SYSTEM_LAYER: &str = "system";

/// A value with where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled<T> {
    /// The value.
    pub value: T,
    /// Document and clause.
    pub clause: String,
    /// The layer that set it.
    pub layer: String,
}

/// The rules in force in one jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Identity, for example `changji-2020`.
    pub id: String,
    /// Version, from 1.
    pub version: u32,
    /// Region, GB/T 2260; none for a template that a region makes its own.
    pub region_code: Option<String>,
    /// Document number, or its title where it has none.
    pub document: String,
    /// First day in force, where the document says.
    pub in_force_from: Option<Date>,
    /// Last day in force: the end of a trial, or the day before its successor's first.
    pub in_force_until: Option<Date>,
    /// On trial (试行).
    pub trial: bool,

    /// The words of the levels (I04). System: 满意 set.
    pub label_set: Ruled<LabelSet>,
    /// The score of each level (P02). System: none, nothing is scored.
    pub scores: Option<Ruled<Scores>>,
    /// What is rated directly (C06). System: staff, agency and platform.
    pub rated_directly: Ruled<List<RatedObject>>,
    /// What is scored by the mean of its window staff's ratings (P01). System: none.
    pub mean_scores: Option<Ruled<List<RatedObject>>>,
    /// What is rated, by kind of object (C12). System: none, the service as a whole.
    pub rated_content: Option<Ruled<List<RatedContent>>>,
    /// The voluntary questions beyond the five levels (C07). System: none.
    pub questionnaire: Option<Ruled<List<String>>>,
    /// The version of the reason tag list (C08). System: none, the nation's in force.
    pub tag_list: Option<Ruled<String>>,

    /// How long a service can be rated (I06). System: none, rateable for ever.
    pub rating_window: Option<Ruled<DeadlineRule>>,
    /// The rating that stands when the window closes without one (I07). System: none.
    pub default_rating: Option<Ruled<Level>>,
    /// Whether default ratings enter satisfaction and scores; participation never. System: no.
    pub default_rating_counts: Ruled<bool>,
    /// After which stages the window's evaluator opens by itself (I19). System: completion.
    pub evaluator_opens_on: Ruled<List<Stage>>,
    /// After which stages the kiosk's rating screen opens by itself (I19). System: completion.
    pub kiosk_opens_on: Ruled<List<Stage>>,
    /// Whether window staff ask for a rating, without hinting at one (HY14). System: no.
    pub staff_prompt: Ruled<bool>,
    /// Whether an SMS invites to rate on completion (I08). System: no.
    pub sms_invitation: Ruled<bool>,
    /// When an SMS reminds of a service not yet rated (I08). System: none, never.
    pub sms_reminder: Option<Ruled<Reminder>>,

    /// Whether a negative rating needs a tag or a text (I05). System: no.
    pub negative_needs_reason: Ruled<bool>,
    /// What several ratings of one act come to (I09). System: the latest counts.
    pub repeated_rating: Ruled<RepeatedRating>,
    /// Whether the rater must be known by name (I13). System: encouraged.
    pub real_name: Ruled<RealName>,
    /// Whether the rater can keep the rating from the public (I14). System: yes.
    pub private_allowed: Ruled<bool>,

    /// What brings one rating on site (I03). System: each service.
    pub on_site_unit: Ruled<RatingUnit>,
    /// After which stages on-site service is rated (I11). System: completion.
    pub on_site_rated_on: Ruled<List<Stage>>,
    /// What brings one rating online (I03). System: each matter.
    pub online_unit: Ruled<RatingUnit>,
    /// After which stages online service is rated (I11). System: completion.
    pub online_rated_on: Ruled<List<Stage>>,
    /// How many ratings an immediate case (即办件) brings (I11). System: none, as `on_site_unit`
    /// and `online_unit` say.
    pub immediate_case_ratings: Option<Ruled<u32>>,
    /// How many ratings a committed case (承诺件) brings at least (I11). System: none, likewise.
    pub committed_case_ratings_min: Option<Ruled<u32>>,
    /// Whether every stage of a case can be rated (I11). System: no.
    pub every_stage_rateable: Ruled<bool>,
    /// Cases rated once only, on completion (I11). System: none.
    pub once_on_completion: Option<Ruled<List<CaseKind>>>,
    /// How a package is rated (I12). System: none, like any other case.
    pub package_rating: Option<Ruled<PackageRating>>,
    /// Whether one rating applies to a whole batch (I10). System: no, to each case its own.
    pub batch_rated_once: Ruled<bool>,
    /// Text of a negative rating: reviewed by (T08). System: none, not reviewed.
    pub text_review: Option<Ruled<DeadlineRule>>,
    /// Whether text not reviewed in time counts as accepted (T08). System: no.
    pub unreviewed_text_accepted: Ruled<bool>,

    /// Who passes a negative rating on to be handled (T01). System: the handling agency starts by
    /// itself.
    pub dispatch_by: Ruled<FollowUpBy>,
    /// A negative rating: filed and passed on by (T01). System: none.
    pub dispatch: Option<Ruled<DeadlineRule>>,
    /// A negative rating: procedure started by (T01). System: none.
    pub start_handling: Option<Ruled<DeadlineRule>>,
    /// Whether the Authority itself receives, verifies and urges (T01). System: no.
    pub authority_verifies: Ruled<bool>,
    /// Whether the county Authority stands in for townships and villages, rectifying excepted
    /// (T11). System: no.
    pub authority_for_townships: Ruled<bool>,
    /// Not fixable at once: the rater first contacted by (T02). System: none.
    pub first_contact: Option<Ruled<DeadlineRule>>,
    /// Clear and reasonable: fixed by (T04). System: none.
    pub fix_clear: Option<Ruled<DeadlineRule>>,
    /// Clear and reasonable: fed back to the rater by (T04). System: none.
    pub feed_back_clear: Option<Ruled<DeadlineRule>>,
    /// Simple, but not fixable at once: fixed by (T04). System: none.
    pub fix_simple: Option<Ruled<DeadlineRule>>,
    /// Simple, but not fixable at once: fed back by (T04). System: none.
    pub feed_back_simple: Option<Ruled<DeadlineRule>>,
    /// Complex: fixed by (T04). System: none.
    pub fix_complex: Option<Ruled<DeadlineRule>>,
    /// Complex: the shortest limit that can be set, in the days of `fix_complex`. System: none.
    pub fix_complex_min_days: Option<Ruled<u32>>,
    /// Complex: solution worked out and fed back by (T04). System: none.
    pub feed_back_complex: Option<Ruled<DeadlineRule>>,
    /// Whether a complex claim enters a ledger with a deadline (T03). System: yes.
    pub complex_ledger: Ruled<bool>,
    /// Whether it is said why a claim is complex (T03). System: no.
    pub complex_needs_reason: Ruled<bool>,
    /// What a new date for an unmet deadline takes (T04). System: none, there is no new date.
    pub extension: Option<Ruled<List<ExtensionDuty>>>,

    /// How the rater is told the outcome (T05). System: any suitable way.
    pub feedback_channels: Ruled<List<Reach>>,
    /// Whether the Authority reviews results before closing (T15). System: no.
    pub result_reviewed_by_authority: Ruled<bool>,
    /// Which ratings are counted nowhere, by whose decision (T03). System: mistaken and malicious
    /// ones, by the Authority after verification.
    pub exclusion: Ruled<ExclusionRule>,
    /// Who follows up whom (T06). System: real-name negatives, by the handling agency.
    pub follow_up: Ruled<FollowUpRule>,
    /// The share of those to follow up that must be (T06). System: all.
    pub follow_up_percent: Ruled<Percent>,
    /// The share of real-name negatives that must be followed up and rectified (P03). System: none.
    pub rectified_percent: Option<Ruled<Percent>>,
    /// Followed up by (T06). System: none.
    pub follow_up_within: Option<Ruled<DeadlineRule>>,
    /// How it is followed up (T06). System: any suitable way.
    pub follow_up_channels: Ruled<List<Reach>>,
    /// How satisfaction with the handling is sampled, at a ratio set in operation (T06). System:
    /// none, not at all.
    pub satisfaction_sample: Option<Ruled<List<Reach>>>,
    /// Who can appeal (T07). System: the rated party.
    pub appeal_from: Ruled<List<Party>>,
    /// Appealed by (T07). System: none, without limit.
    pub appeal: Option<Ruled<DeadlineRule>>,
    /// Who decides an appeal (T07). System: the Authority.
    pub appeal_to: Ruled<Party>,
    /// An appeal is decided by (T07). System: none.
    pub decide_appeal: Option<Ruled<DeadlineRule>>,
    /// Whether an appeal stops the handling clock. System: no.
    pub appeal_stops_clock: Ruled<bool>,

    /// Who becomes a key target (T12). System: none.
    pub key_target: Option<Ruled<KeyTargetRule>>,
    /// What becomes of a problem on which complaints concentrate (T13). System: none.
    pub concentrated_problem: Option<Ruled<List<ProblemDuty>>>,
    /// Whether rater data go to a third party (S05). System: with permission.
    pub rater_data_to_third_party: Ruled<ThirdParty>,
    /// What upheld retaliation against a rater brings, in the document's words (S06). System: none.
    pub retaliation_consequence: Option<Ruled<String>>,
    /// How government asks by itself (I18). System: none.
    pub surveys: Option<Ruled<List<SurveyMethod>>>,
    /// How often a third party is asked to assess (I18). System: none.
    pub third_party_survey_every: Option<Ruled<Period>>,
    /// How often the supervisors (行风监督员) meet (I17). System: none.
    pub supervisors_meet_every: Option<Ruled<Period>>,
    /// How often results are made known to those rated (P06). System: periodically.
    pub bulletins: Ruled<List<Period>>,
    /// What a complaint by hotline takes (T18). System: none.
    pub hotline: Option<Ruled<List<HotlineDuty>>>,
    /// A complaint by hotline: passed on by (T18). System: none.
    pub hotline_dispatch: Option<Ruled<DeadlineRule>>,
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
}
