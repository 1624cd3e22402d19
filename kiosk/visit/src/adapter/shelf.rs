//! The items last seen, kept beside the spool: whoever comes while the services are away reads what
//! can be done here, and what to bring. Public words alone: nothing is sealed.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use domain::deadline::clock_time;
use jiff::Timestamp;
use prost::Message;
use proto::catalog::v1::Item;

use super::{
    clock::now,
    fleet::{read, write},
};

const FILE: &str = "items";
/// How often what did not change is written, in microseconds: terminals have flash, which wears out.
const RENEWED: i64 = 3_600_000_000;

#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(string, tag = "1")]
    region_code: String,
    /// By the terminal's clock, in microseconds since 1970.
    #[prost(int64, tag = "2")]
    seen_at: i64,
    #[prost(message, repeated, tag = "3")]
    items: Vec<Item>,
}

/// What is kept in a terminal's folder.
#[derive(Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
    kept: Arc<Mutex<Option<Kept>>>,
}

impl Shelf {
    /// The shelf in `folder`. One that cannot be read is empty: its items are of use, and never needed.
    pub(super) fn of(folder: &Path) -> Self {
        let bytes = read(folder, FILE).ok().flatten();
        let kept = bytes.and_then(|bytes| Kept::decode(bytes.as_slice()).ok());
        Self { folder: folder.to_owned(), kept: Arc::new(Mutex::new(kept)) }
    }

    /// Keeps what a region offers now.
    pub(super) fn put(&self, region_code: &str, items: &[Item]) {
        let at = now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.as_ref().filter(|kept| kept.region_code == region_code);
        let known = known.filter(|kept| kept.items == items);
        if known.is_some_and(|kept| (kept.seen_at..kept.seen_at + RENEWED).contains(&at)) {
            return;
        }
        let new = Kept { region_code: region_code.to_owned(), seen_at: at, items: items.to_vec() };
        // A full disk keeps nobody from an item: the shelf is as it was.
        if write(&self.folder, FILE, &new.encode_to_vec()).is_ok() {
            *kept = Some(new);
        }
    }

    /// What a region offered when it was last seen, and when that was (2026-11-30 10:24); none if it
    /// never was.
    pub(super) fn items(&self, region_code: &str) -> Option<(Vec<Item>, String)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref().filter(|kept| kept.region_code == region_code)?;
        if kept.items.is_empty() {
            return None;
        }
        let seen_at = clock_time(Timestamp::from_microsecond(kept.seen_at).ok()?);
        Some((kept.items.clone(), seen_at.strftime("%Y-%m-%d %H:%M").to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(name: &str) -> Vec<Item> {
        vec![Item { name: name.to_owned(), ..Item::default() }]
    }

    #[test]
    fn what_was_seen_last_is_there_after_a_restart_for_its_region_alone() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path());
        assert!(shelf.items("652301").is_none());
        for name in ["事项一（示例）", "事项二（示例）", "事项二（示例）"] {
            shelf.put("652301", &items(name));
        }
        for shelf in [shelf, Shelf::of(folder.path())] {
            let (kept, seen_at) = shelf.items("652301").unwrap();
            assert_eq!((kept, seen_at.len()), (items("事项二（示例）"), "2026-11-30 10:24".len()));
            assert!(shelf.items("652302").is_none());
        }
    }

    #[test]
    fn a_damaged_shelf_is_empty_and_filled_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), [0xff; 40]).unwrap();
        let shelf = Shelf::of(folder.path());
        assert!(shelf.items("652301").is_none());
        shelf.put("652301", &items("事项（示例）"));
        assert!(Shelf::of(folder.path()).items("652301").is_some());
    }
}
