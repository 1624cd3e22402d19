//! The tree in tiles: a tile holds up to 256 hashes of one level, and each full tile has one hash in the
//! tile above it. A proof needs a few tiles, however large the tree is: four levels hold four thousand
//! million leaves.

use std::{cell::RefCell, collections::BTreeMap};

use tlog_tiles::{Error, HashReader, Tile, prove_record, prove_tree, tree_hash};

use super::{Hash, TlogError};

/// A tile has this many times two hashes of two.
const HEIGHT: u8 = 8;
/// How many hashes a full tile has.
pub const WIDTH: u64 = 1 << HEIGHT;
/// The length of a hash.
const HASH_BYTES: usize = 32;

/// Where a tile is: its level, 0 for the leaves' hashes, and its number there.
pub type TileId = (u8, u64);

/// Some tiles of a tree: each is its hashes one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiles(pub BTreeMap<TileId, Vec<u8>>);

/// Notes which hashes are asked for, and has none.
#[derive(Default)]
struct Asked(RefCell<Vec<u64>>);

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        self.0.borrow_mut().extend_from_slice(indexes);
        Err(Error::IndexesNotInTree)
    }
}

impl HashReader for Tiles {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        let hash = |index: &u64| {
            let tile = Tile::from_index(HEIGHT, *index);
            let data = self.0.get(&(tile.level(), tile.level_index()));
            tile.hash_at_index(data.ok_or(Error::IndexesNotInTree)?, *index)
        };
        indexes.iter().map(hash).collect()
    }
}

/// What is asked of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Its root at a size.
    Root(u64),
    /// That it has a leaf: its size, and the leaf's number.
    Inclusion(u64, u64),
    /// That it begins with an earlier one: its size, and the earlier one's.
    Consistency(u64, u64),
}

impl Question {
    fn put(self, tiles: &impl HashReader) -> Result<Vec<tlog_tiles::Hash>, Error> {
        match self {
            Self::Root(size) => tree_hash(size, tiles).map(|root| vec![root]),
            Self::Inclusion(size, index) => prove_record(size, index, tiles),
            Self::Consistency(_, 0) => Ok(Vec::new()),
            Self::Consistency(size, first) => prove_tree(size, first, tiles),
        }
    }

    /// The tiles that the answer needs.
    #[must_use]
    pub fn needs(self) -> Vec<TileId> {
        let asked = Asked::default();
        // Only what it asks for matters.
        let _ = self.put(&asked);
        let tiles = asked.0.into_inner().into_iter().map(|index| {
            let tile = Tile::from_index(HEIGHT, index);
            (tile.level(), tile.level_index())
        });
        let mut tiles: Vec<TileId> = tiles.collect();
        tiles.sort_unstable();
        tiles.dedup();
        tiles
    }

    /// The answer: a root alone, or the hashes of a proof.
    ///
    /// # Errors
    /// [`TlogError::Malformed`] if the tree is smaller, or its tiles are not whole.
    pub fn answer(self, tiles: &Tiles) -> Result<Vec<Hash>, TlogError> {
        let answer = self.put(tiles).map_err(|_| TlogError::Malformed("a tile is not whole"))?;
        Ok(answer.into_iter().map(|hash| hash.0).collect())
    }
}

/// The tiles that grow when leaves are added to a tree of this size: those at its end that are not full.
#[must_use]
pub fn edge(size: u64) -> Vec<TileId> {
    let levels = (0..).map(|level| (level, width(size, level)));
    let levels = levels.take_while(|(_, width)| *width > 0);
    levels
        .filter(|(_, width)| width % WIDTH > 0)
        .map(|(level, width)| (level, width / WIDTH))
        .collect()
}

/// How many hashes a level has in a tree of this size.
fn width(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0)
}

impl Tiles {
    /// Adds leaves to a tree of `size`, whose [`edge`] is here; afterwards only tiles that have changed
    /// are here.
    ///
    /// # Errors
    /// [`TlogError::Malformed`] if the edge is not that of the tree.
    pub fn append(
        &mut self,
        size: u64,
        leaves: impl IntoIterator<Item = Hash>,
    ) -> Result<(), TlogError> {
        let wrong = TlogError::Malformed("the tree's last tiles do not fit its size");
        for (level, index) in edge(size) {
            let held = self.0.get(&(level, index)).map_or(0, Vec::len);
            let fits = held as u64 == width(size, level) % WIDTH * HASH_BYTES as u64;
            fits.then_some(()).ok_or_else(|| wrong.clone())?;
        }
        for (leaf, at) in leaves.into_iter().zip(size..) {
            let (mut hash, mut level, mut at) = (leaf, 0, at);
            loop {
                let tile = self.0.entry((level, at / WIDTH)).or_default();
                tile.extend_from_slice(&hash);
                if tile.len() < HASH_BYTES * 256 {
                    break;
                }
                (hash, level, at) = (Tile::subtree_hash(tile).0, level + 1, at / WIDTH);
            }
        }
        Ok(())
    }

    /// The hashes of one level's tile.
    #[must_use]
    pub fn hashes(&self, tile: TileId) -> Vec<Hash> {
        let data = self.0.get(&tile).map(Vec::as_slice).unwrap_or_default();
        data.as_chunks().0.to_vec()
    }
}

/// What of each level's tiles stays when a tree shrinks to this size: of each level, how many tiles are
/// whole, and how many bytes of the next.
#[must_use]
pub fn kept(size: u64, level: u8) -> (u64, usize) {
    let width = width(size, level);
    let rest = usize::try_from(width % WIDTH).unwrap_or_default();
    (width / WIDTH, rest * HASH_BYTES)
}

/// The root of a tree whose leaves come one after the other, without its tiles: for whoever computes the
/// tree again.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// The roots of its whole parts, the largest first, with their levels.
    parts: Vec<(u32, Hash)>,
}

impl Growing {
    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut part = (0, leaf);
        while let Some((_, left)) = self.parts.pop_if(|(level, _)| *level == part.0) {
            part = (part.0 + 1, node(left, part.1));
        }
        self.parts.push(part);
    }

    /// The root now.
    #[must_use]
    pub fn root(&self) -> Hash {
        let parts = self.parts.iter().rev().map(|(_, hash)| *hash);
        parts.reduce(|right, left| node(left, right)).unwrap_or(tlog_tiles::EMPTY_HASH.0)
    }
}

fn node(left: Hash, right: Hash) -> Hash {
    tlog_tiles::node_hash(tlog_tiles::Hash(left), tlog_tiles::Hash(right)).0
}
