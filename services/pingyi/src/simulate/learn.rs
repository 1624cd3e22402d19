//! From facts as they are sent to what is simulated.

use domain::{
    deadline::iso_date,
    id::{CaseId, RatingId, TicketId},
    rating::Origin,
    simulate::{Opening, Record, RecordedRating, RecordedState, RecordedStep, Records},
};
use platform::{
    convert::{self, Meaningless},
    reference::Snapshot,
};
use proto::{
    fact::v1::{Fact, RatingInvited, RatingSubmitted, TicketOpened, TicketStepped, fact::Body},
    r#type::v1::{Finding, ServiceAct, TicketState},
};

/// What facts told.
#[derive(Debug, Default)]
pub struct FactsRead {
    /// Acts, ratings and tickets.
    pub recorded: Records,
    /// Profiles and calendar.
    pub reference: Snapshot,
    /// How many facts were read.
    pub facts: u64,
    /// How many ratings nobody gave: they are made anew.
    pub not_active: u64,
    /// How many ratings came from the system before this one: its rules judged them, not these.
    pub imported: u64,
    /// How many facts mean nothing to this version.
    pub unread: u64,
    /// Which was the first of those, and why.
    pub first_unread: Option<String>,
}

impl FactsRead {
    /// Takes in a fact; in any order, but for the calendar, of which the last told stands.
    pub fn learn(&mut self, fact: Fact) {
        self.facts += 1;
        let (producer, position) = (fact.producer.clone(), fact.position);
        if let Err(why) = self.take(fact) {
            self.unread += 1;
            let named = || format!("{producer} {position}: {why}");
            self.first_unread.get_or_insert_with(named);
        }
    }

    fn take(&mut self, fact: Fact) -> Result<(), String> {
        let recorded_at = || convert::instant_of(fact.recorded_at.as_ref()).map_err(in_words);
        let record = match fact.body {
            Some(body @ (Body::ProfilePublished(_) | Body::CalendarPublished(_))) => {
                let position = i64::try_from(fact.position).unwrap_or(i64::MAX);
                return self.reference.learn_at(position, body);
            }
            Some(Body::CaseSubmitted(case)) => {
                Record::CaseAccepted { case: case_id(&case.case_id)?, at: recorded_at()? }
            }
            Some(Body::CaseCompleted(case)) => {
                Record::CaseCompleted { case: case_id(&case.case_id)?, at: recorded_at()? }
            }
            Some(Body::RatingInvited(invited)) => self::invited(invited)?,
            // Of several days of one window the last counts: it never becomes shorter.
            Some(Body::RatingWindowMoved(moved)) => {
                self::invited(RatingInvited { act: moved.act, closes_on: moved.closes_on })?
            }
            Some(Body::RatingSubmitted(rating)) => {
                let origin = convert::origin(rating.origin).map_err(in_words)?;
                let left_out = match origin {
                    Origin::Active | Origin::Paper => None,
                    Origin::Default => Some(&mut self.not_active),
                    Origin::Imported => Some(&mut self.imported),
                };
                if let Some(count) = left_out {
                    *count += 1;
                    return Ok(());
                }
                rated(rating, origin)?
            }
            // A matter is rated by nobody; once its ticket steps it is told as left out.
            Some(Body::TicketOpened(ticket)) => match convert::opening_rating(&ticket) {
                None => return Ok(()),
                Some(rating) => opened(rating.to_owned(), ticket)?,
            },
            Some(Body::TicketStepped(step)) => stepped(&step)?,
            None => return Err("holds something that this version does not know".to_owned()),
            Some(_) => return Ok(()),
        };
        self.recorded.learn(record);
        Ok(())
    }
}

fn in_words(why: Meaningless) -> String {
    why.to_string()
}

fn act(act: Option<ServiceAct>) -> Result<domain::rating::ServiceAct, String> {
    let act = act.ok_or("the act is missing")?;
    convert::act(act).map_err(in_words)
}

fn case_id(text: &str) -> Result<CaseId, String> {
    text.parse().map_err(|_| "case_id is no UUID".to_owned())
}

fn rating_id(text: &str) -> Result<RatingId, String> {
    text.parse().map_err(|_| "rating_id is no UUID".to_owned())
}

fn ticket_id(text: &str) -> Result<TicketId, String> {
    text.parse().map_err(|_| "ticket_id is no UUID".to_owned())
}

fn invited(invited: RatingInvited) -> Result<Record, String> {
    let closes_on = Some(invited.closes_on.as_str()).filter(|day| !day.is_empty());
    let closes_on = closes_on.map(iso_date).transpose()?;
    Ok(Record::Invited { act: act(invited.act)?, closes_on })
}

fn rated(rating: RatingSubmitted, origin: Origin) -> Result<Record, String> {
    let instant_of = |at| convert::instant_of(at).map_err(in_words);
    let received_at = instant_of(rating.received_at.as_ref())?;
    let given_at = rating.given_at.as_ref().map(|at| instant_of(Some(at))).transpose()?;
    let recorded = RecordedRating {
        id: rating_id(&rating.rating_id)?,
        origin,
        level: convert::level(rating.level).map_err(in_words)?,
        received_at,
        given_at: origin.given_at(received_at, given_at),
        tags: rating.tag_codes.len(),
        has_text: rating.has_text,
        private: rating.private,
        real_name: rating.real_name,
    };
    Ok(Record::Rated { act: act(rating.act)?, rating: recorded })
}

fn opened(rating: String, ticket: TicketOpened) -> Result<Record, String> {
    let opening = Opening {
        rating: rating_id(&rating)?,
        at: convert::instant_of(ticket.opened_at.as_ref()).map_err(in_words)?,
        real_name: ticket.real_name,
    };
    Ok(Record::Opened { act: act(ticket.act)?, ticket: ticket_id(&ticket.ticket_id)?, opening })
}

fn stepped(step: &TicketStepped) -> Result<Record, String> {
    let state = match TicketState::try_from(step.state) {
        // One that was passed on again, or is not linked any more, did not begin again.
        Ok(TicketState::Opened) if step.followed_up || step.began_again => RecordedState::Opened,
        Ok(TicketState::SolutionFedBack) => RecordedState::SolutionFedBack,
        Ok(
            TicketState::Opened
            | TicketState::Received
            | TicketState::Reported
            | TicketState::ExclusionProposed
            | TicketState::Excluded
            | TicketState::Linked,
        ) => RecordedState::Beside,
        Ok(TicketState::Assigned) => RecordedState::Assigned,
        Ok(TicketState::Contacted) => RecordedState::Contacted,
        Ok(TicketState::Verified) => RecordedState::Verified,
        Ok(TicketState::Rectified) => RecordedState::Rectified,
        Ok(TicketState::FedBack) => RecordedState::FedBack,
        Ok(TicketState::Accepted) => RecordedState::Accepted,
        Ok(TicketState::Closed) => RecordedState::Closed,
        Ok(TicketState::Confirmed) => RecordedState::Confirmed,
        // No step leads to an annulled ticket: that is a fact of its own.
        Ok(TicketState::Unspecified | TicketState::Annulled) | Err(_) => {
            return Err("is no state".to_owned());
        }
    };
    let finding = match Finding::try_from(step.finding) {
        Ok(Finding::Unspecified) => None,
        _ => Some(convert::finding(step.finding).map_err(in_words)?),
    };
    let at = convert::instant_of(step.at.as_ref()).map_err(in_words)?;
    Ok(Record::Stepped {
        ticket: ticket_id(&step.ticket_id)?,
        sequence: step.sequence,
        step: RecordedStep { state, finding, at, followed_up: step.followed_up },
    })
}
