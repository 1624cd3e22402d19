//! The services over gRPC, as a terminal reaches them through its one endpoint.

use std::time::Duration;

use domain::{item::FieldKind, level::Level};
use proto::{
    catalog::v1::{
        self as catalog, ListItemsRequest, catalog_service_client::CatalogServiceClient,
    },
    intake::v1::{
        self as intake, FormEntry, ResolveInvitationRequest, SubmitApplicationRequest,
        SubmitRatingRequest, WatchCaseRequest, case_service_client::CaseServiceClient,
        rating_service_client::RatingServiceClient,
    },
    r#type::v1 as shared,
};
use tokio_stream::StreamExt as _;
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::Channel,
};
use tonic_types::StatusExt as _;

use super::trace::Traced;
use crate::{
    content::{Case, Choices, Field, ItemCard, LevelChoice, Receipt, ToRate, ToSubmit},
    ports::{Failure, Services},
};

/// How long a call may take before the services count as away.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it waits before it watches a case again.
const PAUSE: Duration = Duration::from_secs(1);

/// The services behind one endpoint.
#[derive(Clone)]
pub struct Gateway {
    channel: Traced,
    authorization: MetadataValue<Ascii>,
    region_code: String,
}

impl Gateway {
    /// A gateway for the terminal whose access token this is.
    ///
    /// # Errors
    /// If the token cannot stand in a header.
    pub fn new(
        channel: Channel,
        token: &str,
        region_code: &str,
    ) -> Result<Self, tonic::metadata::errors::InvalidMetadataValue> {
        let authorization = format!("Bearer {token}").parse()?;
        let (channel, region_code) = (Traced(channel), region_code.to_owned());
        Ok(Self { channel, authorization, region_code })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = self.stream_request(message);
        request.set_timeout(PATIENCE);
        request
    }

    fn stream_request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }

    async fn watch(&self, case_id: String) -> Result<String, Failure> {
        let mut client = CaseServiceClient::new(self.channel.clone());
        let request = self.stream_request(WatchCaseRequest { case_id });
        let mut changes = client.watch_case(request).await.map_err(failure)?.into_inner();
        while let Some(change) = changes.next().await {
            let change = case(change.map_err(failure)?.case.unwrap_or_default());
            if let Some(token) = change.invitation {
                return Ok(token);
            }
        }
        Err(Failure::Away)
    }
}

impl Services for Gateway {
    async fn items(&self) -> Result<Vec<ItemCard>, Failure> {
        let mut client = CatalogServiceClient::new(self.channel.clone());
        let mut items = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = self.request(ListItemsRequest {
                region_code: self.region_code.clone(),
                channel: "kiosk".to_owned(),
                page_size: 0,
                page_token,
            });
            let page = client.list_items(request).await.map_err(failure)?.into_inner();
            items.extend(page.items.into_iter().map(item_card));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(items);
            }
        }
    }

    async fn submit(&self, application: ToSubmit) -> Result<Case, Failure> {
        let ids: Vec<String> = application.entries.iter().map(|(id, _)| id.clone()).collect();
        let entry = |(field_id, value)| FormEntry { field_id, value };
        let request = self.request(SubmitApplicationRequest {
            request_id: application.request_id,
            item_code: application.item_code,
            entries: application.entries.into_iter().map(entry).collect(),
            ..SubmitApplicationRequest::default()
        });
        let mut client = CaseServiceClient::new(self.channel.clone());
        let answer = client.submit_application(request).await;
        let answer = answer.map_err(|status| name_fields(failure(status), &ids))?.into_inner();
        Ok(case(answer.case.unwrap_or_default()))
    }

    async fn completed(&self, case_id: String) -> Result<String, Failure> {
        loop {
            match self.watch(case_id.clone()).await {
                // A server that restarts ends its streams; it will be back.
                Err(Failure::Away) => tokio::time::sleep(PAUSE).await,
                done => return done,
            }
        }
    }

    async fn choices(&self, token: String) -> Result<Choices, Failure> {
        let mut client = RatingServiceClient::new(self.channel.clone());
        let request = self.request(ResolveInvitationRequest { token });
        let shown = client.resolve_invitation(request).await.map_err(failure)?.into_inner();
        let levels = shown.levels.into_iter().filter_map(|choice| {
            let level = level(choice.level())?;
            let tags = choice.tags.into_iter().map(|tag| (tag.code, tag.text)).collect();
            Some(LevelChoice { level, label: choice.label, tags })
        });
        Ok(Choices {
            item_name: shown.item_name,
            levels: levels.collect(),
            tag_list_version: shown.tag_list_version,
            negative_needs_reason: shown.negative_needs_reason,
            private_allowed: shown.private_allowed,
            look_up: shown.look_up,
        })
    }

    async fn rate(&self, rating: ToRate) -> Result<Receipt, Failure> {
        let request = self.request(SubmitRatingRequest {
            request_id: rating.request_id,
            token: rating.token,
            level: level_to_wire(rating.level).into(),
            tag_list_version: match rating.tag_codes.is_empty() {
                true => String::new(),
                false => rating.tag_list_version,
            },
            tag_codes: rating.tag_codes,
            private: rating.private,
            channel: shared::Channel::Kiosk.into(),
            ..SubmitRatingRequest::default()
        });
        let mut client = RatingServiceClient::new(self.channel.clone());
        let answer = client.submit_rating(request).await.map_err(failure)?.into_inner();
        Ok(Receipt {
            rating_id: answer.rating_id,
            code: answer.receipt_code,
            look_up: answer.look_up,
        })
    }
}

fn item_card(item: catalog::Item) -> ItemCard {
    let guide = item.guide.unwrap_or_default();
    let material =
        |material: catalog::Material| format!("材料：{}（{}份）", material.name, material.copies);
    let lines = guide
        .conditions
        .into_iter()
        .map(|condition| format!("条件：{condition}"))
        .chain(guide.materials.into_iter().map(material))
        .chain([format!("程序：{}", guide.procedure.join("→"))])
        .chain([format!("收费：{}（{}）", guide.fee_standard, guide.fee_basis)]);
    ItemCard {
        guide: lines.collect(),
        code: item.code,
        name: item.name,
        accepting_unit: guide.accepting_unit,
        form: item
            .form
            .into_iter()
            .map(|field| Field {
                kind: field_kind(field.kind()),
                id: field.field_id,
                label: field.label,
                required: field.required,
                choices: field.choices,
            })
            .collect(),
    }
}

/// A kind this terminal does not know yet is shown as plain text; the services still check it.
fn field_kind(kind: catalog::FieldKind) -> FieldKind {
    match kind {
        catalog::FieldKind::Unspecified | catalog::FieldKind::Text => FieldKind::Text,
        catalog::FieldKind::Choice => FieldKind::Choice,
        catalog::FieldKind::Date => FieldKind::Date,
        catalog::FieldKind::Number => FieldKind::Number,
        catalog::FieldKind::PersonName => FieldKind::PersonName,
        catalog::FieldKind::Phone => FieldKind::Phone,
        catalog::FieldKind::IdNumber => FieldKind::IdNumber,
    }
}

fn case(case: intake::Case) -> Case {
    Case {
        id: case.case_id,
        project_number: case.project_number,
        invitation: case.invitation.map(|invitation| invitation.token),
    }
}

fn level(level: shared::Level) -> Option<Level> {
    match level {
        shared::Level::VerySatisfied => Some(Level::VerySatisfied),
        shared::Level::Satisfied => Some(Level::Satisfied),
        shared::Level::BasicallySatisfied => Some(Level::BasicallySatisfied),
        shared::Level::Dissatisfied => Some(Level::Dissatisfied),
        shared::Level::VeryDissatisfied => Some(Level::VeryDissatisfied),
        shared::Level::Unspecified => None,
    }
}

fn level_to_wire(level: Level) -> shared::Level {
    match level {
        Level::VerySatisfied => shared::Level::VerySatisfied,
        Level::Satisfied => shared::Level::Satisfied,
        Level::BasicallySatisfied => shared::Level::BasicallySatisfied,
        Level::Dissatisfied => shared::Level::Dissatisfied,
        Level::VeryDissatisfied => shared::Level::VeryDissatisfied,
    }
}

/// Names what is wrong by the form's fields, where the services name it by its place in the
/// request: `entries[2].value`, or `entries.ID` for what is missing.
fn name_fields(failure: Failure, ids: &[String]) -> Failure {
    let Failure::Refused { words, mut fields } = failure else { return failure };
    for (field, _) in &mut fields {
        let place = field.strip_prefix("entries[").and_then(|rest| rest.split(']').next());
        let sent = place.and_then(|n| n.parse::<usize>().ok()).and_then(|n| ids.get(n));
        if let Some(id) = sent.map(String::as_str).or_else(|| field.strip_prefix("entries.")) {
            *field = id.to_owned();
        }
    }
    Failure::Refused { words, fields }
}

/// A refusal is told in the services' own words for people; everything that may pass is "away".
fn failure(status: Status) -> Failure {
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Unknown
        | Code::ResourceExhausted
        | Code::Aborted => Failure::Away,
        _ => {
            let details = status.get_error_details();
            let words = details.localized_message().map(|words| words.message.clone());
            let fields = details.bad_request().map(|bad| {
                bad.field_violations
                    .iter()
                    .map(|violation| (violation.field.clone(), violation.description.clone()))
                    .collect()
            });
            Failure::Refused {
                words: words.unwrap_or_else(|| "暂时无法办理，请咨询工作人员。".to_owned()),
                fields: fields.unwrap_or_default(),
            }
        }
    }
}
