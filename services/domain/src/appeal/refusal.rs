//! Why an appeal refuses something: typed, with reasons in English for developers and in Chinese
//! for people.

use jiff::civil::Date;

use super::{AppealCommand, AppealState};
use crate::{
    calendar::OutOfRange,
    profile::{ExclusionGround, Office, Party},
};

/// A reason in two languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppealRefusal {
    /// The state does not allow it.
    #[error("an appeal that is {} cannot take the command {}: {}", .from.name(), .command.name(), .reason.en)]
    State {
        /// Its state.
        from: AppealState,
        /// The command.
        command: AppealCommand,
        /// Why.
        reason: Reason,
    },
    /// A duty of an exclusion without an appeal is not to be recorded now.
    #[error("an exclusion cannot take the command {}: {}", .command.name(), .reason.en)]
    Duty {
        /// The command.
        command: AppealCommand,
        /// Why.
        reason: Reason,
    },
    /// Under this profile somebody else appeals.
    #[error("an appeal of the {} is not one that the profile has", party_name(.party))]
    Appellant {
        /// Who wants to appeal.
        party: Party,
        /// Who may.
        allowed: Vec<Party>,
        /// Where it is written.
        clause: String,
    },
    /// The appeal is for a member of staff whom the rating does not name.
    #[error("the rating names somebody else")]
    NotRated,
    /// The time to appeal is over.
    #[error("the appeal had to be lodged by {due_on}")]
    TooLate {
        /// The last day.
        due_on: Date,
        /// Where it is written.
        clause: String,
    },
    /// It is the other office's.
    #[error("the command {} is {}'s", .command.name(), office_name(.owner))]
    Office {
        /// The command.
        command: AppealCommand,
        /// The office it belongs to.
        owner: Office,
    },
    /// Whoever is rated decides nothing about themselves.
    #[error("the command {} is not given by whoever is rated", .command.name())]
    Rated {
        /// The command.
        command: AppealCommand,
    },
    /// Nobody decides their own appeal.
    #[error("the command {} is not given by who lodged the appeal", .command.name())]
    Own {
        /// The command.
        command: AppealCommand,
    },
    /// Only who lodged an appeal, or whom it is for, takes it back.
    #[error("the appeal is somebody else's")]
    NotTheirs,
    /// The profile has no such ground.
    #[error("the profile excludes no rating as {}", ground_name(.ground))]
    Ground {
        /// The ground.
        ground: ExclusionGround,
        /// Those it has.
        allowed: Vec<ExclusionGround>,
        /// Where it is written.
        clause: String,
    },
    /// The calendar does not reach far enough.
    #[error(transparent)]
    Calendar(#[from] OutOfRange),
}

fn party_name(party: &Party) -> &'static str {
    match party {
        Party::RatedParty => "rated party",
        Party::Staff => "staff",
        Party::HandlingAgency => "handling agency",
        Party::Authority => "Authority",
        Party::OwnGovernment => "region's own government",
        Party::CityOrCountyGovernment => "city or county government",
        Party::UpperPlatform => "upper platform",
    }
}

fn office_name(office: &Office) -> &'static str {
    match office {
        Office::HandlingAgency => "the handling agency",
        Office::Authority => "the Authority",
    }
}

fn ground_name(ground: &ExclusionGround) -> &'static str {
    match ground {
        ExclusionGround::Mistaken => "mistaken",
        ExclusionGround::MisTapped => "mis-tapped",
        ExclusionGround::Malicious => "malicious",
        ExclusionGround::SystemFault => "caused by a system fault",
        ExclusionGround::ObjectiveCause => "caused by something else than the service",
    }
}

/// The reasons.
pub(super) mod reason {
    use super::Reason;

    pub(in crate::appeal) const AFTER_THE_DECISION: Reason =
        Reason { en: "it comes after the decision", zh: "此项应在作出决定之后办理" };
    pub(in crate::appeal) const DUTIES_MISSING: Reason = Reason {
        en: "a duty that comes before the decision is not on record",
        zh: "决定之前应当履行的程序尚未全部记录",
    };
    pub(in crate::appeal) const NOT_VERIFIED: Reason =
        Reason { en: "nothing is verified yet", zh: "尚未调查核实" };
    pub(in crate::appeal) const NO_SUCH_DUTY: Reason = Reason {
        en: "the profile asks for no such duty",
        zh: "适用的实施细则没有此项程序",
    };
    pub(in crate::appeal) const DONE_ALREADY: Reason =
        Reason { en: "it is on record already", zh: "此项程序已经记录" };
    pub(in crate::appeal) const OUT_OF_ORDER: Reason =
        Reason { en: "an earlier duty is not on record", zh: "前一项程序尚未记录" };
    pub(in crate::appeal) const NOTHING_TO_RECORD: Reason =
        Reason { en: "nothing is left to record", zh: "没有需要记录的程序" };
    pub(in crate::appeal) const DECIDED_ONCE: Reason = Reason {
        en: "only an open appeal is decided, and once",
        zh: "只能对未决的申诉作出一次决定",
    };
    pub(in crate::appeal) const WITHDRAWN_BEFORE_THE_DECISION: Reason = Reason {
        en: "an appeal is withdrawn before it is decided",
        zh: "申诉只能在作出决定之前撤回",
    };
}
