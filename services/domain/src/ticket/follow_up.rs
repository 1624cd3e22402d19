//! Asking after closing whether it is settled (回访, T06): of whom, by which means, and by whom.
//!
//! Two duties lead to it: the document's own (follow up these raters), and a sample of the closed
//! negative ratings for satisfaction with the handling (满意度测评). Each is drawn by [`drawn`], so
//! that anyone can draw again.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Group, Law, Means, Opening, Setting, Ticket, TicketState};
use crate::{
    calendar::OutOfRange,
    id::TicketId,
    profile::{ContactChannel, Office, Percent, Profile},
    violation::Violations,
};

/// A follow-up that is due: of a closed ticket, until its rater is satisfied or it begins anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpDue {
    /// Whether the document has this rater followed up.
    pub required: bool,
    /// Whether the ticket is in the sample for satisfaction with the handling.
    pub sampled: bool,
    /// Who asks. The rater can answer unasked as well.
    pub by: Office,
    /// By which of the document's ways.
    pub ways: Vec<ContactChannel>,
}

impl FollowUpDue {
    /// Whether there is any duty.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.required || self.sampled
    }

    /// The means that suit one of its ways.
    pub fn means(&self) -> impl Iterator<Item = Means> {
        let suits = |means: &Means| self.ways.iter().any(|way| means.suits(*way));
        Means::ALL.into_iter().filter(suits)
    }
}

/// Whether a share of the closed tickets has this one in it, for one purpose. The draw is the first
/// eight bytes of SHA-256, as a number with the greatest byte first, of the purpose, the policy (both
/// with a zero byte after them), the ticket's id and the instant of its closing in microseconds; in
/// hundredths it must lie below the share. The policy is published and the rest is on record, so
/// anyone can draw again; nobody knows the instant before, so who handles a ticket cannot know whether
/// it will be asked about.
///
/// ```
/// use domain::{id::TicketId, profile::Percent, ticket::drawn};
/// let ticket = TicketId(uuid::Uuid::from_u128(7));
/// assert!(drawn("sample", "changji-2020/1", ticket, jiff::Timestamp::UNIX_EPOCH, Percent::ALL));
/// ```
#[must_use]
pub fn drawn(
    purpose: &str,
    policy: &str,
    ticket: TicketId,
    closed_at: Timestamp,
    share: Percent,
) -> bool {
    let mut hash = Sha256::new();
    for part in [purpose, policy] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(ticket.0.as_bytes());
    hash.update(closed_at.as_microsecond().to_be_bytes());
    let first = hash.finalize().into_iter().take(8);
    let lot = first.fold(0_u64, |number, byte| number << 8 | u64::from(byte));
    lot % 100 < u64::from(share.get())
}

impl Ticket {
    /// What the document asks of the follow-up of this ticket, closed or to be closed at an instant.
    /// Of a ticket that nothing is asked of, an officer can follow up all the same.
    #[must_use]
    pub fn follow_up(&self, id: TicketId, closed_at: Timestamp, profile: &Profile) -> FollowUpDue {
        let in_share = |purpose, share| drawn(purpose, &profile.policy(), id, closed_at, share);
        let rule = &profile.follow_up.value;
        let required = rule.whom.covers(self.opening.real_name())
            && in_share("follow_up", profile.follow_up_percent.value);
        let sample = profile.satisfaction_sample.as_ref();
        // What is sampled is closed negative ratings.
        let rating = matches!(self.opening, Opening::Rating { .. });
        let percent = profile.satisfaction_sample_percent.value;
        let sample = sample.filter(|_| rating && in_share("satisfaction_sample", percent));
        // Without a sample, the ways of every follow-up.
        let own = (required || sample.is_none()).then_some(&profile.follow_up_channels.value);
        let ways = [own, sample.map(|rule| &rule.value)];
        FollowUpDue {
            required,
            sampled: sample.is_some(),
            by: self.follow_up_owner(profile),
            ways: ways.into_iter().flatten().flat_map(|ways| ways.iter().copied()).collect(),
        }
    }

    /// The same of a closed ticket, if the document asks for one.
    #[must_use]
    pub fn follow_up_due(&self, id: TicketId, profile: &Profile) -> Option<FollowUpDue> {
        let closed = matches!(self.state, TicketState::Closed { .. });
        let closed_at = self.closed_at.filter(|_| closed)?;
        Some(self.follow_up(id, closed_at, profile)).filter(FollowUpDue::is_due)
    }

    /// Who follows up.
    pub(super) fn follow_up_owner(&self, profile: &Profile) -> Office {
        match self.township && profile.authority_for_townships.value {
            true => Office::Authority,
            false => profile.follow_up.value.by,
        }
    }

    /// Whether a follow-up was by one of the ways that the document has.
    pub(super) fn check_follow_up(
        &self,
        means: Means,
        setting: &Setting<'_>,
        wrong: &mut Violations,
    ) {
        // Older versions kept no time of closing.
        let closed_at = self.closed_at.unwrap_or(self.clock_started_at);
        let due = self.follow_up(setting.ticket, closed_at, setting.profile);
        check_means("follow_up.means", means, &due.ways, wrong);
    }

    /// What a follow-up, or the rater's own answer, changes beside the state it leads to.
    pub(super) fn followed_up(
        &mut self,
        next: TicketState,
        at: Timestamp,
        law: Law<'_>,
    ) -> Result<(), OutOfRange> {
        let tried = matches!(next, TicketState::Closed { attempts, .. }
            if attempts < super::CALLS_BEFORE_GOING_ON);
        if !tried {
            self.dues.meet(Group::FollowUp, at);
        }
        match next {
            TicketState::Opened => self.begin_again(at, law),
            // Handed over at once: another ticket of the act is open.
            TicketState::Linked => {
                self.begin_again(at, law)?;
                self.state = next;
                self.dues.lapse(at);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes a rater's satisfied answer back that is in no history any more: the follow-up is due
    /// again. A dissatisfied one stays, for then the ticket is handled again already. True if anything
    /// changed.
    #[must_use]
    pub fn take_back_answer(&mut self) -> bool {
        let TicketState::Confirmed { finding } = self.state else { return false };
        self.state = TicketState::Closed { finding, attempts: 0 };
        self.dues.follow_up_again();
        self.sequence += 1;
        true
    }
}

impl Means {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Phone, Self::Sms, Self::Online, Self::InPerson];

    /// Whether it is one of a document's ways.
    fn suits(self, channel: ContactChannel) -> bool {
        match channel {
            ContactChannel::Suitable => true,
            ContactChannel::Portal | ContactChannel::AppUserCentre | ContactChannel::Online => {
                self == Self::Online
            }
            ContactChannel::Sms => self == Self::Sms,
            ContactChannel::Phone | ContactChannel::Hotline => self == Self::Phone,
        }
    }
}

/// Whether the document knows a way of reaching a rater.
pub(super) fn check_means(
    field: &str,
    means: Means,
    channels: &[ContactChannel],
    wrong: &mut Violations,
) {
    if !channels.iter().any(|channel| means.suits(*channel)) {
        let known: Vec<&str> = channels.iter().map(|channel| channel.phrase()).collect();
        wrong.add(field, format!("is no way of this region's document: {}", known.join("、")));
    }
}
