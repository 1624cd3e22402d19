//! The files that are loaded, and their content when they were loaded last.

use std::collections::HashMap;

use domain::source::{Source, SourceError};
use platform::status::Failure;
use sha2::{Digest as _, Sha256};

use super::region_file::RegionSource;
use crate::error::Error;

/// Everything a region needs.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The region's own files; none for a catalog that gets its region by imports.
    pub region: Option<RegionSource<'a>>,
    /// Every profile that ships with the system; a region names the one in force.
    pub profiles: &'a [Source<'a>],
    /// The calendar years with a notice.
    pub calendar_years: &'a [Source<'a>],
    /// The statutory days of the years without one.
    pub statutory: Source<'a>,
    /// What regions add to the calendar for themselves.
    pub calendar_overlays: &'a [Source<'a>],
    /// Every tag list that ships with the system.
    pub tags: &'a [Source<'a>],
}

/// Why a region is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Failure> for LoadError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

/// The files' content when they were loaded last, as digests by kind and key.
pub(super) struct Files {
    pub(super) loaded: HashMap<(i16, String), Vec<u8>>,
    pub(super) news: Vec<(i16, String, Vec<u8>)>,
}

impl Files {
    /// Whether their content for it has changed.
    pub(super) fn is_news(&mut self, kind: i16, key: String, said: &[u8]) -> bool {
        let digest = Sha256::digest(said).to_vec();
        let news = self.loaded.get(&(kind, key.clone())) != Some(&digest);
        if news {
            self.news.push((kind, key, digest));
        }
        news
    }
}
