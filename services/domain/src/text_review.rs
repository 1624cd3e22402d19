//! Review of what a negative rating says (文字评价审核, T08): by the Authority, within the profile's
//! time. Where the profile says so, silence accepts; reading decides that by the time alone, so it
//! is the same before and after the job that records it. The text is never changed: what is not
//! accepted is only not shown.

use jiff::Timestamp;

use crate::{
    calendar::{Calendar, OutOfRange},
    deadline::Deadline,
    level::Level,
    profile::Profile,
};

/// The review of one rating's text and tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextReview {
    /// By when.
    pub deadline: Deadline,
    /// Whether silence accepts.
    pub silence_accepts: bool,
    /// The decision, if one was made.
    pub verdict: Option<(Verdict, Timestamp)>,
}

/// A decision about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 审核通过.
    Accepted,
    /// 审核不通过.
    Refused(TextGround),
}

/// Why a text is not accepted. No document names reasons; these are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextGround {
    /// 与办件无关.
    OffTopic,
    /// 侮辱谩骂.
    Abusive,
    /// 含个人信息.
    PersonalData,
    /// 违法信息.
    Unlawful,
    /// 广告.
    Advertising,
}

impl TextGround {
    /// Whether the law forbids to publish what this is the ground of: an accepted text is taken down for
    /// these alone, since the review of everything else is over.
    #[must_use]
    pub fn forbids_publishing(self) -> bool {
        match self {
            Self::PersonalData | Self::Unlawful => true,
            Self::OffTopic | Self::Abusive | Self::Advertising => false,
        }
    }
}

/// Whether a rating has what is reviewed where the profile has a review: it is negative, and its rater gave
/// it (`given`) with a text or tags (`has_words`).
#[must_use]
pub fn is_reviewed(level: Level, given: bool, has_words: bool) -> bool {
    given && has_words && level.is_negative()
}

/// Where a review stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextStanding {
    /// 待审核.
    Pending,
    /// 超期未审核: the time is over, and silence decides nothing here.
    Overdue,
    /// 审核通过.
    Accepted {
        /// Since when.
        at: Timestamp,
    },
    /// 超过时限未审核，视为同意.
    AcceptedBySilence {
        /// The first instant after the time.
        at: Timestamp,
    },
    /// 审核不通过.
    Refused {
        /// Why.
        ground: TextGround,
        /// Since when.
        at: Timestamp,
    },
}

/// Why a review is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// It was decided before.
    #[error("the text is reviewed already")]
    Reviewed,
    /// Its time is over, so it counts as accepted.
    #[error("the text was not reviewed in time and counts as accepted")]
    Lapsed,
    /// It is not accepted, so nobody is shown it.
    #[error("the text is not accepted, so there is nothing to take down")]
    NotShown,
    /// The law does not forbid to publish it on this ground.
    #[error("an accepted text is taken down only if the law forbids to publish it")]
    StaysUp,
}

impl TextReview {
    /// The review of a negative rating with text or tags; none where the profile has none.
    ///
    /// # Errors
    /// [`OutOfRange`] if its deadline reaches a year without a known calendar.
    pub fn open(
        rated_at: Timestamp,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<Option<Self>, OutOfRange> {
        let Some(rule) = &profile.text_review else { return Ok(None) };
        Ok(Some(Self {
            deadline: rule.value.due(rated_at, calendar)?,
            silence_accepts: profile.unreviewed_text_accepted.value,
            verdict: None,
        }))
    }

    /// Where it stands at `at`.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> TextStanding {
        match self.verdict {
            Some((Verdict::Accepted, at)) => TextStanding::Accepted { at },
            Some((Verdict::Refused(ground), at)) => TextStanding::Refused { ground, at },
            None if !self.deadline.is_past(at) => TextStanding::Pending,
            None if self.silence_accepts => {
                TextStanding::AcceptedBySilence { at: self.deadline.due_at }
            }
            None => TextStanding::Overdue,
        }
    }

    /// Decides.
    ///
    /// # Errors
    /// [`TextRefusal`].
    pub fn review(mut self, verdict: Verdict, at: Timestamp) -> Result<Self, TextRefusal> {
        match self.standing(at) {
            TextStanding::Pending | TextStanding::Overdue => {
                self.verdict = Some((verdict, at));
                Ok(self)
            }
            TextStanding::AcceptedBySilence { .. } => Err(TextRefusal::Lapsed),
            TextStanding::Accepted { .. } | TextStanding::Refused { .. } => {
                Err(TextRefusal::Reviewed)
            }
        }
    }

    /// Takes an accepted text down, whoever accepted it or nobody did, because the law forbids to publish
    /// it (个人隐私、违法信息): what a review overlooked does not become lawful by that.
    ///
    /// # Errors
    /// [`TextRefusal`].
    pub fn take_down(mut self, ground: TextGround, at: Timestamp) -> Result<Self, TextRefusal> {
        match self.standing(at) {
            TextStanding::Accepted { .. } | TextStanding::AcceptedBySilence { .. } => {
                if !ground.forbids_publishing() {
                    return Err(TextRefusal::StaysUp);
                }
                self.verdict = Some((Verdict::Refused(ground), at));
                Ok(self)
            }
            TextStanding::Pending | TextStanding::Overdue | TextStanding::Refused { .. } => {
                Err(TextRefusal::NotShown)
            }
        }
    }
}
