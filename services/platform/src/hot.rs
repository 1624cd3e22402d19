//! Values read lately, so that they need not be read again: a bounded cache of shared values whose
//! truth is in a store. It returns nothing older than the last call of [`Hot::forget`]: a reader
//! takes the generation before it reads the store, and a value read before the call is not kept.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// How many values are kept; beyond that the cache starts again.
const KEPT: usize = 10_000;

/// A cache of values by key.
#[derive(Debug)]
pub struct Hot<K, V> {
    kept: RwLock<Generation<K, V>>,
}

#[derive(Debug)]
struct Generation<K, V> {
    generation: u64,
    values: HashMap<K, Arc<V>>,
}

impl<K: Eq + Hash, V> Default for Hot<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Eq + Hash, V> Hot<K, V> {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self { kept: RwLock::new(Generation { generation: 0, values: HashMap::new() }) }
    }

    /// The value of a key, if it is kept.
    #[must_use]
    pub fn get<Q>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.read().values.get(key).cloned()
    }

    /// How many times values were removed so far; read it before the store.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.read().generation
    }

    /// Keeps a value read from the store in `generation`, unless values were removed since: then it
    /// may be out of date.
    pub fn put(&self, generation: u64, key: impl Into<K>, value: Arc<V>) {
        let key = key.into();
        let mut kept = self.write();
        if kept.generation != generation {
            return;
        }
        if kept.values.len() >= KEPT && !kept.values.contains_key(&key) {
            kept.values.clear();
        }
        kept.values.insert(key, value);
    }

    /// Removes the values of keys, and values that running readers are about to put.
    pub fn forget<'a, Q>(&self, keys: impl IntoIterator<Item = &'a Q>)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized + 'a,
    {
        let mut keys = keys.into_iter().peekable();
        if keys.peek().is_none() {
            return;
        }
        let mut kept = self.write();
        kept.generation += 1;
        for key in keys {
            kept.values.remove(key);
        }
    }

    /// Removes everything, and values that running readers are about to put.
    pub fn clear(&self) {
        let mut kept = self.write();
        kept.generation += 1;
        kept.values.clear();
    }

    fn read(&self) -> RwLockReadGuard<'_, Generation<K, V>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Generation<K, V>> {
        self.kept.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(hot: &Hot<String, u32>, key: &str, value: u32) {
        hot.put(hot.generation(), key, Arc::new(value));
    }

    #[test]
    fn what_is_put_is_got_until_it_is_forgotten() {
        let hot = Hot::new();
        assert_eq!(hot.get("a"), None);
        put(&hot, "a", 1);
        put(&hot, "b", 2);
        assert_eq!((hot.get("a").as_deref(), hot.get("b").as_deref()), (Some(&1), Some(&2)));
        hot.forget(["a", "never put"]);
        assert_eq!((hot.get("a"), hot.get("b").as_deref()), (None, Some(&2)));
        put(&hot, "a", 3);
        assert_eq!(hot.get("a").as_deref(), Some(&3));
        hot.clear();
        assert_eq!((hot.get("a"), hot.get("b")), (None, None));
    }

    #[test]
    fn what_a_reader_read_before_the_news_is_not_kept_after_it() {
        let hot = Hot::new();
        let read_first_version = hot.generation();
        hot.forget(["a"]);
        hot.put(read_first_version, "a", Arc::new(1));
        assert_eq!(hot.get("a"), None, "forgotten while it was being read, though not kept then");
        put(&hot, "a", 2);
        hot.put(read_first_version, "a", Arc::new(1));
        assert_eq!(hot.get("a").as_deref(), Some(&2), "the later reader's value stands");
        let read_before_clearing = hot.generation();
        hot.clear();
        hot.put(read_before_clearing, "a", Arc::new(2));
        assert_eq!(hot.get("a"), None);
        let unhindered = hot.generation();
        hot.forget([] as [&str; 0]);
        hot.put(unhindered, "a", Arc::new(3));
        assert_eq!(hot.get("a").as_deref(), Some(&3), "nothing was forgotten");
    }

    #[test]
    fn a_full_cache_begins_anew() {
        let hot = Hot::new();
        for n in 0..KEPT {
            put(&hot, &n.to_string(), 0);
        }
        put(&hot, "0", 1);
        assert!(hot.get("1").is_some(), "what is kept already takes no new place");
        put(&hot, "one too many", 2);
        assert_eq!((hot.get("1"), hot.get("one too many").as_deref()), (None, Some(&2)));
    }
}
