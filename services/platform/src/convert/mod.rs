//! The value types of `pingyi.type.v1` and the domain's, both ways: parse, don't validate.

pub mod item;
pub mod unit;

use domain::{
    case::Stage,
    channel::Channel,
    codes::RegionCode,
    deadline::{DayNote, DayUnit, Deadline, DeadlineRule, Pause},
    level::Level,
    profile::ExclusionGround,
    rating::{InvolvedAgency, Origin, RaterKind, ServiceAct},
    ticket::Finding,
};
use jiff::Timestamp;
use proto::{
    fact::v1::{TicketOpened, ticket_opened},
    r#type::v1 as wire,
};

/// A message from the wire or from a row has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Meaningless(pub &'static str);

/// An instant on the wire.
#[must_use]
pub fn to_wire(at: Timestamp) -> prost_types::Timestamp {
    let micros = at.as_microsecond();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// An instant from the wire, truncated to microseconds. The wire's format allows the years 1 to
/// 9999; a timestamp reaches to 30 December of the last one.
///
/// # Errors
/// [`Meaningless`] if it is of another year, or its nanoseconds are no part of a second.
pub fn from_wire(at: &prost_types::Timestamp) -> Result<Timestamp, Meaningless> {
    /// 0001-01-01T00:00:00Z.
    const FIRST: i64 = -62_135_596_800;
    if !(0..1_000_000_000).contains(&at.nanos) {
        return Err(Meaningless("has nanoseconds that are no part of a second"));
    }
    let micros = at.seconds.saturating_mul(1_000_000).saturating_add(i64::from(at.nanos) / 1_000);
    let instant = Timestamp::from_microsecond(micros).ok().filter(|_| at.seconds >= FIRST);
    instant.ok_or(Meaningless("is no instant of the years 1 to 9999"))
}

/// An instant a message must have.
///
/// # Errors
/// [`Meaningless`] if it is missing or out of range.
pub fn instant_of(at: Option<&prost_types::Timestamp>) -> Result<Timestamp, Meaningless> {
    from_wire(at.ok_or(Meaningless("is missing"))?)
}

/// A level on the wire.
#[must_use]
pub fn level_to_wire(level: Level) -> wire::Level {
    match level {
        Level::VerySatisfied => wire::Level::VerySatisfied,
        Level::Satisfied => wire::Level::Satisfied,
        Level::BasicallySatisfied => wire::Level::BasicallySatisfied,
        Level::Dissatisfied => wire::Level::Dissatisfied,
        Level::VeryDissatisfied => wire::Level::VeryDissatisfied,
    }
}

/// A level from the wire.
///
/// # Errors
/// [`Meaningless`] for none and for an unknown one.
pub fn level(level: i32) -> Result<Level, Meaningless> {
    match wire::Level::try_from(level) {
        Ok(wire::Level::VerySatisfied) => Ok(Level::VerySatisfied),
        Ok(wire::Level::Satisfied) => Ok(Level::Satisfied),
        Ok(wire::Level::BasicallySatisfied) => Ok(Level::BasicallySatisfied),
        Ok(wire::Level::Dissatisfied) => Ok(Level::Dissatisfied),
        Ok(wire::Level::VeryDissatisfied) => Ok(Level::VeryDissatisfied),
        Ok(wire::Level::Unspecified) => Err(Meaningless("is missing")),
        Err(_) => Err(Meaningless("is no level")),
    }
}

/// A stage on the wire.
#[must_use]
pub fn stage_to_wire(stage: Stage) -> wire::Stage {
    match stage {
        Stage::Acceptance => wire::Stage::Acceptance,
        Stage::Approval => wire::Stage::Approval,
        Stage::Issuance => wire::Stage::Issuance,
        Stage::Completion => wire::Stage::Completion,
    }
}

/// A stage from the wire.
///
/// # Errors
/// [`Meaningless`] for none and for an unknown one.
pub fn stage(stage: i32) -> Result<Stage, Meaningless> {
    match wire::Stage::try_from(stage) {
        Ok(wire::Stage::Acceptance) => Ok(Stage::Acceptance),
        Ok(wire::Stage::Approval) => Ok(Stage::Approval),
        Ok(wire::Stage::Issuance) => Ok(Stage::Issuance),
        Ok(wire::Stage::Completion) => Ok(Stage::Completion),
        Ok(wire::Stage::Unspecified) | Err(_) => Err(Meaningless("is no stage")),
    }
}

/// The rating that opened a ticket; none if something else did. Reads the form of older versions
/// too, which stores still have.
#[must_use]
pub fn opening_rating(opened: &TicketOpened) -> Option<&str> {
    match &opened.opening {
        Some(ticket_opened::Opening::Rating(rating)) => Some(&rating.rating_id),
        Some(_) => None,
        None if opened.matter_id.is_empty() => Some(&opened.rating_id),
        None => None,
    }
}

/// A finding on the wire.
#[must_use]
pub fn finding_to_wire(finding: Finding) -> wire::Finding {
    match finding {
        Finding::Clear => wire::Finding::Clear,
        Finding::Simple => wire::Finding::Simple,
        Finding::Complex => wire::Finding::Complex,
        Finding::NoLegalBasis => wire::Finding::NoLegalBasis,
    }
}

/// A finding from the wire.
///
/// # Errors
/// [`Meaningless`] for none and for an unknown one.
pub fn finding(finding: i32) -> Result<Finding, Meaningless> {
    match wire::Finding::try_from(finding) {
        Ok(wire::Finding::Clear) => Ok(Finding::Clear),
        Ok(wire::Finding::Simple) => Ok(Finding::Simple),
        Ok(wire::Finding::Complex) => Ok(Finding::Complex),
        Ok(wire::Finding::NoLegalBasis) => Ok(Finding::NoLegalBasis),
        Ok(wire::Finding::Unspecified) | Err(_) => Err(Meaningless("is no finding")),
    }
}

/// A ground of exclusion on the wire.
#[must_use]
pub fn ground_to_wire(ground: ExclusionGround) -> wire::ExclusionGround {
    match ground {
        ExclusionGround::Mistaken => wire::ExclusionGround::Mistaken,
        ExclusionGround::MisTapped => wire::ExclusionGround::MisTapped,
        ExclusionGround::Malicious => wire::ExclusionGround::Malicious,
        ExclusionGround::SystemFault => wire::ExclusionGround::SystemFault,
        ExclusionGround::ObjectiveCause => wire::ExclusionGround::ObjectiveCause,
    }
}

/// A ground of exclusion from the wire.
///
/// # Errors
/// [`Meaningless`] for none and for an unknown one.
pub fn ground(ground: i32) -> Result<ExclusionGround, Meaningless> {
    match wire::ExclusionGround::try_from(ground) {
        Ok(wire::ExclusionGround::Mistaken) => Ok(ExclusionGround::Mistaken),
        Ok(wire::ExclusionGround::MisTapped) => Ok(ExclusionGround::MisTapped),
        Ok(wire::ExclusionGround::Malicious) => Ok(ExclusionGround::Malicious),
        Ok(wire::ExclusionGround::SystemFault) => Ok(ExclusionGround::SystemFault),
        Ok(wire::ExclusionGround::ObjectiveCause) => Ok(ExclusionGround::ObjectiveCause),
        Ok(wire::ExclusionGround::Unspecified) | Err(_) => Err(Meaningless("is no ground")),
    }
}

/// A unit on the wire.
#[must_use]
pub fn unit_to_wire(unit: DayUnit) -> wire::DayUnit {
    match unit {
        DayUnit::Working => wire::DayUnit::Working,
        DayUnit::Calendar => wire::DayUnit::Calendar,
    }
}

/// A unit from the wire.
///
/// # Errors
/// [`Meaningless`] for none and for an unknown one.
pub fn unit(unit: i32) -> Result<DayUnit, Meaningless> {
    match wire::DayUnit::try_from(unit) {
        Ok(wire::DayUnit::Working) => Ok(DayUnit::Working),
        Ok(wire::DayUnit::Calendar) => Ok(DayUnit::Calendar),
        Ok(wire::DayUnit::Unspecified) | Err(_) => Err(Meaningless("is no unit of days")),
    }
}

/// A deadline on the wire.
#[must_use]
pub fn deadline_to_wire(deadline: &Deadline) -> wire::Deadline {
    let pause = |pause: &Pause| wire::Pause {
        from: pause.from.to_string(),
        until: pause.until.to_string(),
    };
    let derivation = deadline.derivation.iter().map(|day| wire::DayNote {
        date: day.date.to_string(),
        counted_as: day.counted_as.unwrap_or_default(),
        reason: day.reason.clone(),
    });
    wire::Deadline {
        act: deadline.rule.subject.clone(),
        event: deadline.rule.event.clone(),
        event_at: Some(to_wire(deadline.event_at)),
        days: deadline.rule.days,
        unit: unit_to_wire(deadline.rule.unit).into(),
        due_on: deadline.due_on.to_string(),
        due_at: Some(to_wire(deadline.due_at)),
        provisional: deadline.provisional,
        calendar_version: deadline.calendar_version.clone(),
        clause: deadline.rule.clause.clone(),
        derivation: derivation.collect(),
        pauses: deadline.pauses.iter().map(pause).collect(),
        ..wire::Deadline::default()
    }
}

/// A deadline from the wire.
///
/// # Errors
/// [`Meaningless`] if a part is missing or malformed.
pub fn deadline(deadline: wire::Deadline) -> Result<Deadline, Meaningless> {
    let date = |text: &str| text.parse().map_err(|_| Meaningless("is no date"));
    let mut derivation = Vec::with_capacity(deadline.derivation.len());
    for day in deadline.derivation {
        let counted_as = Some(day.counted_as).filter(|n| *n > 0);
        derivation.push(DayNote { date: date(&day.date)?, counted_as, reason: day.reason });
    }
    let pause =
        |pause: wire::Pause| Ok(Pause { from: date(&pause.from)?, until: date(&pause.until)? });
    let pauses: Result<_, Meaningless> = deadline.pauses.into_iter().map(pause).collect();
    Ok(Deadline {
        event_at: instant_of(deadline.event_at.as_ref())?,
        due_on: date(&deadline.due_on)?,
        due_at: instant_of(deadline.due_at.as_ref())?,
        provisional: deadline.provisional,
        calendar_version: deadline.calendar_version,
        rule: DeadlineRule {
            subject: deadline.act,
            event: deadline.event,
            days: deadline.days,
            unit: unit(deadline.unit)?,
            clause: deadline.clause,
        },
        derivation,
        pauses: pauses?,
    })
}

/// A service act on the wire.
#[must_use]
pub fn act_to_wire(act: &ServiceAct) -> wire::ServiceAct {
    wire::ServiceAct {
        act_id: act.id.to_string(),
        case_id: act.case_id.to_string(),
        stage: stage_to_wire(act.stage).into(),
        service_number: act.service_number,
        region_code: act.region_code.clone(),
        agency_id: act.agency_id.clone(),
        item_code: act.item_code.clone(),
        item_version: act.item_version,
        terminal_id: act.terminal_id.clone().unwrap_or_default(),
        line_id: act.line_id.clone().unwrap_or_default(),
        served_at: Some(to_wire(act.served_at)),
        policy: act.policy.clone(),
        window_id: act.window_id.clone().unwrap_or_default(),
        staff_id: act.staff_id.clone().unwrap_or_default(),
        staff_unconfirmed: act.staff_unconfirmed,
        hall_id: act.hall_id.clone().unwrap_or_default(),
        platform_id: act.platform_id.clone().unwrap_or_default(),
        involved: act.involved.iter().map(involved_to_wire).collect(),
        reported_at: act.reported_at.map(to_wire),
        participants: Vec::new(),
    }
}

/// A service act from the wire.
///
/// # Errors
/// [`Meaningless`] if a part is missing or malformed.
pub fn act(act: wire::ServiceAct) -> Result<ServiceAct, Meaningless> {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(ServiceAct {
        id: act.act_id.parse().map_err(|_| Meaningless("act_id is no UUID"))?,
        case_id: act.case_id.parse().map_err(|_| Meaningless("case_id is no UUID"))?,
        stage: stage(act.stage)?,
        service_number: act.service_number,
        region_code: act.region_code,
        agency_id: act.agency_id,
        item_code: act.item_code,
        item_version: act.item_version,
        terminal_id: some(act.terminal_id),
        line_id: some(act.line_id),
        served_at: instant_of(act.served_at.as_ref())?,
        policy: act.policy,
        window_id: some(act.window_id),
        staff_id: some(act.staff_id),
        staff_unconfirmed: act.staff_unconfirmed,
        hall_id: some(act.hall_id),
        platform_id: some(act.platform_id),
        involved: act.involved.into_iter().map(involved).collect(),
        reported_at: act.reported_at.as_ref().map(|at| instant_of(Some(at))).transpose()?,
    })
}

/// The way a rating came in, from the wire.
///
/// # Errors
/// [`Meaningless`] if it is not stated.
pub fn channel(number: i32) -> Result<Channel, Meaningless> {
    let known = wire::Channel::try_from(number).unwrap_or_default();
    let channel = Channel::ALL.into_iter().find(|channel| channel_to_wire(*channel) == known);
    channel.ok_or(Meaningless("is missing or unknown"))
}

/// The way a rating came in, on the wire.
#[must_use]
pub fn channel_to_wire(channel: Channel) -> wire::Channel {
    match channel {
        Channel::Kiosk => wire::Channel::Kiosk,
        Channel::Portal => wire::Channel::Portal,
        Channel::BusinessSystem => wire::Channel::BusinessSystem,
        Channel::App => wire::Channel::App,
        Channel::Evaluator => wire::Channel::Evaluator,
        Channel::WindowCode => wire::Channel::WindowCode,
        Channel::Wechat => wire::Channel::Wechat,
        Channel::Alipay => wire::Channel::Alipay,
        Channel::Baidu => wire::Channel::Baidu,
        Channel::SmsLink => wire::Channel::SmsLink,
        Channel::SmsReply => wire::Channel::SmsReply,
        Channel::Hotline => wire::Channel::Hotline,
        Channel::Paper => wire::Channel::Paper,
    }
}

/// Where a rating comes from, from the wire.
///
/// # Errors
/// [`Meaningless`] if it is not stated.
pub fn origin(number: i32) -> Result<Origin, Meaningless> {
    match wire::Origin::try_from(number) {
        Ok(wire::Origin::Active) => Ok(Origin::Active),
        Ok(wire::Origin::Default) => Ok(Origin::Default),
        Ok(wire::Origin::Paper) => Ok(Origin::Paper),
        Ok(wire::Origin::Imported) => Ok(Origin::Imported),
        Ok(wire::Origin::Unspecified) | Err(_) => Err(Meaningless("is missing or unknown")),
    }
}

/// Where a rating comes from, on the wire.
#[must_use]
pub fn origin_to_wire(origin: Origin) -> wire::Origin {
    match origin {
        Origin::Active => wire::Origin::Active,
        Origin::Default => wire::Origin::Default,
        Origin::Paper => wire::Origin::Paper,
        Origin::Imported => wire::Origin::Imported,
    }
}

/// Who was served, from the wire.
///
/// # Errors
/// [`Meaningless`] if it is not stated.
pub fn rater_kind(number: i32) -> Result<RaterKind, Meaningless> {
    match wire::RaterKind::try_from(number) {
        Ok(wire::RaterKind::NaturalPerson) => Ok(RaterKind::NaturalPerson),
        Ok(wire::RaterKind::LegalPerson) => Ok(RaterKind::LegalPerson),
        Ok(wire::RaterKind::OtherOrganization) => Ok(RaterKind::OtherOrganization),
        Ok(wire::RaterKind::Unspecified) | Err(_) => Err(Meaningless("is missing or unknown")),
    }
}

/// Who was served, on the wire.
#[must_use]
pub fn rater_kind_to_wire(kind: RaterKind) -> wire::RaterKind {
    match kind {
        RaterKind::NaturalPerson => wire::RaterKind::NaturalPerson,
        RaterKind::LegalPerson => wire::RaterKind::LegalPerson,
        RaterKind::OtherOrganization => wire::RaterKind::OtherOrganization,
    }
}

/// A part in a package, on the wire.
#[must_use]
pub fn involved_to_wire(involved: &InvolvedAgency) -> wire::Involved {
    wire::Involved {
        agency_id: involved.agency_id.clone(),
        region_code: involved.region_code.clone(),
    }
}

/// A part in a package from the wire.
#[must_use]
pub fn involved(involved: wire::Involved) -> InvolvedAgency {
    let region_code = shortened(involved.region_code);
    InvolvedAgency { agency_id: involved.agency_id, region_code }
}

/// A region code in its shortest form; any other text stays as it is, to be refused later.
#[must_use]
pub fn shortened(code: String) -> String {
    RegionCode::parse(&code).map_or(code, |code| code.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_of_the_years_1_to_9999_and_its_nanoseconds_are_of_its_second() {
        let wire = |seconds, nanos| from_wire(&prost_types::Timestamp { seconds, nanos });
        let year_1 = "0001-01-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let last = "9999-12-30T22:00:00Z".parse::<Timestamp>().unwrap().as_second();
        for (seconds, nanos, taken) in [
            (0, 0, true),
            (0, 999_999_999, true),
            (0, 1_000_000_000, false),
            (0, -1, false),
            (0, i32::MIN, false),
            (year_1, 0, true),
            (year_1 - 1, 0, false),
            (last - 1, 999_999_999, true),
            (last + 1, 0, false),
            (i64::MAX, 0, false),
            (i64::MIN, 0, false),
        ] {
            assert_eq!(wire(seconds, nanos).is_ok(), taken, "{seconds} {nanos}");
        }
        assert_eq!(to_wire(wire(-1, 500_000_999).unwrap()).nanos, 500_000_000);
    }

    #[test]
    fn i01_each_channel_of_the_wire_is_the_domains_own() {
        let channels: Vec<_> = (1..=13).map(|number| channel(number).unwrap()).collect();
        assert_eq!(channels, Channel::ALL);
        assert!([0, -1, 14].into_iter().all(|nothing| channel(nothing).is_err()));
    }
}
