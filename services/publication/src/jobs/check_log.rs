//! Computes the public log again and names whatever was changed or deleted by hand (I22): in its own tables,
//! in the ratings that figures are counted from, and, by whoever calls it, in those of intake.

pub mod facts;
pub(crate) mod part;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    ops::Range,
};

use platform::{
    clock::instant,
    database::{Store, many},
    receipt::{Counted, ReceiptSalts, leaf_of_parts},
    tlog::{
        Hash, LogVerifier,
        tiles::{Growing, Tiles, WIDTH},
    },
};
use prost::Message as _;
use proto::r#type::v1::ServiceAct;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    entity::{act, leaf, rating, tree_head},
    store::{
        statistics::acts as ratings,
        transparency::{self, heads, leaves, tiles},
    },
};

/// How many tiles of leaves are read at once.
const TILES: u64 = 4;
/// How many rows are read at once.
const PAGE: u64 = 1_000;
/// How many findings are named; more are counted.
const NAMED: usize = 1_000;

/// Something that is not as it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A rating says something else in this service's tables than its leaf.
    Changed(Uuid, &'static str),
    /// A rating is gone from these tables, its leaf is not.
    Deleted(Uuid, &'static str),
    /// A rating is in these tables and in no leaf.
    NotLogged(Uuid, &'static str),
    /// Nothing says which rating a leaf is.
    LeafDeleted(u64),
    /// A tile of the tree does not follow from its leaves.
    TileChanged(u8, u64),
    /// The tree has not as many leaves as it should.
    TreeCut(u64),
    /// A head's signature is not the log's.
    HeadForged(u32, u64),
    /// A signed head does not follow from the leaves: one of them was changed since.
    HeadNotMet(u32, u64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(id, of) => write!(f, "rating {id} was changed in {of} 被改动"),
            Self::Deleted(id, of) => write!(f, "rating {id} was deleted from {of} 被删除"),
            Self::NotLogged(id, of) => {
                write!(f, "rating {id} of {of} is in no leaf of the log 不在公开日志中")
            }
            Self::LeafDeleted(number) => {
                write!(f, "leaf {number} has lost its rating 叶子对应的评价记录被删除")
            }
            Self::TileChanged(level, number) => {
                write!(f, "tile {number} of level {level} was changed 日志被改动")
            }
            Self::TreeCut(number) => write!(f, "leaf {number} is missing 叶子缺失"),
            Self::HeadForged(epoch, size) => {
                write!(f, "head {size} of epoch {epoch} is not signed with the log's key 签名无效")
            }
            Self::HeadNotMet(epoch, size) => {
                write!(f, "head {size} of epoch {epoch} is not that of the leaves 与签名树头不符")
            }
        }
    }
}

/// What was computed.
#[derive(Debug, Default)]
pub struct LogReport {
    /// How many leaves there are.
    pub leaves: u64,
    /// How many signed heads were compared.
    pub heads: u64,
    /// What was found, as far as it is named.
    pub findings: Vec<Finding>,
    /// How many findings are not named.
    pub more: u64,
}

impl LogReport {
    /// Adds a finding.
    pub fn find(&mut self, finding: Finding) {
        if self.findings.len() < NAMED {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}

/// Of some ratings those that are in no leaf.
///
/// # Errors
/// If the store fails.
pub async fn not_logged(store: &Store, ids: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    let known = leaves::known(store.read(), ids.iter().copied()).await?;
    Ok(ids.iter().copied().filter(|id| !known.contains(id)).collect())
}

/// The position of the last fact that has a leaf.
///
/// # Errors
/// If the store fails.
pub async fn last_position(store: &Store) -> Result<i64, DbErr> {
    leaves::last_position(store.read()).await
}

/// Computes every leaf, every tile and every head again. `elsewhere` compares some ratings' leaves with
/// another service's tables.
///
/// # Errors
/// If a store fails.
pub async fn run(
    store: &Store,
    salts: &ReceiptSalts,
    key: Option<&LogVerifier>,
    mut elsewhere: impl AsyncFnMut(&[(Uuid, Hash)], &mut LogReport) -> Result<(), DbErr>,
) -> Result<LogReport, DbErr> {
    let mut report = LogReport::default();
    // In this order: of a log that grows meanwhile, the heads are never ahead of the tree.
    let signed = signed_heads(store, key, &mut report).await?;
    let size = transparency::tree(store.read()).await?.size.unsigned_abs();
    report.leaves = size;
    let signed = still_kept(store, signed).await?;
    for (ahead, roots) in signed.range(size + 1..) {
        for (epoch, _) in roots {
            report.find(Finding::HeadNotMet(*epoch, *ahead));
        }
    }
    let (mut growing, mut computed) = (Growing::default(), Tiles::default());
    let mut from = 0;
    while from < size {
        let range = from..size.min(from + TILES * WIDTH);
        let held = tiles::between(store.read(), 0, from / WIDTH, range.end.div_ceil(WIDTH)).await?;
        let mut hashes = Vec::new();
        for number in range.clone() {
            let at = usize::try_from(number % WIDTH).unwrap_or_default();
            let place = (0, number / WIDTH);
            let tile = held.0.get(&place).map(|data| data.as_chunks::<32>().0);
            let hash = tile.and_then(|hashes| hashes.get(at)).copied();
            if hash.is_none() {
                report.find(Finding::TreeCut(number));
            }
            let hash = hash.unwrap_or_default();
            hashes.push(hash);
            growing.push(hash);
            let root = signed.get(&(number + 1));
            for (epoch, _) in root.into_iter().flatten().filter(|(_, root)| *root != growing.root())
            {
                report.find(Finding::HeadNotMet(*epoch, number + 1));
            }
        }
        own_rows(store, salts, range, &hashes, &mut report, &mut elsewhere).await?;
        if computed.append(from, hashes).is_err() {
            report.find(Finding::TreeCut(from));
        }
        // Those of the leaves are the ones just read.
        computed.0.retain(|(level, _), _| *level > 0);
        from += TILES * WIDTH;
    }
    for ((level, number), hashes) in computed.0 {
        let held = tiles::load(store.read(), &[(level, number)]).await?;
        // It may have grown since the tree's size was read.
        if held.0.get(&(level, number)).is_none_or(|held| !held.starts_with(&hashes)) {
            report.find(Finding::TileChanged(level, number));
        }
    }
    let mut after = None;
    loop {
        let page = ratings::ids_after(store.read(), after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(report) };
        after = Some(*last);
        for id in not_logged(store, &page).await? {
            report.find(Finding::NotLogged(id, "publication"));
        }
    }
}

/// An epoch and a size with the root that was signed of them.
type Signed = ((i32, i64), Hash);

/// All that was signed; whatever the log's key did not sign is a finding.
async fn signed_heads(
    store: &Store,
    key: Option<&LogVerifier>,
    report: &mut LogReport,
) -> Result<Vec<Signed>, DbErr> {
    let (mut signed, mut before) = (Vec::new(), None);
    loop {
        let page = heads::page(store.read(), before, PAGE).await?;
        let Some(last) = page.last() else { return Ok(signed) };
        before = Some((last.epoch, last.size));
        for head in &page {
            report.heads += 1;
            if key.is_some_and(|key| !is_signed(key, head)) {
                let (epoch, size) = (head.epoch.unsigned_abs(), head.size.unsigned_abs());
                report.find(Finding::HeadForged(epoch, size));
            }
            let root = head.root.as_slice().try_into().unwrap_or_default();
            signed.push(((head.epoch, head.size), root));
        }
    }
}

/// The roots that were signed of each size, with their epochs; of those heads that the tree as it is
/// should still begin with.
async fn still_kept(
    store: &Store,
    signed: Vec<Signed>,
) -> Result<BTreeMap<u64, Vec<(u32, Hash)>>, DbErr> {
    let breaks = heads::breaks(store.read(), None, u64::MAX >> 1).await?;
    let mut kept: BTreeMap<u64, Vec<(u32, Hash)>> = BTreeMap::new();
    for ((epoch, size), root) in signed {
        if !breaks.iter().any(|one| one.epoch > epoch && one.kept_size < size) {
            kept.entry(size.unsigned_abs()).or_default().push((epoch.unsigned_abs(), root));
        }
    }
    Ok(kept)
}

fn is_signed(key: &LogVerifier, head: &tree_head::Model) -> bool {
    let opened = key.open(&head.note).map(|(opened, _)| opened);
    opened.is_ok_and(|opened| {
        (opened.epoch, opened.size, opened.root.as_slice())
            == (head.epoch.unsigned_abs(), head.size.unsigned_abs(), head.root.as_slice())
    })
}

/// Compares some leaves with the ratings that figures are counted from, and with those elsewhere.
async fn own_rows(
    store: &Store,
    salts: &ReceiptSalts,
    range: Range<u64>,
    hashes: &[Hash],
    report: &mut LogReport,
    elsewhere: &mut impl AsyncFnMut(&[(Uuid, Hash)], &mut LogReport) -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    let (from, to) = (range.start.cast_signed(), range.end.cast_signed());
    let rows = leaves::between(store.read(), from, to).await?;
    let rows: HashMap<i64, leaf::Model> = rows.into_iter().map(|row| (row.number, row)).collect();
    let known = rows.values().map(|row| row.id);
    let ratings = many::by_id::<rating::Entity>(store.read(), known).await?;
    let acts = ratings.iter().map(|rating| rating.act_id);
    let acts = many::by_id::<act::Entity>(store.read(), acts).await?;
    let acts: HashMap<Uuid, act::Model> = acts.into_iter().map(|act| (act.id, act)).collect();
    let ratings: HashMap<Uuid, rating::Model> =
        ratings.into_iter().map(|rating| (rating.id, rating)).collect();
    let mut told = Vec::new();
    for (number, hash) in range.zip(hashes) {
        let Some(row) = rows.get(&number.cast_signed()) else {
            report.find(Finding::LeafDeleted(number));
            continue;
        };
        told.push((row.id, *hash));
        let Some(rating) = ratings.get(&row.id) else {
            report.find(Finding::Deleted(row.id, "publication"));
            continue;
        };
        let act = acts.get(&rating.act_id).map(|act| act.act.as_slice());
        if act.and_then(|act| leaf_by_rows(salts, row, rating, act)) != Some(*hash) {
            report.find(Finding::Changed(row.id, "publication"));
        }
    }
    elsewhere(&told, report).await
}

/// The leaf that these rows give; none if they give none.
fn leaf_by_rows(
    salts: &ReceiptSalts,
    row: &leaf::Model,
    rating: &rating::Model,
    act: &[u8],
) -> Option<Hash> {
    let act = ServiceAct::decode(act).ok().filter(|act| act.act_id == rating.act_id.to_string())?;
    let counted = Counted {
        level: rating.level.into(),
        channel: rating.channel.into(),
        origin: rating.origin.into(),
        private: rating.private,
        given_at: instant(rating.received_at),
    };
    let remainder = row.remainder.as_slice().try_into().ok()?;
    leaf_of_parts(&salts.of(row.id), &row.id.to_string(), &act, counted, remainder).ok()
}

#[cfg(test)]
mod tests {
    use platform::tlog::LogKey;
    use sea_orm::DbBackend;

    use super::*;
    use crate::{
        jobs::sign_heads,
        rpc::transparency::testing::{Logged, NAME},
    };

    async fn check(logged: &Logged) -> LogReport {
        let (store, salts) = (&logged.publication.store, &logged.publication.shell.salts);
        let key = Some(&logged.verifier);
        run(store, salts, key, async |_, _| Ok(())).await.unwrap()
    }

    #[tokio::test]
    async fn i22_what_is_changed_or_deleted_by_hand_in_publication_is_found_and_named() {
        let logged = Logged::new().await;
        let mut ratings = logged.rate(600).await;
        logged.sign().await;
        ratings.extend(logged.rate(700).await);
        logged.sign().await;
        let whole = check(&logged).await;
        assert_eq!((whole.leaves, whole.heads), (1_300, 2));
        assert_eq!(whole.findings, []);
        let backend = logged.publication.store.backend();
        let literal = |id: &Uuid| match backend {
            DbBackend::Postgres => format!("'{id}'"),
            _ => format!("x'{}'", id.simple()),
        };
        let [changed, moved, gone] =
            [3, 650, 1_299].map(|n: usize| -> Uuid { ratings[n].rating_id.parse().unwrap() });
        let at = |id: &Uuid| format!("WHERE id = {}", literal(id));
        logged.by_hand(&format!("UPDATE rating SET level = 1 {}", at(&changed))).await;
        let later = "UPDATE rating SET received_at = received_at + 86400000000";
        logged.by_hand(&format!("{later} {}", at(&moved))).await;
        logged.by_hand(&format!("DELETE FROM rating {}", at(&gone))).await;
        let of = "publication";
        let found = check(&logged).await.findings;
        let expected = [
            Finding::Changed(changed, of),
            Finding::Changed(moved, of),
            Finding::Deleted(gone, of),
        ];
        assert_eq!(found, expected);
        assert!(found[2].to_string().contains(&gone.to_string()));
        // Whoever takes the leaf away too is found by its number, and by the signed head.
        logged.by_hand("DELETE FROM leaf WHERE number = 1299").await;
        assert_eq!(check(&logged).await.findings[2], Finding::LeafDeleted(1_299));
        let flipped = match backend {
            DbBackend::Postgres => "set_byte(hashes, 0, get_byte(hashes, 0) # 1)",
            _ => "CAST(x'0000000000000000' || substr(hashes, 9) AS BLOB)",
        };
        let tile = |level: u8| format!("UPDATE tile SET hashes = {flipped} WHERE level = {level}");
        logged.by_hand(&format!("{} AND number = 0", tile(0))).await;
        let found = check(&logged).await.findings;
        for expected in
            [Finding::HeadNotMet(0, 600), Finding::HeadNotMet(0, 1_300), Finding::TileChanged(1, 0)]
        {
            assert!(found.contains(&expected), "{expected}: {found:?}");
        }
    }

    #[tokio::test]
    async fn i22_a_head_or_a_tile_that_is_forged_and_a_rating_that_is_slipped_in_are_found() {
        let logged = Logged::new().await;
        logged.rate(300).await;
        logged.sign().await;
        let pem = platform::keys::Keys::make().log_pem.unwrap();
        let other = LogKey::read(&pem, NAME).unwrap().verifier();
        let (store, salts) = (&logged.publication.store, &logged.publication.shell.salts);
        let forged = run(store, salts, Some(&other), async |_, _| Ok(())).await.unwrap();
        assert_eq!(forged.findings, [Finding::HeadForged(0, 300)]);
        let slipped = Uuid::from_u128(7);
        let literal = match store.backend() {
            DbBackend::Postgres => format!("'{slipped}'"),
            _ => format!("x'{}'", slipped.simple()),
        };
        let columns = "act_id, level, channel, origin, received_at, fact_position, private";
        logged
            .by_hand(&format!(
                "INSERT INTO rating (id, {columns}) SELECT {literal}, {columns} FROM rating LIMIT 1"
            ))
            .await;
        assert_eq!(check(&logged).await.findings, [Finding::NotLogged(slipped, "publication")]);
        logged.by_hand(&format!("DELETE FROM rating WHERE id = {literal}")).await;
        logged.by_hand("DELETE FROM tile WHERE level = 1").await;
        assert_eq!(check(&logged).await.findings, [Finding::TileChanged(1, 0)]);
    }

    #[tokio::test]
    async fn i22_a_log_whose_end_was_cut_off_is_found_by_its_heads_and_signed_no_more() {
        let logged = Logged::new().await;
        for _ in 0..2 {
            logged.rate(300).await;
            logged.sign().await;
        }
        // Whoever does it leaves nothing behind but the signed head.
        for sql in [
            "DELETE FROM leaf WHERE number >= 500",
            "DELETE FROM rating WHERE id NOT IN (SELECT id FROM leaf)",
            "UPDATE tree SET size = 500",
        ] {
            logged.by_hand(sql).await;
        }
        let store = &logged.publication.store;
        let txn = store.begin().await.unwrap();
        tiles::shrink(&txn, 500).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(check(&logged).await.findings, [Finding::HeadNotMet(0, 600)]);
        let sign = async || {
            let clock = &logged.publication.shell.clock;
            clock.set(clock.now() + sign_heads::EVERY);
            let signed = sign_heads::round(&logged.publication, clock.new_id()).await;
            signed.unwrap_err().to_string()
        };
        let why = "does not begin with its last signed head";
        let told = sign().await;
        assert!(told.contains(why), "although nothing is new: {told}");
        // Others are put in their place, more than there were.
        logged.rate(200).await;
        let told = sign().await;
        assert!(told.contains(why), "{told}");
        let heads = heads::page(store.read(), None, 9).await.unwrap();
        assert_eq!(heads.iter().map(|head| head.size).collect::<Vec<_>>(), [600, 300]);
        assert_eq!(check(&logged).await.findings, [Finding::HeadNotMet(0, 600)]);
    }

    #[tokio::test]
    async fn i22_a_log_that_grows_while_it_is_checked_is_whole() {
        let logged = Logged::new().await;
        logged.rate(300).await;
        logged.sign().await;
        let (store, salts) = (&logged.publication.store, &logged.publication.shell.salts);
        let grow = async |_: &[(Uuid, Hash)], _: &mut LogReport| {
            logged.rate(300).await;
            logged.sign().await;
            Ok(())
        };
        let report = run(store, salts, Some(&logged.verifier), grow).await.unwrap();
        assert_eq!((report.leaves, report.heads), (300, 1));
        assert_eq!(report.findings, []);
    }

    #[tokio::test]
    async fn i22_after_a_break_and_facts_that_came_late_the_log_is_whole() {
        let logged = Logged::new().await;
        for _ in 0..3 {
            logged.rate(300).await;
            logged.sign().await;
        }
        // A fact set aside at position 100 was applied after all others.
        logged.by_hand("UPDATE leaf SET fact_position = 100 WHERE number = 899").await;
        logged.by_hand("UPDATE leaf SET fact_position = 900 WHERE number = 99").await;
        let read = logged.publication.store.read();
        let id = async |number| leaves::between(read, number, number + 1).await.unwrap()[0].id;
        let (lost, late) = (id(99).await, id(899).await);
        let words = logged.forget(700).await;
        assert!(words.iter().any(|word| word.starts_with("200 ratings leave")), "{words:?}");
        let tree = transparency::tree(read).await.unwrap();
        assert_eq!((tree.size, tree.epoch), (700, 1));
        assert_eq!(id(699).await, late, "what came before stays, at the end");
        logged.rate(200).await;
        logged.sign().await;
        // Of these two only the leaves' positions were changed above; no head beyond the break is asked for.
        let of = "publication";
        let expected = [Finding::Deleted(late, of), Finding::NotLogged(lost, of)];
        let found = check(&logged).await;
        assert_eq!((found.findings.as_slice(), found.heads), (&expected[..], 4));
    }
}
