//! The same tests on a folder and on a server that speaks S3 (`s3s-fs`: signatures, parts, lists).

use std::{net::SocketAddr, path::PathBuf, sync::Once};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};

use super::*;
use crate::{
    clock::Clock,
    crypto::{ContentKey, KEY_BYTES, PIECE, Sealer, SealingKeys, Suite},
    testing::{
        documents::{docx, jpeg},
        wait::until,
    },
    trouble::Troubles,
};

const BUCKET: &str = "evidence";
const SECRET: &str = "geheim";

/// TLS as in `pingyi`; set once per process.
fn ring() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
}

/// A store of documents, and where its objects lie.
struct Ground {
    documents: Documents,
    folder: PathBuf,
    place: Place,
    /// Keeps the S3 server up.
    serving: Option<tokio::task::JoinHandle<()>>,
    _root: TempDir,
}

async fn serve(root: &std::path::Path) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    builder.set_auth(SimpleAuth::from_single("pingyi", SECRET));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        // Dropped with the server, so a caller sees it gone.
        let mut connections = JoinSet::new();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            connections.spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    (address, serving)
}

async fn grounds() -> [Ground; 2] {
    ring();
    let root = tempfile::tempdir().unwrap();
    let place = Place::Folder(root.path().join("documents"));
    let folder = Ground {
        documents: Documents::open(&place, "ticketing").unwrap(),
        folder: root.path().join("documents/ticketing"),
        place,
        serving: None,
        _root: root,
    };
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join(BUCKET)).unwrap();
    let (address, serving) = serve(root.path()).await;
    let place = Place::S3(Bucket {
        name: BUCKET.to_owned(),
        prefix: "city/one".to_owned(),
        endpoint: Some(format!("http://{address}")),
        region: "us-east-1".to_owned(),
        access_key: "pingyi".to_owned(),
        secret_key: SECRET.to_owned(),
        ca: None,
    });
    let s3 = Ground {
        documents: Documents::open(&place, "ticketing").unwrap(),
        folder: root.path().join(BUCKET).join("city/one/ticketing"),
        place,
        serving: Some(serving),
        _root: root,
    };
    [folder, s3]
}

fn key() -> ContentKey {
    let keys = SealingKeys { suite: Suite::Aes256Gcm, keys: vec![(1, [1; KEY_BYTES])] };
    Sealer::new(&keys).content_key(b"here").unwrap().0
}

impl Ground {
    fn file(&self, id: Uuid) -> PathBuf {
        self.folder.join(id.to_string())
    }

    async fn put(&self, id: Uuid, key: &ContentKey, bytes: &[u8]) -> Result<Stored, DocumentError> {
        let mut upload = self.documents.upload(id, key).await?;
        for bytes in bytes.chunks(60_000) {
            upload.write(bytes).await?;
        }
        upload.finish().await
    }

    async fn get(&self, id: Uuid, key: &ContentKey, of: &Stored) -> Result<Vec<u8>, DocumentError> {
        let Stored { size, sha256, .. } = *of;
        let content = Content { id, key: key.clone(), size, sha256: sha256.to_vec() };
        let (mut download, mut bytes) = (self.documents.download(content).await?, Vec::new());
        while let Some(piece) = download.next().await? {
            assert!(piece.len() <= PIECE);
            bytes.extend(piece);
        }
        Ok(bytes)
    }

    async fn older(&self, before: Timestamp) -> Result<Vec<Uuid>, DocumentError> {
        let older = self.documents.older(before)?;
        let older: Vec<_> = older.collect().await;
        older.into_iter().collect()
    }

    /// The store goes away.
    async fn goes(&mut self) {
        match self.serving.take() {
            Some(serving) => {
                serving.abort();
                let _ = serving.await;
            }
            None => {
                // Something else stands where the folder was.
                let root = self.folder.parent().unwrap();
                std::fs::remove_dir_all(root).unwrap();
                std::fs::write(root, b"").unwrap();
            }
        }
    }
}

#[tokio::test]
async fn t14_a_document_of_any_length_comes_back_and_nobody_reads_it_from_the_store() {
    for ground in grounds().await {
        // As much as fits into one part when it is sealed, and what needs two or three.
        let one_part = PART / (PIECE + 16) * PIECE;
        for length in [20, PIECE - 1, PIECE, PIECE + 1, one_part, PART + 1, 2 * PART + PIECE] {
            let (id, key, bytes) = (Clock::System.new_id(), key(), jpeg(length));
            let stored = ground.put(id, &key, &bytes).await.unwrap();
            assert_eq!((stored.kind, stored.size), (Kind::Jpeg, length as u64));
            assert_eq!(stored.sha256[..], Sha256::digest(&bytes)[..]);
            assert!(ground.get(id, &key, &stored).await.unwrap() == bytes, "{length}");
            let object = std::fs::read(ground.file(id)).unwrap();
            assert!(!object[..36].windows(4).any(|four| four == b"JFIF"), "it is sealed");
            let other = super::tests::key();
            let refused = ground.get(id, &other, &stored).await.unwrap_err();
            assert!(matches!(refused, DocumentError::Damaged(_)), "{refused}");
            ground.documents.delete(id).await.unwrap();
            ground.documents.delete(id).await.unwrap();
            assert!(!ground.file(id).exists());
        }
    }
}

#[tokio::test]
async fn t14_what_is_of_no_kind_or_broken_off_leaves_nothing() {
    for ground in grounds().await {
        let (id, key) = (Clock::System.new_id(), key());
        let page = [b"<html>".as_slice(), &[b' '; 9_000]].concat();
        let refused = ground.put(id, &key, &page).await.unwrap_err();
        assert!(matches!(refused, DocumentError::Refused(Refused::Kind)), "{refused}");
        let cut = &docx()[..60];
        let refused = ground.put(id, &key, cut).await.unwrap_err();
        assert!(matches!(refused, DocumentError::Refused(Refused::Archive)), "{refused}");
        // The caller goes in the middle.
        let mut upload = ground.documents.upload(id, &key).await.unwrap();
        upload.write(&jpeg(PART + PIECE)).await.unwrap();
        drop(upload);
        let nothing = async || {
            let files = std::fs::read_dir(&ground.folder).map_or(0, Iterator::count);
            files == 0 && ground.older(Timestamp::MAX).await.unwrap().is_empty()
        };
        until("nothing is left", nothing).await;
    }
}

#[tokio::test]
async fn t14_what_is_too_large_is_refused_as_soon_as_it_is() {
    let most = usize::try_from(MAX_BYTES).unwrap();
    let mut upload = Upload::nowhere();
    upload.write(&jpeg(most)).await.unwrap();
    assert_eq!(upload.kind(), Ok(Kind::Jpeg));
    let refused = upload.write(b"x").await.unwrap_err();
    assert!(matches!(refused, DocumentError::TooLarge), "{refused}");
    assert_eq!(refused.told().code(), Code::OutOfRange);
}

#[tokio::test]
async fn t14_an_object_that_was_changed_cut_off_or_exchanged_is_not_given_as_the_document() {
    for ground in grounds().await {
        let (id, key, bytes) = (Clock::System.new_id(), key(), jpeg(3 * PIECE + 100));
        let stored = ground.put(id, &key, &bytes).await.unwrap();
        let file = ground.file(id);
        let whole = std::fs::read(&file).unwrap();
        let sealed = PIECE + 16;
        let mut changed = whole.clone();
        changed[2 * sealed + 7] ^= 1;
        let mut exchanged = whole.clone();
        exchanged[..2 * sealed].rotate_left(sealed);
        let mut repeated = whole.clone();
        repeated.copy_within(..sealed, sealed);
        let longer = [whole.as_slice(), b"x"].concat();
        let cut = |length: usize| whole[..length].to_vec();
        let without_one = [&whole[..sealed], &whole[2 * sealed..]].concat();
        let wrong = [changed, exchanged, repeated, longer, cut(3 * sealed), cut(0), without_one];
        for (n, wrong) in wrong.into_iter().enumerate() {
            std::fs::write(&file, wrong).unwrap();
            let refused = ground.get(id, &key, &stored).await.unwrap_err();
            assert!(matches!(refused, DocumentError::Damaged(_)), "{n}: {refused}");
        }
        // Another document of the same length, and even the same key.
        let other = Clock::System.new_id();
        let second = ground.put(other, &key, &bytes).await.unwrap();
        std::fs::copy(ground.file(other), &file).unwrap();
        assert!(ground.get(id, &key, &stored).await.is_err());
        std::fs::write(&file, &whole).unwrap();
        assert!(ground.get(id, &key, &stored).await.unwrap() == bytes);
        // A row that says less or something else of it.
        let shorter = Stored { size: stored.size - 1, ..stored.clone() };
        assert!(ground.get(id, &key, &shorter).await.is_err());
        let other_hash = Stored { sha256: [7; 32], ..second };
        assert!(ground.get(id, &key, &other_hash).await.is_err());
        std::fs::remove_file(&file).unwrap();
        let refused = ground.get(id, &key, &stored).await.unwrap_err();
        assert_eq!(refused.to_string(), "the document is damaged: its object is missing");
    }
}

#[tokio::test]
async fn t14_who_reads_slowly_is_told_too_that_a_document_is_damaged() {
    for ground in grounds().await {
        // Before the damage there is just what fills the queue: what is known, and three pieces.
        let (id, key, bytes) = (Clock::System.new_id(), key(), jpeg(5 * PIECE));
        let Stored { size, sha256, .. } = ground.put(id, &key, &bytes).await.unwrap();
        let mut changed = std::fs::read(ground.file(id)).unwrap();
        changed[3 * (PIECE + 16)] ^= 1;
        std::fs::write(ground.file(id), changed).unwrap();
        let content = Content { id, key, size, sha256: sha256.to_vec() };
        let mut download = ground.documents.download(content).await.unwrap();
        let first = download.next().await.unwrap();
        let known = Known {
            id,
            name: "现场.jpg".to_owned(),
            media_type: "image/jpeg".to_owned(),
            size,
            sha256: sha256.to_vec(),
            uploaded_at: Clock::System.now(),
            uploaded_by: "652301-s01".to_owned(),
            erased: false,
        };
        let opened = Opened { known, first, download, troubles: Troubles::none("ticketing") };
        let mut parts = opened.parts(|_| ());
        let ended = async || ground.documents.downloads.available_permits() == DOWNLOADS;
        until("the download ends", ended).await;
        for _ in 0..4 {
            assert!(parts.next().await.unwrap().is_ok());
        }
        let told = parts.next().await.unwrap().unwrap_err();
        assert_eq!(told.code(), Code::DataLoss);
        assert!(parts.next().await.is_none());
    }
}

#[tokio::test]
async fn t14_a_store_that_is_away_is_told_as_such_with_a_hint_to_try_again() {
    for mut ground in grounds().await {
        let (id, key) = (Clock::System.new_id(), key());
        let stored = ground.put(id, &key, &jpeg(100)).await.unwrap();
        // One that has begun to come in.
        let mut upload = ground.documents.upload(Clock::System.new_id(), &key).await.unwrap();
        upload.write(&jpeg(PART + PIECE)).await.unwrap();
        ground.goes().await;
        let told = [
            upload.finish().await.map(drop),
            ground.put(id, &key, &jpeg(100)).await.map(drop),
            ground.put(id, &key, &jpeg(PART + PIECE)).await.map(drop),
            ground.get(id, &key, &stored).await.map(drop),
            ground.older(Timestamp::MAX).await.map(drop),
        ];
        for (n, told) in told.into_iter().enumerate() {
            // Of a folder that is gone nobody knows that the file was there.
            let gone = ground.serving.is_none() && n >= 3;
            match told {
                Ok(()) => assert!(gone && n == 4, "{n}"),
                Err(DocumentError::Damaged(_)) => assert!(gone && n == 3, "{n}"),
                Err(error) => {
                    assert!(matches!(error, DocumentError::Away(_)), "{n}: {error}");
                    let status = error.told();
                    let details = tonic_types::StatusExt::get_error_details(&status);
                    assert_eq!(status.code(), Code::Unavailable);
                    assert!(details.retry_info().is_some());
                }
            }
        }
    }
}

#[tokio::test]
async fn t14_a_wrong_secret_opens_no_bucket() {
    let [_, ground] = grounds().await;
    let Place::S3(bucket) = ground.place.clone() else { panic!() };
    let wrong = Place::S3(Bucket { secret_key: "other".to_owned(), ..bucket });
    assert!(!format!("{wrong:?}").contains("other"));
    let documents = Documents::open(&wrong, "ticketing").unwrap();
    let mut upload = documents.upload(Clock::System.new_id(), &key()).await.unwrap();
    upload.write(&jpeg(100)).await.unwrap();
    let refused = upload.finish().await.unwrap_err();
    assert!(matches!(refused, DocumentError::Away(_)), "{refused}");
}

#[tokio::test]
async fn t14_objects_are_listed_by_age_and_only_the_services_own() {
    for ground in grounds().await {
        let mut ids = [Clock::System.new_id(), Clock::System.new_id()];
        ids.sort();
        for id in ids {
            ground.put(id, &key(), &jpeg(100)).await.unwrap();
        }
        let intake = Documents::open(&ground.place, "intake").unwrap();
        let mut upload = intake.upload(Clock::System.new_id(), &key()).await.unwrap();
        upload.write(&jpeg(100)).await.unwrap();
        upload.finish().await.unwrap();
        let mut found = ground.older(Timestamp::MAX).await.unwrap();
        found.sort();
        assert_eq!(found, ids);
        let long_ago = "2020-01-01T00:00:00Z".parse().unwrap();
        assert!(ground.older(long_ago).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn t14_what_a_killed_process_left_in_a_folder_is_deleted_when_it_is_old() {
    let [ground, bucket] = grounds().await;
    let id = Clock::System.new_id();
    ground.put(id, &key(), &jpeg(100)).await.unwrap();
    let left = ground.folder.join(format!("{}#1", Clock::System.new_id()));
    std::fs::write(&left, b"half").unwrap();
    let long_ago = "2020-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(ground.documents.delete_unfinished(long_ago).await.unwrap(), 0);
    assert_eq!(ground.documents.delete_unfinished(Timestamp::MAX).await.unwrap(), 1);
    assert!(!left.exists() && ground.file(id).exists());
    assert_eq!(bucket.documents.delete_unfinished(Timestamp::MAX).await.unwrap(), 0);
}

#[tokio::test]
async fn t14_a_folder_of_documents_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let [ground, _] = grounds().await;
    let about = std::fs::metadata(ground.folder.parent().unwrap()).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn only_so_many_documents_come_in_at_once_and_the_next_waits_its_turn() {
    let root = tempfile::tempdir().unwrap();
    let documents = Documents::open(&Place::Folder(root.path().into()), "ticketing").unwrap();
    let mut under_way = Vec::new();
    for _ in 0..UPLOADS {
        under_way.push(documents.upload(Clock::System.new_id(), &key()).await.unwrap());
    }
    let refused = turn(&documents.uploads, Duration::ZERO).await.unwrap_err();
    assert!(matches!(refused, DocumentError::Busy), "{refused}");
    let id = Clock::System.new_id();
    let key = key();
    let (waited, ()) = tokio::join!(documents.upload(id, &key), async {
        under_way.pop();
    });
    assert!(waited.is_ok());
}
