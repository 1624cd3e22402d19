//! What every handler can use.

mod press;

use std::sync::Arc;

use domain::codes::RegionCode;
use platform::{
    database::Store,
    limits::Limits,
    reference::Reference,
    shell::Shell,
    tlog::{LogKey, WitnessKey},
};

use crate::config::{National, Upstream};
use press::Press;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "publication";

/// The running service.
#[derive(Clone)]
pub struct Publication {
    pub(crate) store: Store,
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
    /// The key of the public log; its heads are signed if there is one.
    pub(crate) log: Option<Arc<LogKey>>,
    /// The witnesses whose co-signatures are taken.
    pub(crate) witnesses: Arc<[WitnessKey]>,
    /// How often a receipt code may be asked about.
    pub(crate) limits: Limits,
    /// Makes PDFs of bulletins.
    pub(crate) press: Press,
    /// The upper platform, if it reports to one.
    pub(crate) upstream: Option<Arc<Upstream>>,
    /// The installation's own region, if it is configured.
    pub(crate) region: Option<RegionCode>,
    /// The platform that it reports to by the national interface, if it does.
    pub(crate) national: Option<Arc<National>>,
}

impl Publication {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> Self {
        Self {
            store,
            shell,
            reference,
            log: None,
            witnesses: Arc::default(),
            limits: Limits::default(),
            press: Press::default(),
            upstream: None,
            region: None,
            national: None,
        }
    }

    /// The same, with a signed public log.
    #[must_use]
    pub fn with_log(self, key: LogKey, witnesses: Vec<WitnessKey>) -> Self {
        Self { log: Some(Arc::new(key)), witnesses: witnesses.into(), ..self }
    }

    /// The same, reporting by the national interface.
    #[must_use]
    pub fn with_national(self, national: National) -> Self {
        Self { national: Some(Arc::new(national)), ..self }
    }

    /// The same, reporting to an upper platform.
    #[must_use]
    pub fn with_upstream(self, upstream: Upstream) -> Self {
        let region = Some(upstream.region.clone());
        Self { upstream: Some(Arc::new(upstream)), region, ..self }
    }

    /// The same, as the installation of a region if that is known: nobody reports it to itself then, nor one
    /// above it.
    #[must_use]
    pub fn with_region(self, region: Option<RegionCode>) -> Self {
        Self { region, ..self }
    }
}
