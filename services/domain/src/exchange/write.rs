//! Records as a dialect writes them.

use jiff::{Timestamp, fmt::strtime};

use super::{
    codes::Lossy,
    dialect::{Datum, Dialect, Encoding, Field, Kind, Need},
    hold::Hold,
    record::{Correction, Rating, Record, Service},
    terms::{Action, CaseStatus},
    text::{json, xml},
};
use crate::{
    deadline::{clock_time, day_of},
    item::Limit,
    level::Level,
    tags::TagList,
};

/// What a field holds: nothing if it is not known, which some fields may be.
type Held = Result<Option<String>, Lossy>;

impl Record<'_> {
    /// What it is about.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Case(_) => Kind::Case,
            Self::Rating(..) => Kind::Rating,
            Self::Correction(..) => Kind::Correction,
        }
    }
}

impl Dialect {
    /// A record's fields, by name and in order; none if the dialect does not tell records of this kind. Tags are
    /// those of the nation's list.
    ///
    /// # Errors
    /// Everything that keeps it from being told, at once.
    pub fn write(
        &self,
        record: Record<'_>,
        nation: &TagList,
    ) -> Result<Option<Vec<(String, String)>>, Vec<Hold>> {
        let fields = self.fields(record.kind());
        if fields.is_empty() {
            return Ok(None);
        }
        let mut holds = self.refused(record);
        let mut written = Vec::with_capacity(fields.len());
        for field in fields {
            match self.field(field, record, nation) {
                Ok(Some(value)) => written.push((field.name.clone(), value)),
                // An update leaves out what has not changed: an empty value would overwrite it.
                Ok(None) if matches!(record, Record::Correction(..)) => {}
                Ok(None) => written.push((field.name.clone(), String::new())),
                Err(hold) => holds.push(hold),
            }
        }
        if holds.is_empty() { Ok(Some(written)) } else { Err(holds) }
    }

    /// Fields as text.
    #[must_use]
    pub fn text(&self, fields: &[(String, String)]) -> String {
        match self.encoding {
            Encoding::Json => json(fields),
            Encoding::Xml => xml(&self.root, fields),
        }
    }

    /// The level that a record names, read back: none if it names none.
    ///
    /// # Errors
    /// [`Lossy`] if its code is none.
    pub fn level_of(&self, fields: &[(String, String)]) -> Result<Option<Level>, Lossy> {
        let field = self.rating.iter().find(|field| field.of == Datum::Level);
        let value = field.and_then(|field| fields.iter().find(|(name, _)| *name == field.name));
        value.map(|(_, code)| self.codes.level.term(code)).transpose()
    }

    /// What the platform is known to refuse about a record.
    fn refused(&self, record: Record<'_>) -> Vec<Hold> {
        let (service, rules) = (record.service(), &self.rules);
        let mut holds = Vec::new();
        if !rules.self_made.is_empty() && service.item_code.contains(&rules.self_made) {
            holds.push(Hold::SelfMadeItem);
        }
        let Some(rating) = record.rating() else { return holds };
        if rules.negative_needs_tag && rating.level.is_negative() && rating.tags.is_empty() {
            holds.push(Hold::NoReason);
        }
        if rating.at < service.served_at {
            holds.push(Hold::BeforeService);
        }
        if rating.number > rules.most_ratings {
            holds.push(Hold::TooMany { number: rating.number, most: rules.most_ratings });
        }
        holds
    }

    fn field(
        &self,
        field: &Field,
        record: Record<'_>,
        nation: &TagList,
    ) -> Result<Option<String>, Hold> {
        let name = || field.name.clone();
        let (service, of) = (record.service(), field.of);
        let needed = field.needed.is_some_and(|need| match need {
            Need::Always => true,
            Need::Accepted => service.status != CaseStatus::Pending,
            Need::Completed => service.status == CaseStatus::Completed,
        });
        let unknown_tag = |rating: &Rating| {
            let known = |code: &String| nation.tags.iter().any(|tag| tag.code == *code);
            let retired = |code: &String| nation.retired.iter().any(|tag| tag.code == *code);
            rating.tags.iter().find(|code| !known(code) && !retired(code)).cloned()
        };
        if of == Datum::Tags
            && let Some(code) = record.rating().and_then(unknown_tag)
        {
            return Err(Hold::Tag { field: name(), code });
        }
        let value = self.of_service(of, service);
        let value = match (value, record) {
            (Ok(None), Record::Case(_)) => Ok(None),
            (Ok(None), Record::Rating(_, rating)) => self.of_rating(of, rating, None),
            (Ok(None), Record::Correction(_, rating, correction)) => {
                self.of_rating(of, rating, Some(correction))
            }
            (value, _) => value,
        };
        match value.map_err(|why| Hold::Code { field: name(), why })? {
            None if needed && of.is_personal() => Err(Hold::Personal { field: name() }),
            None if needed => Err(Hold::Missing { field: name() }),
            value => Ok(value),
        }
    }

    fn of_service(&self, of: Datum, service: &Service) -> Held {
        let (known, codes) = (&service.known, &self.codes);
        let days = |limit: Option<Limit>| limit.map(|limit| limit.days.to_string());
        let unit = |limit: Option<Limit>| code(limit.map(|limit| codes.day_unit.code(limit.unit)));
        Ok(match of {
            Datum::ItemCode => service.item_code.get(..31).map(str::to_owned),
            Datum::HandlingItem => {
                let whole = Some(&service.item_code).filter(|code| code.len() == 33);
                whole.cloned()
            }
            Datum::ItemName => known.item_name.clone(),
            Datum::ItemType => code(known.item_type.map(|kind| codes.item_type.code(kind)))?,
            Datum::ProjectNumber => {
                let number = Some(&service.project_number).filter(|number| !number.is_empty());
                number.map(|number| format!("{}{number}", self.project_prefix))
            }
            Datum::Status => Some(codes.status.code(service.status)?.to_owned()),
            Datum::CaseKind => code(known.case_kind.map(|kind| codes.case_kind.code(kind)))?,
            Datum::AgencyId => Some(service.agency_id.clone()),
            Datum::AgencyName => known.agency_name.clone(),
            Datum::AgencyUscc => known.agency_uscc.clone(),
            Datum::RegionCode => Some(format!("{:0<12}", service.region_code)),
            Datum::AcceptedAt => service.accepted_at.map(|at| self.time(at)),
            Datum::CompletedAt => service.completed_at.map(|at| self.time(at)),
            Datum::ServedAt => Some(self.time(service.served_at)),
            Datum::ServedOn => Some(day_of(service.served_at).to_string()),
            Datum::Stage => Some(codes.stage.code(service.stage)?.to_owned()),
            Datum::ServiceNumber => Some(service.number.to_string()),
            Datum::Medium => code(service.medium.map(|medium| codes.medium.code(medium)))?,
            Datum::PromisedDays => days(known.promised),
            Datum::PromisedUnit => unit(known.promised)?,
            Datum::StatutoryDays => days(known.statutory),
            Datum::StatutoryUnit => unit(known.statutory)?,
            Datum::DataSource => Some(self.data_source.clone()).filter(|code| !code.is_empty()),
            _ => None,
        })
    }

    fn of_rating(&self, of: Datum, rating: &Rating, correction: Option<&Correction>) -> Held {
        let codes = &self.codes;
        Ok(match of {
            Datum::Level => Some(codes.level.code(rating.level)?.to_owned()),
            Datum::Channel => Some(match (rating.channel, &codes.default_channel) {
                (Some(channel), _) => codes.channel.code(channel)?.to_owned(),
                (None, Some(code)) => code.clone(),
                (None, None) => return Err(Lossy::NoCode("a default rating".to_owned())),
            }),
            Datum::Tags => Some(rating.tags.join(",")).filter(|tags| !tags.is_empty()),
            Datum::RatedAt => Some(self.time(rating.at)),
            Datum::RatingNumber => Some(rating.number.to_string()),
            Datum::IsDefault => Some(codes.default.code(rating.channel.is_none()).to_owned()),
            Datum::Review => {
                let review = match correction {
                    None => rating.review,
                    Some(correction) => correction.review,
                };
                code(review.map(|review| codes.review.code(review)))?
            }
            Datum::Counts => {
                let counts = correction.map_or(Some(true), |correction| correction.counts);
                counts.map(|counts| codes.counts.code(counts).to_owned())
            }
            Datum::Action => {
                let action = if correction.is_some() { Action::Update } else { Action::Insert };
                Some(codes.action.code(action)?.to_owned())
            }
            Datum::Rectification => {
                correction.and_then(|correction| correction.rectification.clone())
            }
            _ => None,
        })
    }

    fn time(&self, at: Timestamp) -> String {
        // Its form was checked when the dialect was read.
        strtime::format(&self.time, clock_time(at)).unwrap_or_default()
    }
}

fn code(code: Option<Result<&str, Lossy>>) -> Held {
    code.transpose().map(|code| code.map(str::to_owned))
}
