//! Takes in what a citizen answered to a message, or pressed on the hotline (I01, I08).

use domain::{
    channel::{Channel, Gateway, Given},
    id::RatingId,
    rating::{MAX_TEXT_CHARS, Submission, receipt_code},
    reply,
    violation::{Violations, identifier, plain_text},
};
use platform::{
    auth::Messenger,
    clock::instant,
    convert::{channel, from_wire, level_to_wire, to_wire},
};
use proto::intake::v1::{ReceiveReplyRequest, ReceiveReplyResponse};

use super::submit_application::request_id;
use crate::{
    Intake,
    error::Error,
    jobs::commit_ratings::{Candidate, in_time, row},
    store,
};

/// The longest phone as gateways write it.
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
    wrong.take("answer", plain_text(&request.answer, MAX_TEXT_CHARS));
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
    let scope = caller.id().as_bytes();
    let key = intake.shell.requests.key(scope, "ReceiveReply", request_id, &request);
    let row_before = store::submit::by_request_key(&intake.store, &[key.key.to_vec()]).await?;
    let act = match row_before.into_values().next() {
        // Asked again: about the same act, whatever else the phone was invited to rate since.
        Some(row) => store::act_row(&intake.store, row.act_id).await?,
        None => {
            let phone = intake.shell.blind.phone(&request.phone);
            store::invited_by_phone(&intake.store, &phone, &request.project_number).await?
        }
    };
    let act = act.ok_or(Error::NotInvited)?;
    in_time(&act, received_at.as_microsecond())?;
    let known = intake.reference.now();
    let profile = known.policy(&act.policy);
    let not_yet = || Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what: "the profile" };
    let labels = profile.ok_or_else(not_yet)?.label_set.value;
    let understood = reply::parse(&request.answer, labels)?;
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
        row,
        fact_id: intake.shell.clock.new_id(),
        key,
        traceparent: String::new(),
        identified: false,
    };
    debug_assert!(Given::Reply(gateway).may_name(channel), "decided above");
    let row = intake.queue.commit(candidate).await?;
    let label = understood.level.label(labels);
    let code = receipt_code(RatingId(row.id));
    Ok(ReceiveReplyResponse {
        rating_id: row.id.to_string(),
        level: level_to_wire(understood.level).into(),
        received_at: Some(to_wire(instant(row.received_at))),
        reply: format!("已收到您的评价“{label}”，回执码{code}。"),
    })
}
