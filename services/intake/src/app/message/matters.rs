//! Which acts a phone's reply may be about, and the question that asks which one it is (I08).

use std::collections::HashSet;

use domain::reply::{Matter, MatterChoice, Window, meant};
use jiff::{SignedDuration, Timestamp};
use platform::status::Failure;

use super::invite;
use crate::{
    Intake,
    entity::service_act,
    error::{Error, rating::reply::ReplyError},
    state::notifier::words::{self, Kind},
    store::message::{
        invited::{self, InvitedAct},
        messages,
    },
};

/// How long after its window a reply can still be about an act: our number, no document states one.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many matters a question lists, the newest first: as many as fit into a long SMS.
const LISTED: usize = 5;

/// The acts that a reply may be about, the newest first.
pub(crate) struct Matters {
    phone: Vec<u8>,
    found: Vec<(InvitedAct, Window)>,
}

impl Matters {
    /// Those of a phone, by its blind index, for a reply received at `at`.
    pub(crate) async fn of(intake: &Intake, phone: &[u8], at: Timestamp) -> Result<Self, Failure> {
        let found = all(intake, phone, at).await?;
        Ok(Self { phone: phone.to_vec(), found: mentioned(found, at.as_microsecond()) })
    }

    /// Which of them a reply is about; none if there is none.
    pub(crate) fn meant(&self, answer: &str) -> Option<MatterChoice> {
        let fact = |(invited, window): &(InvitedAct, Window)| Matter {
            sign: invited.sign,
            window: *window,
            rated: invited.rated,
        };
        let matters: Vec<Matter> = self.found.iter().map(fact).collect();
        (!matters.is_empty()).then(|| meant(answer, &matters))
    }

    /// The act at a place among them.
    pub(crate) fn act(&self, n: usize) -> Option<&service_act::Model> {
        self.found.get(n).map(|(invited, _)| &invited.act)
    }

    /// Whether a reply without sign could be about more than one.
    pub(crate) fn are_several(&self) -> bool {
        self.found.iter().filter(|(_, window)| *window != Window::Closed).count() > 1
            && self.open().next().is_some()
    }

    /// Those that can be rated.
    fn open(&self) -> impl Iterator<Item = &InvitedAct> {
        self.found.iter().filter(|(_, window)| *window == Window::Open).map(|(invited, _)| invited)
    }

    /// The open ones with their signs, as a question lists them. Those without a sign get one.
    pub(crate) async fn listed(
        &self,
        intake: &Intake,
    ) -> Result<Vec<words::ListedMatter>, Failure> {
        let mut listed = Vec::new();
        for invited in self.open().take(LISTED) {
            let sign = invited::sign(&intake.store, &self.phone, invited.act.id).await?;
            let matter = words::matter(&invited.act);
            listed.push(words::ListedMatter { sign, matter, rated: invited.rated });
        }
        Ok(listed)
    }

    /// The refusal that asks which one is meant. An SMS asks it too, once for each act.
    pub(crate) async fn ask(&self, intake: &Intake, at: Timestamp) -> Result<Error, Error> {
        let about = self.open().find(|invited| !invited.rated).or_else(|| self.open().next());
        let Some(about) = about else { return Ok(ReplyError::NotInvited.into()) };
        let listed = self.listed(intake).await?;
        say_how(intake, &about.act, at).await?;
        let signs = listed.iter().map(|listed| listed.sign).collect();
        Ok(ReplyError::WhichMatter { question: words::which(&listed), signs }.into())
    }
}

/// Explains how to answer, by SMS and once for each act.
pub(crate) async fn say_how(
    intake: &Intake,
    act: &service_act::Model,
    at: Timestamp,
) -> Result<(), Error> {
    if intake.notifier.is_none() {
        return Ok(());
    }
    let hint = invite::row(intake, Kind::ReplyHint, act, at);
    let txn = intake.store.begin().await?;
    messages::insert(&txn, vec![hint]).await?;
    Ok(txn.commit().await?)
}

/// How a message distinguishes its act from others that the phone is asked about and has not rated
/// yet; none if there are none.
pub(crate) async fn of_several(
    intake: &Intake,
    act: &service_act::Model,
    at: Timestamp,
) -> Result<Option<words::ListedMatter>, Failure> {
    let Some(phone) = &act.phone_index else { return Ok(None) };
    let now = at.as_microsecond();
    let another = |other: &InvitedAct| {
        let together = other.act.batch_id.is_some() && other.act.batch_id == act.batch_id;
        let asked = other.sent_at.is_some() || other.due;
        other.act.id != act.id && !together && asked && !other.rated && is_open(&other.act, now)
    };
    if !all(intake, phone, at).await?.iter().any(another) {
        return Ok(None);
    }
    let sign = invited::sign(&intake.store, phone, act.id).await?;
    Ok(Some(words::ListedMatter { sign, matter: words::matter(act), rated: false }))
}

async fn all(intake: &Intake, phone: &[u8], at: Timestamp) -> Result<Vec<InvitedAct>, Failure> {
    let since = at.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    Ok(invited::of_phone(&intake.store, phone, since.as_microsecond(), at.as_microsecond()).await?)
}

fn is_open(act: &service_act::Model, now: i64) -> bool {
    act.closes_at.is_none_or(|closes_at| closes_at > now)
}

/// Of a phone's acts, those that this system sent a message about. If it sends none, another system
/// does, about the last act of each case. A batch is one matter.
fn mentioned(mut found: Vec<InvitedAct>, now: i64) -> Vec<(InvitedAct, Window)> {
    let written = found.iter().any(|invited| invited.sent_at.is_some());
    let (mut cases, mut batches) = (HashSet::new(), HashSet::new());
    found.retain(|InvitedAct { act, sent_at, .. }| {
        let asked = if written { sent_at.is_some() } else { cases.insert(act.case_id) };
        asked && act.batch_id.is_none_or(|batch| batches.insert((batch, act.stage)))
    });
    let asked_at = |invited: &InvitedAct| invited.sent_at.unwrap_or(invited.act.served_at);
    let first_asked = found.iter().filter(|i| is_open(&i.act, now)).map(asked_at).min();
    let last_asked = found.iter().map(asked_at).max();
    let window = |invited: &InvitedAct| {
        let closes_at = invited.act.closes_at.unwrap_or(i64::MAX);
        let meant = match first_asked {
            Some(first_asked) => closes_at > first_asked,
            // All are closed: the last one is what the refusal is about.
            None => Some(asked_at(invited)) == last_asked,
        };
        match (is_open(&invited.act, now), meant) {
            (true, _) => Window::Open,
            (false, true) => Window::JustClosed,
            (false, false) => Window::Closed,
        }
    };
    let windows: Vec<Window> = found.iter().map(window).collect();
    found.into_iter().zip(windows).collect()
}
