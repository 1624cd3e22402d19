//! The table of a profile's fields: one row for each; all other code follows from the rows. A row
//! without one of its parts does not compile; a field without a row does not exist.
//!
//! A row has, in this order:
//! - what the field is, with the requirement it serves; its name, in documents too; its kind
//!   ([`Slot`]): `Rule<T>` always has a value, `Option<Rule<T>>` need not, and a deadline is one
//!   of the latter;
//! - after `=`, the default: a value, or [`NoRule`] with the Chinese words for what that means;
//! - `strict`: how a lower layer's value is compared with its superior's ([`super::strictness`]),
//!   and for a deadline whose time it is and from which events it can run;
//! - `blind`: why the facts cannot show what it changes; `None` if `simulate` shows it;
//! - `because`: the default in English, with its reason.
//!
//! Layers work the same way for all fields: a layer's own value replaces the value below, with its
//! clause and the layer's name.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{
    BlindSpot::{
        self, Appeals, Classes, Exclusions, Invitations, Messages, Objects, Offices, Organisation,
        Prompts, Reviews, Words,
    },
    ContactChannel, ExclusionDuty, ExclusionGround, ExclusionRule, ExtensionDuty, FollowUpRule,
    FollowUpWhom, HotlineDuty, KeyTargetRule, List, Office, OnceRatedCase, PackageRating, Party,
    Percent, Period, ProblemDuty, RatedContent, RatedObject, RatingUnit, RealName, Reminder,
    RepeatedRating, Rule, RuleWords, SYSTEM_LAYER, Scores, SurveyMethod, ThirdParty,
    slot::{self, Lay, NoRule, Own, Slot},
    strictness::{Strictness, as_many, at_least, duty, free, right},
    terms::{Event, HANDLING, RATING, SERVICE, Term},
};
use crate::{
    case::Stage,
    deadline::DeadlineRule,
    level::{LabelSet, Level},
};

/// A row, for code that goes through all of them.
pub(super) struct Field {
    /// Its name.
    pub(super) name: &'static str,
    /// For a deadline: whose time it is, and from which events it can run.
    pub(super) term: Option<Term>,
    /// Why the facts cannot show what it changes.
    pub(super) blind_spot: Option<BlindSpot>,
    /// A profile's value in Chinese, with its clause.
    pub(super) words: fn(&Profile) -> RuleWords,
    /// Why the first profile's value cannot be below the second's.
    pub(super) looser: fn(&Profile, &Profile) -> Option<String>,
    /// A profile's value, if it is a deadline.
    pub(super) deadline: fn(&Profile) -> Option<&Rule<DeadlineRule>>,
}

/// Makes from the rows: the fields of [`Profile`] and of [`Layer`], the default profile, the code
/// that lays a layer over a profile, and [`FIELDS`].
macro_rules! table {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $kind:ty = $default:expr,
            strict $strictness:expr, blind $blind_spot:expr, because $reason:literal;
    )+) => {
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
            $($(#[doc = $doc])+ #[doc = concat!("System: ", $reason, ".")] pub $name: $kind,)+
        }

        /// One document: a table per field, with its `value` and its `clause`.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Layer {
            pub(super) id: Spanned<String>,
            pub(super) version: u32,
            pub(super) inherits: Option<Spanned<String>>,
            pub(super) region: Option<Spanned<String>>,
            pub(super) document: String,
            pub(super) in_force_from: Option<Spanned<String>>,
            pub(super) in_force_until: Option<Spanned<String>>,
            pub(super) trial: bool,
            $($name: Option<Own<<$kind as Slot>::Written>>,)+
        }

        impl Profile {
            /// A profile in which no document sets anything.
            pub(super) fn system() -> Self {
                Self {
                    id: SYSTEM_LAYER.to_owned(),
                    version: 1,
                    region_code: None,
                    document: String::new(),
                    in_force_from: None,
                    in_force_until: None,
                    trial: false,
                    $($name: Slot::silent($default),)+
                }
            }
        }

        impl Layer {
            /// Puts its own values over a profile's.
            pub(super) fn lay(self, lay: &mut Lay, to: &mut Profile) {
                $(lay.over(stringify!($name), self.$name, &mut to.$name);)+
            }
        }

        /// Every field, in the order of the table.
        pub(super) const FIELDS: &[Field] = &[$(Field {
            name: stringify!($name),
            term: Strictness::<<$kind as Slot>::Value>::term(&$strictness, stringify!($name)),
            blind_spot: $blind_spot,
            words: |profile| slot::words(stringify!($name), &profile.$name, || $default),
            looser: |own, above| slot::looser(&own.$name, &above.$name, &$strictness),
            deadline: |profile| profile.$name.deadline(),
        },)+];
    };
}

table! {
    /// The words of the levels (I04).
    label_set: Rule<LabelSet> = LabelSet::Satisfaction, strict free(), blind Some(Words),
        because "满意 set, as most documents have it";
    /// The score of each level (P02).
    scores: Option<Rule<Scores>> = NoRule("不计分"), strict free(), blind None,
        because "none, nothing is scored: a score is a document's to set";
    /// What is rated directly (C06).
    rated_directly: Rule<List<RatedObject>> =
        List::of([RatedObject::Staff, RatedObject::Agency, RatedObject::Platform]),
        strict free(), blind Some(Objects),
        because "staff, agency and platform, as the nation has it";
    /// What is scored by the mean of its window staff's ratings (P01).
    mean_scores: Option<Rule<List<RatedObject>>> = NoRule("无"), strict free(),
        blind Some(Objects),
        because "none, whatever is rated is scored by its own ratings";
    /// What is rated, by kind of object (C12).
    rated_content: Option<Rule<List<RatedContent>>> = NoRule("服务整体"), strict free(),
        blind Some(Words),
        because "none, the service as a whole: one touch is enough";
    /// The voluntary questions beyond the five levels (C07).
    questionnaire: Option<Rule<List<String>>> = NoRule("无"), strict free(), blind Some(Words),
        because "none, nobody is asked what no document wants to know";
    /// The version of the reason tag list (C08).
    tag_list: Option<Rule<String>> = NoRule("通行标签"), strict free(), blind Some(Words),
        because "none, the nation's in force, so that a tag means the same everywhere";

    /// How long a service can be rated (I06).
    rating_window: Option<Rule<DeadlineRule>> = NoRule("不限"), strict right(SERVICE), blind None,
        because "none, rateable for ever: a right ends only where a document says so";
    /// The rating that stands when the window closes without one (I07).
    default_rating: Option<Rule<Level>> = NoRule("不默认评价"), strict free(), blind None,
        because "none, silence is no opinion";
    /// Whether default ratings enter satisfaction and scores; participation never.
    default_rating_counts: Rule<bool> = false, strict free(), blind None,
        because "no, nobody gave them";
    /// After which stages the window's evaluator opens by itself (I19).
    evaluator_opens_on: Rule<List<Stage>> = List::of([Stage::Completion]), strict free(),
        blind Some(Prompts),
        because "completion, the stage that every case reaches";
    /// After which stages the kiosk's rating screen opens by itself (I19).
    kiosk_opens_on: Rule<List<Stage>> = List::of([Stage::Completion]), strict free(),
        blind Some(Prompts),
        because "completion, the stage that every case reaches";
    /// Whether window staff ask for a rating, without hinting at one (HY14).
    staff_prompt: Rule<bool> = false, strict free(), blind Some(Prompts),
        because "no, to be asked by who is rated is pressure";
    /// Whether an SMS invites to rate on completion (I08).
    sms_invitation: Rule<bool> = false, strict free(), blind Some(Messages),
        because "no, nobody is written to unless a document says so";
    /// When an SMS reminds of a service not yet rated (I08).
    sms_reminder: Option<Rule<Reminder>> = NoRule("不提醒"), strict free(), blind Some(Messages),
        because "none, never: nobody is written to unless a document says so";

    /// Whether a negative rating needs a tag or a text (I05).
    negative_needs_reason: Rule<bool> = false, strict free(), blind None,
        because "no, a complaint is as easy as praise";
    /// Which of several ratings of one act counts (I09).
    repeated_rating: Rule<RepeatedRating> = RepeatedRating::LatestCounts, strict free(),
        blind None,
        because "the latest counts, the only rule that the documents know";
    /// Whether the rater must be known by name (I13).
    real_name: Rule<RealName> = RealName::Encouraged, strict free(), blind None,
        because "encouraged, as the nation has it";
    /// Whether the rater can keep the rating from the public (I14).
    private_allowed: Rule<bool> = true, strict free(), blind None,
        because "yes, who fears to be seen would not rate";

    /// What brings one rating on site (I03).
    on_site_unit: Rule<RatingUnit> = RatingUnit::Service, strict free(), blind Some(Invitations),
        because "each service, as the nation has it";
    /// After which stages on-site service is rated (I11).
    on_site_rated_on: Rule<List<Stage>> = List::of([Stage::Completion]), strict free(),
        blind Some(Invitations),
        because "completion, the stage that every case reaches";
    /// What brings one rating online (I03).
    online_unit: Rule<RatingUnit> = RatingUnit::Matter, strict free(), blind Some(Invitations),
        because "each matter, as the nation has it";
    /// After which stages online service is rated (I11).
    online_rated_on: Rule<List<Stage>> = List::of([Stage::Completion]), strict free(),
        blind Some(Invitations),
        because "completion, the stage that every case reaches";
    /// How many ratings an immediate case (即办件) brings (I11).
    immediate_case_ratings: Option<Rule<u32>> = NoRule("不另作规定"), strict free(),
        blind Some(Invitations),
        because "none, as `on_site_unit` and `online_unit` say";
    /// How many ratings a committed case (承诺件) brings at least (I11).
    committed_case_ratings_min: Option<Rule<u32>> = NoRule("不另作规定"), strict free(),
        blind Some(Invitations),
        because "none, as `on_site_unit` and `online_unit` say";
    /// Whether every stage of a case can be rated (I11).
    every_stage_rateable: Rule<bool> = false, strict free(), blind Some(Invitations),
        because "no, a stage is rated where a document names it";
    /// Cases rated once only, on completion (I11).
    once_on_completion: Option<Rule<List<OnceRatedCase>>> = NoRule("无"), strict free(),
        blind Some(Invitations),
        because "none, every kind of case is rated alike";
    /// How a package is rated (I12).
    package_rating: Option<Rule<PackageRating>> = NoRule("与其他办件相同"), strict free(),
        blind Some(Invitations),
        because "none, like any other case";
    /// Whether one rating applies to a whole batch (I10).
    batch_rated_once: Rule<bool> = false, strict free(), blind Some(Invitations),
        because "no, to each case its own, for each can go differently";
    /// Text of a negative rating: reviewed by (T08).
    text_review: Option<Rule<DeadlineRule>> = NoRule("不审核"), strict duty(RATING),
        blind Some(Reviews),
        because "none, not reviewed: nobody judges a rater's words unless a document says so";
    /// Whether text not reviewed in time counts as accepted (T08).
    unreviewed_text_accepted: Rule<bool> = false, strict free(), blind Some(Reviews),
        because "no, what nobody read nobody accepted";

    /// Who passes a negative rating on to be handled (T01).
    dispatch_by: Rule<Office> = Office::HandlingAgency, strict free(),
        blind Some(Offices),
        because "the handling agency starts by itself, as the nation has it";
    /// A negative rating: filed and passed on by (T01).
    dispatch: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(RATING), blind None,
        because "none, the days are a document's to set";
    /// A negative rating: procedure started by (T01).
    start_handling: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(RATING),
        blind None,
        because "none, the days are a document's to set";
    /// Whether the Authority itself receives, verifies and urges (T01).
    authority_verifies: Rule<bool> = false, strict free(), blind Some(Offices),
        because "no, who handles is responsible (谁办理、谁负责)";
    /// Whether the county Authority stands in for townships and villages, rectifying excepted
    /// (T11).
    authority_for_townships: Rule<bool> = false, strict free(), blind Some(Offices),
        because "no, who handles is responsible (谁办理、谁负责)";
    /// Not fixable at once: the rater first contacted by (T02).
    first_contact: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(RATING),
        blind None,
        because "none, the days are a document's to set";
    /// Clear and reasonable: fixed by (T04).
    fix_clear: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(HANDLING),
        blind None,
        because "none, the days are a document's to set";
    /// Clear and reasonable: fed back to the rater by (T04).
    feed_back_clear: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(HANDLING),
        blind None,
        because "none, the days are a document's to set";
    /// Simple, but not fixable at once: fixed by (T04).
    fix_simple: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(HANDLING),
        blind Some(Classes),
        because "none, the days are a document's to set";
    /// Simple, but not fixable at once: fed back by (T04).
    feed_back_simple: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(HANDLING),
        blind Some(Classes),
        because "none, the days are a document's to set";
    /// Complex: fixed by (T04).
    fix_complex: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(HANDLING),
        blind None,
        because "none, the days are a document's to set";
    /// Complex: the shortest limit that can be set, in the days of `fix_complex`.
    fix_complex_min_days: Option<Rule<u32>> = NoRule("未规定"), strict free(),
        blind Some(Classes),
        because "none, whatever `fix_complex` allows";
    /// Complex: solution worked out and fed back by (T04).
    feed_back_complex: Option<Rule<DeadlineRule>> = NoRule("未规定天数"), strict duty(HANDLING),
        blind None,
        because "none, the days are a document's to set";
    /// Whether a complex claim enters a ledger with a deadline (T03).
    complex_ledger: Rule<bool> = true, strict free(), blind Some(Classes),
        because "yes, as the nation has it";
    /// Whether a complex finding needs a stated reason (T03).
    complex_needs_reason: Rule<bool> = false, strict free(), blind Some(Classes),
        because "no, its plan and its deadline are on record anyway";
    /// What a new date for a missed deadline requires (T04).
    extension: Option<Rule<List<ExtensionDuty>>> = NoRule("不予延期"), strict free(),
        blind Some(Classes),
        because "none, there is no new date: a deadline holds unless a document lets it move";

    /// How the rater gets the outcome (T05).
    feedback_channels: Rule<List<ContactChannel>> = List::of([ContactChannel::Suitable]),
        strict free(), blind Some(Offices),
        because "any suitable way, as the nation has it";
    /// Whether the Authority reviews results before closing (T15).
    result_reviewed_by_authority: Rule<bool> = false, strict free(), blind None,
        because "no, who handles is responsible (谁办理、谁负责)";
    /// Which ratings are counted nowhere, by whose decision (T03).
    exclusion: Rule<ExclusionRule> = ExclusionRule {
            grounds: List::of([ExclusionGround::Mistaken, ExclusionGround::Malicious]),
            by: Party::Authority,
            duties: List::of([ExclusionDuty::Verified]),
        }, strict free(), blind Some(Exclusions),
        because "mistaken and malicious ones, by the Authority after verification, for nobody \
                 decides of ratings of themselves";
    /// Who follows up whom (T06).
    follow_up: Rule<FollowUpRule> = FollowUpRule {
            whom: FollowUpWhom::RealNameNegative,
            by: Office::HandlingAgency,
        }, strict as_many(), blind None,
        because "real-name negatives, by the handling agency, as the nation has it";
    /// The share of those to follow up that must be (T06).
    follow_up_percent: Rule<Percent> = Percent::ALL, strict at_least(), blind None,
        because "all, as the nation has it";
    /// The share of real-name negatives that must be followed up and rectified (P03).
    rectified_percent: Option<Rule<Percent>> = NoRule("未规定"), strict at_least(),
        blind Some(Organisation),
        because "none, the share is a document's to set";
    /// Followed up by (T06).
    follow_up_within: Option<Rule<DeadlineRule>> = NoRule("未规定天数"),
        strict duty(&[Event::TicketClosed]), blind None,
        because "none, the days are a document's to set";
    /// How it is followed up (T06).
    follow_up_channels: Rule<List<ContactChannel>> = List::of([ContactChannel::Suitable]),
        strict free(), blind Some(Offices),
        because "any suitable way, as the nation has it of feedback";
    /// How satisfaction with the handling is sampled (T06).
    satisfaction_sample: Option<Rule<List<ContactChannel>>> = NoRule("不抽样"), strict free(),
        blind Some(Organisation),
        because "none, not at all: a survey is a document's to order";
    /// The share of the closed negative ratings in that sample (T06).
    satisfaction_sample_percent: Rule<Percent> = Percent::TENTH, strict free(),
        blind Some(Organisation),
        because "every tenth: the document that orders the sample leaves its ratio to operation";
    /// Who can appeal (T07).
    appeal_from: Rule<List<Party>> = List::of([Party::RatedParty]), strict free(),
        blind Some(Appeals),
        because "the rated party, as the nation has it";
    /// Appealed by (T07).
    appeal: Option<Rule<DeadlineRule>> = NoRule("不限"), strict right(RATING),
        blind Some(Appeals),
        because "none, without limit: a right ends only where a document says so";
    /// Who decides an appeal (T07).
    appeal_to: Rule<Party> = Party::Authority, strict free(), blind Some(Appeals),
        because "the Authority, which decides of exclusions too";
    /// An appeal is decided by (T07).
    decide_appeal: Option<Rule<DeadlineRule>> = NoRule("未规定天数"),
        strict duty(&[Event::AppealReceived]), blind Some(Appeals),
        because "none, the days are a document's to set";
    /// Whether an appeal stops the handling clock.
    appeal_stops_clock: Rule<bool> = false, strict free(), blind Some(Appeals),
        because "no, or else an appeal would be a way to gain time";

    /// Who becomes a key target (T12).
    key_target: Option<Rule<KeyTargetRule>> = NoRule("无"), strict free(),
        blind Some(Organisation),
        because "none, what makes one is a document's to say";
    /// What becomes of a problem on which complaints concentrate (T13).
    concentrated_problem: Option<Rule<List<ProblemDuty>>> = NoRule("未规定"), strict free(),
        blind Some(Organisation),
        because "none, each complaint is handled anyway";
    /// Whether rater data go to a third party (S05).
    rater_data_to_third_party: Rule<ThirdParty> = ThirdParty::WithPermission, strict free(),
        blind Some(Organisation),
        because "with permission, as every document that speaks of it";
    /// What upheld retaliation against a rater brings, in the document's words (S06).
    retaliation_consequence: Option<Rule<String>> = NoRule("未规定"), strict free(),
        blind Some(Organisation),
        because "none, a punishment is a document's to name";
    /// How government itself asks raters (I18).
    surveys: Option<Rule<List<SurveyMethod>>> = NoRule("未规定"), strict free(),
        blind Some(Organisation),
        because "none, a survey is a document's to order";
    /// How often a third party is asked to assess (I18).
    third_party_survey_every: Option<Rule<Period>> = NoRule("未规定"), strict free(),
        blind Some(Organisation),
        because "none, a survey is a document's to order";
    /// How often the supervisors (行风监督员) meet (I17).
    supervisors_meet_every: Option<Rule<Period>> = NoRule("未规定"), strict free(),
        blind Some(Organisation),
        because "none, a meeting is a document's to call";
    /// How often results are made known to those rated (P06).
    bulletins: Rule<List<Period>> = List::of([Period::Periodic]), strict free(),
        blind Some(Organisation),
        because "periodically, as the nation has it";
    /// What a complaint by hotline requires (T18).
    hotline: Option<Rule<List<HotlineDuty>>> = NoRule("未规定"), strict free(),
        blind Some(Organisation),
        because "none, like any other complaint";
    /// A complaint by hotline: passed on by (T18).
    hotline_dispatch: Option<Rule<DeadlineRule>> = NoRule("未规定天数"),
        strict duty(&[Event::ComplaintReceived]), blind Some(Organisation),
        because "none, the days are a document's to set";
}
