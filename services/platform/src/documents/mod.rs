//! The store of documents: evidence, scans of paper forms, assessments. Objects are kept in a folder
//! or a bucket, each sealed in pieces with a key of its own, which stands in the row of the service
//! that owns the document. An object is written once under a random id, before its row, and never
//! changed; one without a row is nothing, and is swept.

mod about;
mod download;
mod entity;
mod kind;
mod place;
pub mod rows;
mod shelf;
mod upkeep;
mod upload;
mod zip;

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use object_store::{ObjectStore, ObjectStoreExt as _, local::LocalFileSystem, path::Path};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Code, Status};
use uuid::Uuid;

pub use about::{Known, Told};
pub use download::{Content, Download};
pub use entity::Model as Row;
pub use kind::{Kind, Refused};
pub use place::{Address, Bucket, Place};
pub use rows::Of;
pub use shelf::{Opened, Part, Parts, Shelf, Taken, in_time, wrong};
pub use upkeep::{EraseError, erase, keep_sweeping};
pub use upload::{Stored, Upload};

use crate::{
    clock::instant,
    status::{Failure, Refusal},
};

/// The largest document, in bytes.
pub const MAX_BYTES: u64 = 20 << 20;
/// How many uploads a process has under way: each holds up to two [`PART`]s.
const UPLOADS: usize = 8;
/// How many downloads: each holds some pieces.
const DOWNLOADS: usize = 64;
/// How long one waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// How much of an object is sent to the store at once: the least that S3 takes as a part.
const PART: usize = 5 << 20;

/// Why a document is not taken or given.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Nothing is configured to keep documents in.
    #[error("no store of documents is configured")]
    NotKept,
    /// The store does not answer, or refuses.
    #[error("the store of documents is away")]
    Away(#[source] object_store::Error),
    /// Too many others are under way in this process.
    #[error("too many documents are coming in or going out")]
    Busy,
    /// It is larger than [`MAX_BYTES`].
    #[error("the document is too large")]
    TooLarge,
    /// It is not of a kind that is taken.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Its object is missing, or not what was written.
    #[error("the document is damaged: {0}")]
    Damaged(&'static str),
    /// What it is looked for under has no such document.
    #[error("there is no such document")]
    NotFound,
    /// It was erased.
    #[error("the document was erased")]
    Erased,
    /// What it belongs to has as many as it may have.
    #[error("there are {limit} documents already")]
    TooMany {
        /// How many.
        limit: u64,
    },
    /// It is not of the media type that the sender takes it for.
    #[error("the document is {0}, not what its header says")]
    OtherType(&'static str),
    /// It did not come whole.
    #[error("the document did not come whole: {}", .0.message())]
    Broken(Status),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl DocumentError {
    /// As it is told to callers.
    #[must_use]
    pub fn told(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message, zh);
        match self {
            Self::NotKept => {
                let zh = "本系统未配置文件存储，暂不能上传和下载文件。";
                refuse(Code::FailedPrecondition, "DOCUMENTS_NOT_KEPT", zh).into()
            }
            Self::Away(_) => {
                let zh = "文件存储暂时不可用，文件未保存，请稍后再试。";
                refuse(Code::Unavailable, "DOCUMENT_STORE_AWAY", zh).retry().into()
            }
            Self::Busy => {
                let zh = "同时传输的文件过多，请稍后再试。";
                refuse(Code::ResourceExhausted, "TOO_MANY_DOCUMENTS_AT_ONCE", zh).retry().into()
            }
            Self::TooLarge => {
                let zh = format!("文件超过{} MiB，请压缩或分成几个文件后上传。", MAX_BYTES >> 20);
                refuse(Code::OutOfRange, "DOCUMENT_TOO_LARGE", &zh).with("limit", MAX_BYTES).into()
            }
            Self::Refused(why) => {
                refuse(Code::InvalidArgument, "DOCUMENT_KIND_REFUSED", why.words()).into()
            }
            Self::Damaged(_) => {
                let zh = "文件已损坏或丢失，请联系系统管理人员。";
                refuse(Code::DataLoss, "DOCUMENT_DAMAGED", zh).into()
            }
            Self::NotFound => refuse(Code::NotFound, "DOCUMENT_NOT_FOUND", "没有该文件。").into(),
            Self::Erased => {
                refuse(Code::FailedPrecondition, "DOCUMENT_ERASED", "该文件已依规删除。").into()
            }
            Self::TooMany { limit } => {
                let zh = format!("此处最多{limit}个文件，已满。");
                let refusal = refuse(Code::FailedPrecondition, "TOO_MANY_DOCUMENTS", &zh);
                refusal.with("limit", limit).into()
            }
            Self::OtherType(found) => {
                let zh = "文件内容与所称类型不符，请核对文件。";
                let refusal = refuse(Code::InvalidArgument, "DOCUMENT_KIND_REFUSED", zh);
                refusal.with("found", found).into()
            }
            // The caller's own connection broke, or a bound was reached: it says which.
            Self::Broken(status) => status,
            Self::Failure(failure) => failure.into(),
        }
    }
}

impl From<crate::crypto::Unopenable> for DocumentError {
    fn from(error: crate::crypto::Unopenable) -> Self {
        Failure::from(error).into()
    }
}

impl From<object_store::Error> for DocumentError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Damaged("its object is missing"),
            error => Self::Away(error),
        }
    }
}

/// The documents of one service.
#[derive(Clone)]
pub struct Documents {
    kept: Option<Kept>,
    uploads: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
}

#[derive(Clone)]
struct Kept {
    objects: Arc<dyn ObjectStore>,
    /// What the name of every object of this service begins with.
    own: Path,
    /// The folder of this service's objects, if it is one.
    folder: Option<PathBuf>,
}

impl Default for Documents {
    /// None are kept.
    fn default() -> Self {
        let turns = |turns| Arc::new(Semaphore::new(turns));
        Self { kept: None, uploads: turns(UPLOADS), downloads: turns(DOWNLOADS) }
    }
}

impl Documents {
    /// The documents of a service at a place. A folder is made if it is not there; a bucket is not
    /// asked yet.
    ///
    /// # Errors
    /// If the folder cannot be made, or the bucket's certificates cannot be read.
    pub fn open(place: &Place, service: &str) -> Result<Self, object_store::Error> {
        let kept = match place {
            Place::Folder(folder) => {
                private_folder(folder)?;
                let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
                let own = Path::from(service);
                Kept { objects: Arc::new(objects), own, folder: Some(folder.join(service)) }
            }
            Place::S3(bucket) => {
                let own = Path::parse(format!("{}/{service}", bucket.prefix))?;
                Kept { objects: Arc::new(bucket.client()?), own, folder: None }
            }
        };
        Ok(Self { kept: Some(kept), ..Self::default() })
    }

    fn kept(&self) -> Result<&Kept, DocumentError> {
        self.kept.as_ref().ok_or(DocumentError::NotKept)
    }

    /// Deletes an object; one that is not there is deleted.
    ///
    /// # Errors
    /// [`DocumentError::Away`].
    pub async fn delete(&self, id: Uuid) -> Result<(), DocumentError> {
        let kept = self.kept()?;
        match kept.objects.delete(&kept.path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(DocumentError::Away(error)),
        }
    }

    /// The objects written before an instant, in no order.
    ///
    /// # Errors
    /// [`DocumentError::NotKept`].
    pub fn older(
        &self,
        before: Timestamp,
    ) -> Result<impl Stream<Item = Result<Uuid, DocumentError>> + Send + Unpin + use<>, DocumentError>
    {
        let kept = self.kept()?;
        let objects = kept.objects.list(Some(&kept.own));
        Ok(objects.filter_map(move |object| match object {
            Ok(object) => {
                let written = instant(object.last_modified.timestamp_micros());
                let id = object.location.filename().and_then(|name| name.parse().ok());
                id.filter(|_| written < before).map(Ok)
            }
            Err(error) => Some(Err(DocumentError::Away(error))),
        }))
    }
}

impl Kept {
    fn path(&self, id: Uuid) -> Path {
        self.own.clone().join(id.to_string())
    }
}

/// One of some turns.
async fn turn(
    turns: &Arc<Semaphore>,
    wait: Duration,
) -> Result<OwnedSemaphorePermit, DocumentError> {
    match tokio::time::timeout(wait, Arc::clone(turns).acquire_owned()).await {
        Ok(Ok(turn)) => Ok(turn),
        // They are never closed.
        Ok(Err(_)) | Err(_) => Err(DocumentError::Busy),
    }
}

/// Makes a folder that only its owner enters.
fn private_folder(folder: &std::path::Path) -> Result<(), object_store::Error> {
    let failed = |error: std::io::Error| object_store::Error::Generic {
        store: "folder",
        source: format!("{}: {error}", folder.display()).into(),
    };
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

impl Documents {
    /// Deletes what uploads that never ended left in a folder before an instant; a bucket has its
    /// own rule for that. Returns how many.
    ///
    /// # Errors
    /// [`DocumentError::Away`].
    pub async fn delete_unfinished(&self, before: Timestamp) -> Result<u64, DocumentError> {
        let Some(folder) = self.kept()?.folder.clone() else { return Ok(0) };
        let deleted = tokio::task::spawn_blocking(move || delete_unfinished(&folder, before)).await;
        let deleted = deleted.unwrap_or_else(|died| Err(std::io::Error::other(died)));
        deleted.map_err(|error| {
            DocumentError::Away(object_store::Error::Generic {
                store: "folder",
                source: error.into(),
            })
        })
    }
}

fn delete_unfinished(folder: &std::path::Path, before: Timestamp) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Nothing was ever kept.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut deleted = 0;
    for entry in entries {
        let entry = entry?;
        // The library writes beside the object, under its name with a number behind `#`.
        let unfinished = entry.file_name().to_string_lossy().contains('#');
        let Ok(written) = entry.metadata().and_then(|about| about.modified()) else { continue };
        let written = Timestamp::try_from(written).unwrap_or(Timestamp::MAX);
        if unfinished && written < before && std::fs::remove_file(entry.path()).is_ok() {
            deleted += 1;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests;
