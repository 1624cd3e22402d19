//! Appeals against negative ratings (差评申诉复核, T07, S02): who may appeal, by when, who decides, and
//! what an exclusion takes. A state machine: total over State × Command, and a refusal names state,
//! command and reason. Nobody decides their own appeal, and whoever is rated decides nothing about
//! themselves; the rating itself is never changed.
//!
//! An appeal does not touch the ticket: its handling goes on. Only where the profile says so
//! (`appeal_stops_clock`), its clock stands still meanwhile: see `ticket/clock.rs`.

mod duty;
mod exclusion;
mod refusal;

use jiff::Timestamp;

use crate::{
    calendar::Calendar,
    deadline::Deadline,
    profile::{ExclusionDuty, ExclusionGround, Office, Party, Profile},
};

pub use duty::{needs_note, needs_number};
pub use exclusion::{ExclusionKind, done_by_step, is_complete, kind_of, next_duty};
pub use refusal::{AppealRefusal, Reason};

use duty::{follows_decision, in_turn, undone};
use refusal::reason;

/// The longest statement, note or reason of an appeal, in characters.
pub const MAX_WORDS_CHARS: usize = 1_000;
/// How many documents one appeal or one duty can name.
pub const MAX_DOCUMENTS: usize = 50;

/// An appeal (申诉).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// Its state.
    pub state: AppealState,
    /// The office of who lodged it.
    pub office: Office,
    /// Who lodged it.
    pub lodged_by: String,
    /// The member of staff it is for; none if the office appeals for itself.
    pub staff_id: Option<String>,
    /// The duties of an exclusion that are on record, in that order.
    pub done: Vec<ExclusionDuty>,
}

/// The state of an appeal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealState {
    /// 已提出.
    Lodged,
    /// 复核中: a duty before the decision is on record.
    UnderReview,
    /// 申诉成立: the rating counts nowhere; a duty after the decision is not on record yet.
    Upheld {
        /// Why.
        ground: ExclusionGround,
    },
    /// 申诉成立并办结: every duty is on record.
    Completed {
        /// Why.
        ground: ExclusionGround,
    },
    /// 申诉不成立.
    Rejected,
    /// 已撤回: by who lodged it.
    Withdrawn,
    /// 已作废: the rating is in no history any more. No command leads here: see [`Appeal::annul`].
    Annulled,
}

/// What can be done with an appeal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealCommand {
    /// Records that a duty was done.
    Record(ExclusionDuty),
    /// Decides that the rating is excluded.
    Uphold(ExclusionGround),
    /// Decides that the rating stands.
    Reject,
    /// Takes the appeal back.
    Withdraw,
}

/// Whoever acts: an officer, and the office they act for.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// Their identity, in the form of access tokens.
    pub id: &'a str,
    /// Their office.
    pub office: Office,
}

impl Appeal {
    /// Lodges an appeal: it, and the deadlines it was lodged within and is decided by, as far as
    /// the profile has them. `rated` are the persons whom the ticket's ratings name.
    ///
    /// # Errors
    /// [`AppealRefusal`].
    pub fn lodge(
        by: Actor<'_>,
        staff_id: Option<&str>,
        rated: &[String],
        (rated_at, at): (Timestamp, Timestamp),
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<(Self, Vec<Deadline>), AppealRefusal> {
        let party = match (by.office, staff_id) {
            (Office::Authority, _) => Party::Authority,
            (Office::HandlingAgency, None) => Party::HandlingAgency,
            (Office::HandlingAgency, Some(_)) => Party::Staff,
        };
        let rated_party = by.office == Office::HandlingAgency;
        let admits = |from: &Party| *from == party || (*from == Party::RatedParty && rated_party);
        let rule = &profile.appeal_from;
        if !rule.value.iter().any(admits) {
            return Err(AppealRefusal::Appellant {
                party,
                allowed: rule.value.to_vec(),
                clause: rule.clause.clone(),
            });
        }
        if staff_id.is_some_and(|staff| !rated.is_empty() && !is_among(staff, rated)) {
            return Err(AppealRefusal::NotRated);
        }
        let mut deadlines = Vec::new();
        if let Some(rule) = &profile.appeal {
            let window = rule.value.due(rated_at, calendar)?;
            if window.is_past(at) {
                let clause = rule.clause.clone();
                return Err(AppealRefusal::TooLate { due_on: window.due_on, clause });
            }
            deadlines.push(window);
        }
        if let Some(rule) = &profile.decide_appeal {
            deadlines.push(rule.value.due(at, calendar)?);
        }
        let duties = &profile.exclusion.value.duties;
        let done = duties.iter().copied().filter(|duty| *duty == ExclusionDuty::OnAppeal);
        let appeal = Self {
            state: AppealState::Lodged,
            office: by.office,
            lodged_by: by.id.to_owned(),
            staff_id: staff_id.map(str::to_owned),
            done: done.collect(),
        };
        Ok((appeal, deadlines))
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// [`AppealRefusal`]; nothing is changed then.
    pub fn take(
        mut self,
        command: AppealCommand,
        by: Actor<'_>,
        rated: &[String],
        profile: &Profile,
    ) -> Result<Self, AppealRefusal> {
        self.admit(command, by, rated, profile)?;
        let from = self.state;
        let refused = |reason| AppealRefusal::State { from, command, reason };
        let duties = &profile.exclusion.value.duties;
        match (from, command) {
            (AppealState::Lodged | AppealState::UnderReview, AppealCommand::Record(duty)) => {
                if follows_decision(duty) {
                    return Err(refused(reason::AFTER_THE_DECISION));
                }
                in_turn(duty, duties, &self.done).map_err(refused)?;
                self.done.push(duty);
                self.state = AppealState::UnderReview;
            }
            (AppealState::Lodged | AppealState::UnderReview, AppealCommand::Uphold(ground)) => {
                exclusion::is_ground(ground, profile)?;
                if undone(duties, &self.done).any(|duty| !follows_decision(duty)) {
                    return Err(refused(reason::DUTIES_MISSING));
                }
                if decided_by(profile) == Office::Authority {
                    let notified = |duty: &ExclusionDuty| *duty == ExclusionDuty::NotifyAuthority;
                    self.done.extend(duties.iter().copied().filter(notified));
                }
                self.state = self.upheld(ground, duties);
            }
            (AppealState::Lodged | AppealState::UnderReview, AppealCommand::Reject) => {
                if undone(duties, &self.done).any(|duty| duty == ExclusionDuty::Verified) {
                    return Err(refused(reason::NOT_VERIFIED));
                }
                self.state = AppealState::Rejected;
            }
            (AppealState::Lodged | AppealState::UnderReview, AppealCommand::Withdraw) => {
                self.state = AppealState::Withdrawn;
            }
            (AppealState::Upheld { ground }, AppealCommand::Record(duty)) => {
                in_turn(duty, duties, &self.done).map_err(refused)?;
                self.done.push(duty);
                self.state = self.upheld(ground, duties);
            }
            (_, command) => return Err(refused(command.precondition())),
        }
        Ok(self)
    }

    /// Ends an open appeal when its rating is in no history any more; one that is decided stands.
    #[must_use]
    pub fn annul(mut self) -> Self {
        if self.state.is_open() {
            self.state = AppealState::Annulled;
        }
        self
    }

    /// The duties of an exclusion that are not on record; none if there will be no exclusion.
    #[must_use]
    pub fn duties_left(&self, profile: &Profile) -> Vec<ExclusionDuty> {
        match self.state {
            AppealState::Rejected | AppealState::Withdrawn | AppealState::Annulled => Vec::new(),
            AppealState::Lodged
            | AppealState::UnderReview
            | AppealState::Upheld { .. }
            | AppealState::Completed { .. } => {
                undone(&profile.exclusion.value.duties, &self.done).collect()
            }
        }
    }

    fn upheld(&self, ground: ExclusionGround, duties: &[ExclusionDuty]) -> AppealState {
        match undone(duties, &self.done).next() {
            Some(_) => AppealState::Upheld { ground },
            None => AppealState::Completed { ground },
        }
    }

    /// Whether a person may give a command at all, whatever the state.
    fn admit(
        &self,
        command: AppealCommand,
        by: Actor<'_>,
        rated: &[String],
        profile: &Profile,
    ) -> Result<(), AppealRefusal> {
        let lodged = is_same(by.id, &self.lodged_by);
        let is_for = self.staff_id.as_deref().is_some_and(|staff| is_same(by.id, staff));
        if command == AppealCommand::Withdraw {
            let theirs = by.office == self.office && (lodged || is_for);
            return if theirs { Ok(()) } else { Err(AppealRefusal::NotTheirs) };
        }
        let owner = command.owner(profile);
        if owner != by.office {
            return Err(AppealRefusal::Office { command, owner });
        }
        if is_for || is_among(by.id, rated) {
            return Err(AppealRefusal::Rated { command });
        }
        match command {
            AppealCommand::Uphold(_)
            | AppealCommand::Reject
            | AppealCommand::Record(ExclusionDuty::Verified | ExclusionDuty::ReviewedByAuthority)
                if lodged =>
            {
                Err(AppealRefusal::Own { command })
            }
            _ => Ok(()),
        }
    }
}

/// The office whose officers decide appeals here, or enter the decision of a body above them.
#[must_use]
pub fn decided_by(profile: &Profile) -> Office {
    match profile.appeal_to.value {
        Party::RatedParty | Party::Staff | Party::HandlingAgency => Office::HandlingAgency,
        Party::Authority
        | Party::OwnGovernment
        | Party::CityOrCountyGovernment
        | Party::UpperPlatform => Office::Authority,
    }
}

/// Whether the decision comes from a body that does not work here: a government or an upper
/// platform. It is entered with its document number.
#[must_use]
pub fn decided_elsewhere(profile: &Profile) -> bool {
    let to = profile.appeal_to.value;
    matches!(to, Party::OwnGovernment | Party::CityOrCountyGovernment | Party::UpperPlatform)
}

/// Whether two identities are of one person: a further blank or another letter case makes no other.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// Whether a person is one of those who are rated, in the form of access tokens.
///
/// ```
/// use domain::appeal::is_among;
/// assert!(is_among(" 652301-S01", &["652301-s01".to_owned()]));
/// ```
#[must_use]
pub fn is_among(id: &str, rated: &[String]) -> bool {
    rated.iter().any(|rated| is_same(id, rated))
}

impl AppealState {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lodged => "lodged",
            Self::UnderReview => "under review",
            Self::Upheld { .. } => "upheld",
            Self::Completed { .. } => "completed",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Annulled => "annulled",
        }
    }

    /// Whether it waits for a decision.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Lodged | Self::UnderReview)
    }

    /// Why the rating is excluded, if it is.
    #[must_use]
    pub fn ground(self) -> Option<ExclusionGround> {
        match self {
            Self::Upheld { ground } | Self::Completed { ground } => Some(ground),
            Self::Lodged
            | Self::UnderReview
            | Self::Rejected
            | Self::Withdrawn
            | Self::Annulled => None,
        }
    }
}

impl AppealCommand {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Record(duty) => duty::name(duty),
            Self::Uphold(_) => "uphold",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }

    fn owner(self, profile: &Profile) -> Office {
        match self {
            Self::Record(duty) => duty::owner(duty, profile),
            Self::Uphold(_) | Self::Reject | Self::Withdraw => decided_by(profile),
        }
    }

    fn precondition(self) -> Reason {
        match self {
            Self::Record(_) => reason::NOTHING_TO_RECORD,
            Self::Uphold(_) | Self::Reject => reason::DECIDED_ONCE,
            Self::Withdraw => reason::WITHDRAWN_BEFORE_THE_DECISION,
        }
    }
}
