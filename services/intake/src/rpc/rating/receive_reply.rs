//! Receives a citizen's answer to a message, or a key pressed on the hotline (I01, I08).

use std::sync::Arc;

use domain::{
    channel::{Channel, Gateway},
    id::RatingId,
    profile::Profile,
    rating::{MAX_TEXT_CHARS, Submission, receipt_code},
    reply::{self, MatterChoice, NotUnderstood, Wish},
    violation::{Violations, identifier, plain_text},
};
use jiff::Timestamp;
use platform::{
    auth::Messenger,
    clock::instant,
    convert::{channel, from_wire, level, to_wire},
    request::RequestKey,
    status::Failure,
};
use proto::intake::v1::{ReceiveReplyRequest, ReceiveReplyResponse};

use crate::{
    Intake,
    app::{
        message::matters::{Matters, say_how},
        rating::{
            row::{row, words_hash},
            window::in_time,
        },
    },
    convert::request_id,
    entity::{rating, service_act},
    error::{
        Error,
        rating::reply::{OPTED_OUT, ReplyError},
    },
    state::{notifier::words, queue::Candidate},
    store::{
        case::acts,
        message::{invited, messages},
        rating::submit,
    },
};

/// The longest phone number in gateways' notation.
const MAX_PHONE: usize = 24;

pub(crate) async fn run(
    intake: &Intake,
    caller: Messenger,
    request: ReceiveReplyRequest,
) -> Result<ReceiveReplyResponse, Error> {
    let received_at = intake.shell.clock.now();
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    let channel = wrong.take("channel", channel(request.channel));
    let gateway = match channel {
        Some(Channel::SmsReply) => Some(Gateway::Sms),
        Some(Channel::Hotline) => Some(Gateway::Hotline),
        _ => None,
    };
    wrong.require(gateway.is_some(), "channel", "is neither the reply of an SMS nor the hotline");
    let digits = request.phone.chars().filter(char::is_ascii_digit).count();
    let phone = request.phone.len() <= MAX_PHONE && (11..=15).contains(&digits);
    wrong.require(phone, "phone", "is no phone number");
    // Of a message that is far too long only the beginning is read; the rest is ignored.
    let beginning: String = request.answer.chars().take(MAX_TEXT_CHARS).collect();
    wrong.take("answer", plain_text(&beginning, MAX_TEXT_CHARS));
    wrong.take("project_number", identifier(&request.project_number));
    let hotline = gateway == Some(Gateway::Hotline);
    let named = hotline != request.project_number.is_empty();
    wrong.require(named, "project_number", "is the hotline's to name, and only the hotline's");
    let reported_at = request.reported_at.as_ref();
    let reported_at = reported_at.and_then(|at| wrong.take("reported_at", from_wire(at)));
    let (channel, gateway) = wrong.finish((channel, gateway))?;
    let (Some(channel), Some(gateway)) = (channel, gateway) else {
        return Err(Violations::default().into());
    };
    let phone = intake.shell.blind.phone(&request.phone);
    // It is about the phone, whatever the rest is about, and is kept in every case: also for a
    // phone without an invitation, or too late to rate.
    let wish = reply::wish(&request.answer);
    if wish != Wish::None {
        messages::opt_out(&intake.store, &phone, received_at).await?;
    }
    let scope = caller.id().as_bytes();
    let key = intake.shell.requests.key(scope, "ReceiveReply", request_id, &request);
    // Not `shell.once`: it is committed with many others, and the rating identifies it.
    let before = submit::by_request_key(&intake.store, &[key.key.to_vec()]).await?;
    let before = before.into_values().next();
    let known = match before {
        // A repeat is about the same act, even if the phone got further invitations since.
        Some(row) if row.body_hash == key.body => {
            let act = acts::act_row(&intake.store, row.act_id).await?;
            let act = act.ok_or_else(|| Failure::Internal("a rating without its act".to_owned()));
            Some((act?, row))
        }
        Some(_) => return Err(Failure::RequestIdReused.into()),
        None => None,
    };
    let reply = ParsedReply { request: &request, channel, gateway, key, received_at, reported_at };
    let rated = match (known, wish) {
        (Some(known), _) => Ok(known),
        (None, Wish::Alone) => Err(NotUnderstood::Unsubscribe.into()),
        (None, Wish::Also | Wish::None) => rate(intake, reply, &phone).await,
    };
    match rated {
        Ok((act, row)) => answer(intake, &act, &row, &request.answer, wish).await,
        // Someone who wants no more messages is not asked again what they meant.
        Err(refusal) if wish != Wish::None && refusal.is_of_the_reply() => {
            Err(NotUnderstood::Unsubscribe.into())
        }
        Err(refusal) => Err(refusal),
    }
}

/// A reply that is well-formed.
struct ParsedReply<'a> {
    request: &'a ReceiveReplyRequest,
    channel: Channel,
    gateway: Gateway,
    key: RequestKey,
    received_at: Timestamp,
    reported_at: Option<Timestamp>,
}

/// Rates the act that a reply is about.
async fn rate(
    intake: &Intake,
    reply: ParsedReply<'_>,
    phone: &[u8],
) -> Result<(service_act::Model, rating::Model), Error> {
    let ParsedReply { request, channel, gateway, key, received_at, reported_at } = reply;
    let sms = gateway == Gateway::Sms;
    let matters = match sms {
        true => Some(Matters::of(intake, phone, received_at).await?),
        false => None,
    };
    let (act, said) = match &matters {
        Some(matters) => match matters.meant(&request.answer) {
            None => return Err(ReplyError::NotInvited.into()),
            Some(MatterChoice::OneOfSeveral) => {
                return Err(matters.ask(intake, received_at).await?);
            }
            Some(MatterChoice::Matter(n, said)) => (matters.act(n).cloned(), said),
        },
        None => {
            let act = invited::of_case(&intake.store, phone, &request.project_number).await?;
            (act, request.answer.clone())
        }
    };
    let act = act.ok_or(ReplyError::NotInvited)?;
    let profile = profile(intake, &act)?;
    in_time(&act, received_at.as_microsecond())?;
    let understood = match reply::parse(&said, reply::labels_understood(&profile)) {
        Ok(understood) => understood,
        Err(why) => {
            if why == NotUnderstood::Unclear && reply::wish(&request.answer) == Wish::None {
                match &matters {
                    Some(matters) if matters.are_several() => {
                        return Err(matters.ask(intake, received_at).await?);
                    }
                    Some(_) => say_how(intake, &act, received_at).await?,
                    None => {}
                }
            }
            return Err(why.into());
        }
    };
    let bare = understood.level.is_negative() && understood.text.is_empty();
    if bare && profile.negative_needs_reason.value {
        return Err(ReplyError::ReasonNeeded.into());
    }
    let submission = Submission {
        level: understood.level,
        tag_codes: Vec::new(),
        tag_list_version: String::new(),
        text: understood.text,
        answers: Vec::new(),
        private: false,
    };
    let row = row(intake, &submission, act.id, channel, key, received_at, reported_at)?;
    let candidate = Candidate {
        submission,
        words_hash: words_hash(intake, &row)?,
        row,
        fact_id: intake.shell.clock.new_id(),
        key,
        traceparent: String::new(),
        identified: false,
    };
    let row = intake.queue.commit(candidate).await?;
    Ok((act, row))
}

fn profile(intake: &Intake, act: &service_act::Model) -> Result<Arc<Profile>, Error> {
    let not_yet = || Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what: "the profile" };
    intake.reference.now().policy(&act.policy).cloned().ok_or_else(not_yet)
}

/// The result of a reply, and the answer to the citizen: which matter was rated and how. The same
/// reply has the same answer, so the sign is shown only if the reply had it.
async fn answer(
    intake: &Intake,
    act: &service_act::Model,
    row: &rating::Model,
    said: &str,
    wish: Wish,
) -> Result<ReceiveReplyResponse, Error> {
    let level = level(row.level.into()).map_err(|why| Failure::Internal(why.to_string()))?;
    let label = level.label(profile(intake, act)?.label_set.value);
    let code = receipt_code(RatingId(row.id));
    let sign = invited::known_sign(&intake.store, act.id).await?;
    let signed = sign.filter(|sign| reply::begins_with(said, *sign));
    let signed = signed.map_or_else(String::new, |sign| format!("（代码{sign}）"));
    let opted_out = if wish == Wish::None { "" } else { OPTED_OUT };
    Ok(ReceiveReplyResponse {
        rating_id: row.id.to_string(),
        level: row.level.into(),
        received_at: Some(to_wire(instant(row.received_at))),
        reply: format!(
            "已收到您对{}的业务{signed}的评价“{label}”，回执码{code}。{opted_out}{}",
            words::matter(act),
            where_to_look(intake)
        ),
    })
}

/// Where to look up cases, ratings and outcomes, as the operator configured it (I20).
fn where_to_look(intake: &Intake) -> String {
    match intake.look_up() {
        "" => String::new(),
        look_up => format!("办件和评价结果可查：{look_up}"),
    }
}

#[cfg(test)]
mod tests;
