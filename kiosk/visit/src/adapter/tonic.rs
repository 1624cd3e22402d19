//! The services over gRPC, as a terminal reaches them through its one endpoint.

use std::{
    future::Future,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{item::FieldKind, level::Level};
use proto::{
    catalog::v1::{
        self as catalog, ListItemsRequest, catalog_service_client::CatalogServiceClient,
    },
    intake::v1::{
        self as intake, FormEntry, ResolveInvitationRequest, SubmitApplicationRequest,
        WatchCaseRequest, case_service_client::CaseServiceClient,
        rating_service_client::RatingServiceClient,
    },
    r#type::v1 as shared,
};
use tokio_stream::StreamExt as _;
use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_types::StatusExt as _;
use tracing::Instrument as _;

use super::{answering, line::Line, shelf::Shelf, token::Token, trace::Traced};
use crate::{
    content::{
        Application, Case, Choices, Field, Guide, ItemCard, LevelChoice, Limit, Material,
        RatingToSend, Receipt, opinion::Feedback, receipt::LookedUp,
    },
    ports::{Failure, Services},
};

/// How long a call may take before the services count as away.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long who can read what was seen last waits for what is there now.
const READER: Duration = Duration::from_secs(3);
/// How long to wait before watching a case again.
const PAUSE: Duration = Duration::from_secs(1);
/// Why the services do not admit a terminal: its token or certificate is not valid or not a
/// terminal's, or the catalog has put the terminal out of use.
const NOT_ADMITTED: [&str; 3] = ["NOT_IDENTIFIED", "ROLE_MISSING", "NO_KIOSK"];

/// The services behind one endpoint.
#[derive(Clone)]
pub struct Gateway {
    line: Line,
    /// None: it comes with a certificate.
    token: Option<Token>,
    offer: Arc<Mutex<Offer>>,
    /// The items last seen, if they are kept.
    shelf: Option<Shelf>,
    rates_by: shared::Channel,
}

/// What the terminal offers.
#[derive(Clone, Default)]
struct Offer {
    region_code: String,
    /// In their order, by code; empty: all of the region.
    item_codes: Vec<String>,
}

impl Gateway {
    /// A gateway for the terminal with this access token.
    ///
    /// # Errors
    /// If the token is not valid in a header.
    pub fn new(
        channel: Channel,
        token: &str,
        region_code: &str,
    ) -> Result<Self, tonic::metadata::errors::InvalidMetadataValue> {
        Ok(Self::with(channel, Token::new(token)?, region_code))
    }

    /// A gateway for the terminal with this access token, and its later tokens from the file.
    #[must_use]
    pub fn with(channel: Channel, token: Token, region_code: &str) -> Self {
        Self::over(channel.into(), Some(token), region_code)
    }

    /// A gateway over a line, for the terminal with this access token; without one, for the terminal
    /// whose certificate the line shows.
    #[must_use]
    pub fn over(line: Line, token: Option<Token>, region_code: &str) -> Self {
        let offer = Offer { region_code: region_code.to_owned(), item_codes: Vec::new() };
        let (offer, rates_by) = (Arc::new(Mutex::new(offer)), shared::Channel::Kiosk);
        Self { line, token, offer, shelf: None, rates_by }
    }

    /// The same that keeps the items last seen in a folder, and shows them while the services are away.
    #[must_use]
    pub fn keeping_items(self, folder: &Path) -> Self {
        Self { shelf: Some(Shelf::of(folder)), ..self }
    }

    /// The same for the evaluator of a window.
    #[must_use]
    pub fn at_a_window(self) -> Self {
        Self { rates_by: shared::Channel::Evaluator, ..self }
    }

    /// Offers these items of a region from now on, in this order; all of them if none is named. An
    /// empty region is the one it was.
    pub(super) fn offer(&self, region_code: &str, item_codes: &[String]) {
        let mut offer = self.offer.lock().unwrap_or_else(PoisonError::into_inner);
        if !region_code.is_empty() {
            region_code.clone_into(&mut offer.region_code);
        }
        item_codes.clone_into(&mut offer.item_codes);
    }

    fn offered(&self) -> Offer {
        self.offer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The region whose items it offers.
    pub(super) fn region_code(&self) -> String {
        self.offered().region_code
    }

    /// The line it goes over.
    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// The connection as it is now.
    pub(super) fn channel(&self) -> Traced {
        Traced(self.line.channel())
    }

    /// A connection on which the terminal is nobody.
    pub(super) fn nameless(&self) -> Traced {
        Traced(self.line.nameless())
    }

    /// Calls the services; a second time if the token was refused and there is another one by now.
    pub(super) async fn ask<M: Clone, T, F: Future<Output = Result<Response<T>, Status>>>(
        &self,
        message: M,
        patience: Option<Duration>,
        call: impl Fn(Request<M>) -> F,
    ) -> Result<T, Failure> {
        self.call(message, patience, call).await.map_err(|status| self.failure(&status))
    }

    /// What an answer means to a visit. A certificate that has ended is refused by TLS, which says
    /// nothing: the terminal knows that end.
    fn failure(&self, status: &Status) -> Failure {
        match failure(status) {
            Failure::Away if self.line.is_over() => Failure::NotAdmitted,
            failure => failure,
        }
    }

    /// The same with the answer as it came.
    pub(super) async fn call<M: Clone, T, F: Future<Output = Result<Response<T>, Status>>>(
        &self,
        message: M,
        patience: Option<Duration>,
        call: impl Fn(Request<M>) -> F,
    ) -> Result<T, Status> {
        loop {
            let mut request = Request::new(message.clone());
            if let Some(patience) = patience {
                request.set_timeout(patience);
            }
            let shown = self.token.as_ref().map(Token::header);
            if let Some(shown) = &shown {
                request.metadata_mut().insert("authorization", shown.clone());
            }
            let replaced = |status: &Status| {
                let both = self.token.as_ref().zip(shown.as_ref());
                status.code() == Code::Unauthenticated
                    && both.is_some_and(|(token, shown)| token.replaced(shown))
            };
            return match call(request).await {
                Ok(answer) => Ok(answer.into_inner()),
                Err(status) if replaced(&status) => continue,
                Err(status) => Err(status),
            };
        }
    }

    /// The items of a region now; they are kept, if any are.
    async fn fetch(&self, region_code: String) -> Result<Vec<catalog::Item>, Failure> {
        let mut items = Vec::new();
        let mut page_token = String::new();
        loop {
            let message = ListItemsRequest {
                region_code: region_code.clone(),
                channel: "kiosk".to_owned(),
                page_size: 0,
                page_token,
            };
            let page = self.ask(message, Some(PATIENCE), |request| {
                let mut client = CatalogServiceClient::new(self.channel());
                async move { client.list_items(request).await }
            });
            let page = page.await?;
            items.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                if let Some(shelf) = &self.shelf {
                    shelf.put(&region_code, &items);
                }
                return Ok(items);
            }
        }
    }

    async fn watch(&self, case_id: String) -> Result<String, Failure> {
        let watched = self.ask(WatchCaseRequest { case_id }, None, |request| {
            let mut client = CaseServiceClient::new(self.channel());
            async move { client.watch_case(request).await }
        });
        let mut changes = watched.await?;
        while let Some(change) = changes.next().await {
            let change = change.map_err(|status| self.failure(&status))?;
            if let Some(token) = case(change.case.unwrap_or_default()).invitation {
                return Ok(token);
            }
        }
        Err(Failure::Away)
    }
}

impl Services for Gateway {
    async fn items(&self) -> Result<Vec<ItemCard>, Failure> {
        let Offer { region_code, item_codes } = self.offered();
        let last = self.shelf.as_ref().and_then(|shelf| shelf.items(&region_code));
        let (items, seen_at) = match last {
            None => (self.fetch(region_code).await?, String::new()),
            Some(last) => {
                // It goes on when nobody waits for it any more: the next visitor has what it brings.
                let gateway = self.clone();
                let fetching = async move { gateway.fetch(region_code).await };
                let fetching = tokio::spawn(fetching.in_current_span());
                match tokio::time::timeout(READER, fetching).await {
                    Ok(Ok(Ok(items))) => (items, String::new()),
                    Ok(Ok(Err(failure))) if failure != Failure::Away => return Err(failure),
                    _ => last,
                }
            }
        };
        let card = |item| ItemCard { seen_at: seen_at.clone(), ..item_card(item) };
        Ok(chosen(items.into_iter().map(card).collect(), &item_codes))
    }

    async fn submit(&self, application: Application) -> Result<Case, Failure> {
        let ids: Vec<String> = application.entries.iter().map(|(id, _)| id.clone()).collect();
        let entry = |(field_id, value)| FormEntry { field_id, value };
        let message = SubmitApplicationRequest {
            request_id: application.request_id,
            item_code: application.item_code,
            entries: application.entries.into_iter().map(entry).collect(),
            language: application.language,
            ..SubmitApplicationRequest::default()
        };
        let answer = self.ask(message, Some(PATIENCE), |request| {
            let mut client = CaseServiceClient::new(self.channel());
            async move { client.submit_application(request).await }
        });
        let answer = answer.await.map_err(|failure| name_fields(failure, &ids))?;
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
        let shown = self.ask(ResolveInvitationRequest { token }, Some(PATIENCE), |request| {
            let mut client = RatingServiceClient::new(self.channel());
            async move { client.resolve_invitation(request).await }
        });
        let shown = shown.await?;
        let levels = shown.levels.into_iter().filter_map(|choice| {
            let level = level(choice.level())?;
            let tags = choice.tags.into_iter().map(|tag| (tag.code, tag.text)).collect();
            Some(LevelChoice { level, label: choice.label, tags })
        });
        Ok(Choices {
            item_name: shown.item_name,
            agency_name: shown.agency_name,
            levels: levels.collect(),
            tag_list_version: shown.tag_list_version,
            negative_needs_reason: shown.negative_needs_reason,
            private_allowed: shown.private_allowed,
            questions: answering::questions(shown.questionnaire),
            look_up: shown.look_up,
        })
    }

    async fn rate(&self, rating: RatingToSend) -> Result<Receipt, Failure> {
        let mut message = super::wire::request(rating);
        message.set_channel(self.rates_by);
        let answer = self.ask(message, Some(PATIENCE), |request| {
            let mut client = RatingServiceClient::new(self.channel());
            // A failure of the services themselves refuses no rating: it may pass, and so may
            // services of another version, or somebody else's answer in their place.
            async move {
                client.submit_rating(request).await.map_err(|status| match status.code() {
                    Code::Internal | Code::DataLoss | Code::Unimplemented => {
                        Status::unavailable(status.message())
                    }
                    _ => status,
                })
            }
        });
        let answer = answer.await?;
        Ok(Receipt {
            rating_id: answer.rating_id,
            code: answer.receipt_code,
            look_up: answer.look_up,
            received_at: answer.received_at.map(super::wire::micros),
        })
    }

    async fn feedback(&self, received_at: i64) -> Result<Feedback, Failure> {
        answering::feedback(self, received_at).await
    }

    async fn look_up(&self, receipt_code: String) -> Result<LookedUp, Failure> {
        answering::look_up(self, receipt_code).await
    }
}

/// The items that are offered, in their order; what the catalogue does not have is left out.
fn chosen(mut items: Vec<ItemCard>, codes: &[String]) -> Vec<ItemCard> {
    if !codes.is_empty() {
        let place = |item: &ItemCard| codes.iter().position(|code| *code == item.code);
        items.retain(|item| place(item).is_some());
        items.sort_by_key(place);
    }
    items
}

fn item_card(item: catalog::Item) -> ItemCard {
    let theme = theme(item.r#type());
    let guide = item.guide.unwrap_or_default();
    let material = |material: catalog::Material| Material {
        name: material.name,
        copies: material.copies,
        sample: material.sample,
    };
    ItemCard {
        theme: theme.to_owned(),
        accepting_unit: guide.accepting_unit,
        guide: Guide {
            promised: item.promised_limit.map(limit),
            statutory: item.statutory_limit.map(limit),
            conditions: guide.conditions,
            materials: guide.materials.into_iter().map(material).collect(),
            procedure: guide.procedure,
            fee: guide.fee_standard,
            fee_basis: guide.fee_basis,
        },
        code: item.code,
        name: item.name,
        seen_at: String::new(),
        form: item
            .form
            .into_iter()
            .map(|field| Field {
                kind: field_kind(field.kind()),
                id: field.field_id,
                label: field.label,
                required: field.required,
                max_length: field.max_length,
                choices: field.choices,
            })
            .collect(),
    }
}

/// What the catalogue's types (事项类型) are about, for whoever does not know the law's words for them.
fn theme(kind: catalog::ItemType) -> &'static str {
    match kind {
        catalog::ItemType::Licensing => "行政许可（办证、审批）",
        catalog::ItemType::Payment => "行政给付（补贴、救助）",
        catalog::ItemType::Confirmation => "行政确认（登记、认定）",
        catalog::ItemType::Reward => "行政奖励",
        catalog::ItemType::Adjudication => "行政裁决",
        catalog::ItemType::OtherPower => "其他行政权力",
        catalog::ItemType::PublicService => "公共服务（查询、打印、参保）",
        catalog::ItemType::Unspecified => "其他",
    }
}

fn limit(limit: catalog::Limit) -> Limit {
    Limit { days: limit.days, working: limit.unit() == shared::DayUnit::Working }
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
        item_name: case.item_name,
        promised: case.promised.map(|promised| (promised.due_on, promised.provisional)),
        invitation: case.invitation.map(|invitation| invitation.token),
    }
}

pub(super) fn level(level: shared::Level) -> Option<Level> {
    match level {
        shared::Level::VerySatisfied => Some(Level::VerySatisfied),
        shared::Level::Satisfied => Some(Level::Satisfied),
        shared::Level::BasicallySatisfied => Some(Level::BasicallySatisfied),
        shared::Level::Dissatisfied => Some(Level::Dissatisfied),
        shared::Level::VeryDissatisfied => Some(Level::VeryDissatisfied),
        shared::Level::Unspecified => None,
    }
}

pub(super) fn level_to_wire(level: Level) -> shared::Level {
    match level {
        Level::VerySatisfied => shared::Level::VerySatisfied,
        Level::Satisfied => shared::Level::Satisfied,
        Level::BasicallySatisfied => shared::Level::BasicallySatisfied,
        Level::Dissatisfied => shared::Level::Dissatisfied,
        Level::VeryDissatisfied => shared::Level::VeryDissatisfied,
    }
}

/// Names violations by the form's fields, where the services name them by the place in the request:
/// `entries[2].value`, or `entries.ID` for a missing one.
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

/// A refusal is shown in the services' own words for people; every failure that may pass is "away".
pub(super) fn failure(status: &Status) -> Failure {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.as_str());
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::Unknown
        | Code::ResourceExhausted
        | Code::Aborted => Failure::Away,
        Code::Unauthenticated => Failure::NotAdmitted,
        _ if reason.is_some_and(|reason| NOT_ADMITTED.contains(&reason)) => Failure::NotAdmitted,
        _ => {
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
