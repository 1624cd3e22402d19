//! Restricted matters (S06): a report that somebody who rated, or wanted to, was retaliated against
//! (打击报复), was hindered (干扰、强迫评价), or that a rater's identity leaked (泄露评价人信息). It is kept
//! away from the accused unit, whoever that is.

use jiff::{Timestamp, civil::Date};

use crate::{
    codes::{RegionCode, RegionLevel},
    deadline::day_of,
    ticket::MAX_NOTE_CHARS,
    violation::{Violations, identifier, plain_text},
};

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestrictedKind {
    /// 打击报复.
    Retaliation,
    /// 干扰评价.
    Obstruction,
    /// 泄露评价人信息.
    Leak,
}

/// The state of a restricted matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestrictedState {
    /// 已受理.
    Opened,
    /// 已调查.
    Investigated,
    /// 查实.
    Upheld,
    /// 未查实.
    NotUpheld,
    /// 查实且情节严重，已移交.
    Transferred,
}

/// What is done about it, by the Authority only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestrictedCommand {
    /// Records what an investigation found.
    Investigate {
        /// The findings.
        findings: String,
    },
    /// Finds it true.
    Uphold {
        /// Why.
        reason: String,
    },
    /// Does not find it true.
    Reject {
        /// Why.
        reason: String,
    },
    /// Transfers a serious one to the competent authority (T10).
    Transfer {
        /// To whom.
        body: String,
        /// The document's number.
        document_number: String,
        /// The document's day.
        on: Date,
    },
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictedRefusal {
    /// The command is wrong in itself.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// The state does not allow it.
    #[error("a restricted matter that is {from} cannot {command}")]
    State {
        /// Its state.
        from: &'static str,
        /// The command.
        command: &'static str,
        /// Why, in Chinese.
        zh: &'static str,
    },
}

impl RestrictedCommand {
    /// The command's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Investigate { .. } => "investigate",
            Self::Uphold { .. } => "uphold",
            Self::Reject { .. } => "reject",
            Self::Transfer { .. } => "transfer",
        }
    }

    fn check(&self, at: Timestamp) -> Result<(), Violations> {
        let mut wrong = Violations::default();
        let mut text = |field: &str, text: &str| {
            wrong.take(field, plain_text(text, MAX_NOTE_CHARS));
            wrong.require(!text.trim().is_empty(), field, "must be filled in");
        };
        match self {
            Self::Investigate { findings } => text("investigation.text", findings),
            Self::Uphold { reason } => text("upholding.text", reason),
            Self::Reject { reason } => text("rejection.text", reason),
            Self::Transfer { body, document_number, on } => {
                text("transfer.body", body);
                transfer_document(&mut wrong, document_number, *on, at);
            }
        }
        wrong.finish(())
    }
}

/// The region whose Authority handles a report about a unit of `region`: a county's for what is below
/// it, and the next higher region's if the unit is an Authority; the nation's has none above it.
///
/// ```
/// use domain::{codes::RegionCode, restricted::handled_in};
/// let county = RegionCode::parse("652301").unwrap();
/// assert_eq!(handled_in(&county, false).as_str(), "652301");
/// assert_eq!(handled_in(&county, true).as_str(), "652300");
/// ```
#[must_use]
pub fn handled_in(region: &RegionCode, is_authority: bool) -> RegionCode {
    let below =
        |code: &&RegionCode| matches!(code.level(), RegionLevel::Township | RegionLevel::Village);
    let lineage = std::iter::successors(Some(region.clone()), RegionCode::parent);
    let own = lineage.clone().find(|code| !below(&code)).unwrap_or_else(|| region.clone());
    let above = own.parent().filter(|_| is_authority);
    above.unwrap_or(own)
}

/// Checks the number and the day of a transfer's document.
pub fn transfer_document(wrong: &mut Violations, number: &str, on: Date, at: Timestamp) {
    let field = "transfer.document_number";
    wrong.require(!number.trim().is_empty(), field, "must be filled in");
    wrong.take(field, identifier(number));
    wrong.require(on <= day_of(at), "transfer.on", "lies in the future");
}

impl RestrictedState {
    /// Takes a step.
    ///
    /// # Errors
    /// [`RestrictedRefusal`].
    pub fn step(
        self,
        command: &RestrictedCommand,
        at: Timestamp,
    ) -> Result<Self, RestrictedRefusal> {
        command.check(at)?;
        let zh = match (self, command) {
            (Self::Opened | Self::Investigated, RestrictedCommand::Investigate { .. }) => {
                return Ok(Self::Investigated);
            }
            (Self::Investigated, RestrictedCommand::Uphold { .. }) => return Ok(Self::Upheld),
            (Self::Investigated, RestrictedCommand::Reject { .. }) => return Ok(Self::NotUpheld),
            (Self::Upheld, RestrictedCommand::Transfer { .. }) => return Ok(Self::Transferred),
            (_, RestrictedCommand::Investigate { .. }) => "已作出结论，不再调查。",
            (_, RestrictedCommand::Uphold { .. } | RestrictedCommand::Reject { .. }) => {
                "须先调查，方可作出结论，且只作一次。"
            }
            (_, RestrictedCommand::Transfer { .. }) => "只有查实且未移交的事项可以移交。",
        };
        Err(RestrictedRefusal::State { from: self.name(), command: command.name(), zh })
    }

    /// The state's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Investigated => "investigated",
            Self::Upheld => "upheld",
            Self::NotUpheld => "not upheld",
            Self::Transferred => "transferred",
        }
    }

    /// Whether it was found true; none before a conclusion.
    #[must_use]
    pub fn upheld(self) -> Option<bool> {
        match self {
            Self::Opened | Self::Investigated => None,
            Self::Upheld | Self::Transferred => Some(true),
            Self::NotUpheld => Some(false),
        }
    }
}
