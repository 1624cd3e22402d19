//! The deployment under load, and the caller's identity.

use std::{
    fs,
    future::Future,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use platform::{
    auth::{Caller, PeerToken, Signer},
    clock::Clock,
    keys::Keys,
    tls::WrongAddress,
};
use proto::catalog::v1::{
    FieldKind, FormField, Handling, Item, ListItemsRequest,
    catalog_service_client::CatalogServiceClient,
};
use tokio::task::JoinSet;
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use super::{LoadError, tally::Unacknowledged};
use crate::client::{ClientError, connect};

/// Callers that share a connection.
const CALLERS: usize = 64;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a server that is away is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it is left alone in between.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a token that is signed here is good for: a day.
const TOKEN_SECONDS: i64 = 24 * 3_600;

/// As whom the deployment is asked.
pub(crate) enum Identity {
    /// As anyone: the deployment's keys sign.
    Keys(Signer),
    /// As whom these tokens say.
    Tokens {
        /// A terminal's.
        terminal: Option<String>,
        /// A business system's.
        system: Option<String>,
    },
}

impl Identity {
    /// From the folder of keys, or from files with tokens.
    pub(super) fn read(
        keys: Option<&Path>,
        terminal: Option<&PathBuf>,
        system: Option<&PathBuf>,
    ) -> Result<Self, LoadError> {
        if let Some(folder) = keys {
            let unreadable = |why: &dyn std::fmt::Display| {
                LoadError::Keys(folder.display().to_string(), why.to_string())
            };
            let keys = Keys::read(folder).map_err(|why| unreadable(&why))?;
            return Ok(Self::Keys(
                Signer::new(&keys, Clock::System).map_err(|why| unreadable(&why))?,
            ));
        }
        let token = |file: &PathBuf| {
            let named = |source| LoadError::File { file: file.display().to_string(), source };
            fs::read_to_string(file).map(|token| token.trim().to_owned()).map_err(named)
        };
        Ok(Self::Tokens {
            terminal: terminal.map(token).transpose()?,
            system: system.map(token).transpose()?,
        })
    }

    /// A token of the first terminal of a region.
    pub(super) fn terminal(&self, region: &str) -> Result<String, LoadError> {
        match self {
            Self::Keys(signer) => sign(signer, &format!("{region}-t01"), Caller::Terminal),
            Self::Tokens { terminal, .. } => {
                terminal.clone().ok_or(LoadError::Nobody("--terminal-token"))
            }
        }
    }

    /// A token of an officer: only the deployment's keys sign for so many.
    pub(super) fn officer(&self, sub: &str, caller: Caller) -> Result<String, LoadError> {
        match self {
            Self::Keys(signer) => sign(signer, sub, caller),
            Self::Tokens { .. } => Err(LoadError::ManyOfficers),
        }
    }

    /// A peer service's tokens, if the deployment's keys sign.
    pub(super) fn peer(&self) -> Option<PeerToken> {
        match self {
            Self::Keys(signer) => Some(PeerToken::new(signer.clone(), "load")),
            Self::Tokens { .. } => None,
        }
    }

    /// A token of an agency's business system.
    pub(super) fn system(&self, agency: &str) -> Result<String, LoadError> {
        match self {
            Self::Keys(signer) => {
                let caller = Caller::System { agency: agency.to_owned() };
                sign(signer, &format!("system-of-{agency}"), caller)
            }
            Self::Tokens { system, .. } => {
                system.clone().ok_or(LoadError::Nobody("--system-token"))
            }
        }
    }
}

fn sign(signer: &Signer, sub: &str, caller: Caller) -> Result<String, LoadError> {
    let signed = signer.token(sub, caller, TOKEN_SECONDS);
    signed.map_err(|why| LoadError::Token(why.to_string()))
}

/// A deployment, and connections to it.
#[derive(Clone)]
pub(super) struct Target {
    channels: Vec<Channel>,
    authorization: MetadataValue<Ascii>,
}

impl Target {
    /// Connects as many callers, for calls that take so long at most.
    pub(super) async fn connect(
        endpoint: &str,
        callers: usize,
        answer: Duration,
    ) -> Result<Self, LoadError> {
        // The first one shows whether anybody is there; all of them connect again by themselves.
        drop(connect(endpoint, None).await?);
        let wrong = |_| ClientError::Address {
            endpoint: endpoint.to_owned(),
            reason: WrongAddress::Malformed,
        };
        let to = Endpoint::from_shared(endpoint.to_owned()).map_err(wrong)?;
        let to = to.connect_timeout(CONNECT).timeout(answer);
        let channels = (0..callers.div_ceil(CALLERS)).map(|_| to.connect_lazy()).collect();
        Ok(Self { channels, authorization: MetadataValue::from_static("") })
    }

    /// The same, asked by whom this token names.
    pub(super) fn by(mut self, token: &str) -> Result<Self, LoadError> {
        let header = format!("Bearer {token}").parse();
        let no_header = |_| LoadError::Token("it cannot stand in a header".to_owned());
        self.authorization = header.map_err(no_header)?;
        Ok(self)
    }

    /// The connection of a caller.
    pub(super) fn channel(&self, caller: usize) -> Channel {
        self.channels[caller / CALLERS % self.channels.len()].clone()
    }

    /// A request with the token.
    pub(super) fn signed<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.authorization.clone());
        request
    }

    /// The items of a region that are settled on the spot.
    pub(super) async fn settled_on_the_spot(&self, region: &str) -> Result<Vec<Item>, LoadError> {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListItemsRequest {
                region_code: region.to_owned(),
                channel: "kiosk".to_owned(),
                page_size: 0,
                page_token,
            };
            let page = CatalogServiceClient::new(self.channel(0)).list_items(request).await;
            let page = page.map_err(ClientError::from)?.into_inner();
            let on_the_spot = |item: &Item| item.handling() == Handling::OnTheSpot;
            found.extend(page.items.into_iter().filter(on_the_spot));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        if found.is_empty() { Err(LoadError::NoItem(region.to_owned())) } else { Ok(found) }
    }
}

/// What a visibly invented person fills in.
pub(super) fn filled_in(field: &FormField) -> String {
    match field.kind() {
        FieldKind::Unspecified | FieldKind::Text => "示例".to_owned(),
        FieldKind::Choice => field.choices.first().cloned().unwrap_or_default(),
        FieldKind::Date => "2026-01-05".to_owned(),
        FieldKind::Number => "1".to_owned(),
        FieldKind::PersonName => "示例办事人".to_owned(),
        FieldKind::Phone => "13800000000".to_owned(),
        // The standard's own published sample number.
        FieldKind::IdNumber => "11010519491231002X".to_owned(),
    }
}

/// Waits for a server that is away, a minute at most; one that did not come back in that time is
/// not waited for again.
#[derive(Default)]
pub(super) struct Patience {
    spent: AtomicBool,
}

impl Patience {
    /// Asks until there is an answer.
    pub(super) async fn ask<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let began = Instant::now();
        loop {
            let status = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(status) => status,
            };
            let passing =
                Unacknowledged::from(&status).perhaps || status.code() == Code::ResourceExhausted;
            if !passing || self.spent.load(Ordering::Relaxed) {
                return Err(status);
            }
            if began.elapsed() >= PATIENCE {
                self.spent.store(true, Ordering::Relaxed);
                return Err(status);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Does this with all of them, some at a time; what came of each, in any order.
pub(super) async fn side_by_side<T, R, F>(
    all: impl IntoIterator<Item = T>,
    width: NonZeroUsize,
    what: impl Fn(T) -> F,
) -> Vec<R>
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let (mut under_way, mut done) = (JoinSet::new(), Vec::new());
    for one in all {
        if under_way.len() >= width.get() {
            done.extend(under_way.join_next().await.and_then(Result::ok));
        }
        under_way.spawn(what(one));
    }
    while let Some(ended) = under_way.join_next().await {
        done.extend(ended);
    }
    done
}
