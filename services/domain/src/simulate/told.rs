//! What facts show and what they do not. What they do not show is never guessed: it is left out,
//! and the report says so.

use std::collections::BTreeSet;

use super::Report;
use crate::profile::Profile;

/// Something left out because the facts do not tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// An act of a profile that is not known: the act, its ratings and tickets.
    PolicyNotKnown,
    /// An act without its invitation: the window it was given.
    InvitationNotTold,
    /// An act whose window runs from an event that is not on record: the other window.
    EventNotTold,
    /// A window or deadline that reaches a year of which no calendar is known.
    CalendarNotKnown,
    /// A window that its own profile and this calendar end on another day: the calendar was
    /// published anew since, and part of the difference is the calendar's.
    GivenByOtherCalendar,
    /// A ticket whose opening, act or rating is not on record.
    OpeningNotTold,
    /// A ticket of which a step is missing.
    StepNotTold,
    /// A ticket with deadlines for what cannot be fixed at once or is simple: facts know clear,
    /// complex and without legal basis.
    ClassNotTold,
    /// A closed ticket of a profile that follows up a share: which ones, chance decides.
    ShareNotTold,
}

/// Why a rule changes nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untold {
    /// Screens opening and staff asking leave no fact.
    Prompts,
    /// Messages sent leave no fact.
    Messages,
    /// The words on a screen and the answers to its questions are in no fact.
    Words,
    /// A rating is of a service act, and facts name its staff, window, hall and terminal, but not
    /// which of them it is of.
    Objects,
    /// A service nobody was invited to rate leaves no fact.
    Invitations,
    /// Reviews of texts leave no fact.
    Reviews,
    /// Facts know no class but clear, complex and without legal basis, and no plan or new date.
    Classes,
    /// Facts do not tell who acted, nor by which way.
    Offices,
    /// Exclusions leave no fact.
    Exclusions,
    /// Appeals leave no fact.
    Appeals,
    /// It binds the organisation and no single rating or ticket.
    Organisation,
}

/// A rule in which a profile on record differs from the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// The profile on record, `id@version`.
    pub policy: String,
    /// The field.
    pub field: &'static str,
    /// Its value there, in Chinese words.
    pub old: String,
    /// Its value under the other.
    pub new: String,
    /// Where the other's is written.
    pub clause: String,
    /// Why the facts cannot show what it changes; none if they can.
    pub untold: Option<Untold>,
}

/// Adds the rules in which `old` differs from `new`.
pub(super) fn compare_rules(report: &mut Report, old: &Profile, new: &Profile) {
    // Whom to follow up facts can tell, by whom they cannot.
    let same_whom = old.follow_up.value.whom == new.follow_up.value.whom;
    for (old_rule, new_rule) in old.rules().into_iter().zip(new.rules()) {
        if old_rule.value != new_rule.value {
            report.rules.push(RuleChange {
                policy: old.policy(),
                field: new_rule.field,
                old: old_rule.value,
                new: new_rule.value,
                clause: new_rule.clause,
                untold: match new_rule.field {
                    "follow_up" if same_whom => Some(Untold::Offices),
                    field => untold(field),
                },
            });
        }
    }
}

/// Why facts cannot show what a rule changes; none if they can.
#[must_use]
pub fn untold(field: &str) -> Option<Untold> {
    Some(match field {
        "scores"
        | "rating_window"
        | "default_rating"
        | "default_rating_counts"
        | "negative_needs_reason"
        | "repeated_rating"
        | "real_name"
        | "private_allowed"
        | "dispatch"
        | "start_handling"
        | "first_contact"
        | "fix_clear"
        | "feed_back_clear"
        | "fix_complex"
        | "feed_back_complex"
        | "result_reviewed_by_authority"
        | "follow_up"
        | "follow_up_percent"
        | "follow_up_within" => return None,
        "evaluator_opens_on" | "kiosk_opens_on" | "staff_prompt" => Untold::Prompts,
        "sms_invitation" | "sms_reminder" => Untold::Messages,
        "label_set" | "questionnaire" | "tag_list" | "rated_content" => Untold::Words,
        "rated_directly" | "mean_scores" => Untold::Objects,
        "on_site_unit"
        | "on_site_rated_on"
        | "online_unit"
        | "online_rated_on"
        | "immediate_case_ratings"
        | "committed_case_ratings_min"
        | "every_stage_rateable"
        | "once_on_completion"
        | "package_rating"
        | "batch_rated_once" => Untold::Invitations,
        "text_review" | "unreviewed_text_accepted" => Untold::Reviews,
        "fix_simple"
        | "feed_back_simple"
        | "fix_complex_min_days"
        | "complex_ledger"
        | "complex_needs_reason"
        | "extension" => Untold::Classes,
        "dispatch_by"
        | "authority_verifies"
        | "authority_for_townships"
        | "feedback_channels"
        | "follow_up_channels" => Untold::Offices,
        "exclusion" => Untold::Exclusions,
        "appeal_from" | "appeal" | "appeal_to" | "decide_appeal" | "appeal_stops_clock" => {
            Untold::Appeals
        }
        _ => Untold::Organisation,
    })
}

impl Report {
    /// Why rules that differ show nothing here, each reason once.
    #[must_use]
    pub fn untold(&self) -> BTreeSet<Untold> {
        self.rules.iter().filter_map(|rule| rule.untold).collect()
    }
}
