//! Verdicts that were reached before, by the digest of everything that they depend on.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use itemsmith_domain::{
    Digest,
    check::{CheckRequest, Verdict, Versions},
};
use lru::LruCache;

use crate::contract::Pack;

/// Verdicts kept. One with its item is about 30 KB, so a full cache holds 8 MB.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// Verdicts by digest; the least recently used leaves first.
pub struct Cache {
    verdicts: Mutex<LruCache<Digest, Verdict>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            verdicts: Mutex::new(LruCache::new(CAPACITY)),
        }
    }
}

impl Cache {
    /// The verdict under `key`.
    pub fn get(&self, key: &Digest) -> Option<Verdict> {
        self.lock().get(key).cloned()
    }

    /// Keeps a verdict. Resource limits are never kept: they depend on the machine as well.
    pub fn put(&self, key: Digest, verdict: Verdict) {
        self.lock().put(key, verdict);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Digest, Verdict>> {
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The digest of the whole request and of everything else that its verdict depends on.
pub fn key(request: &CheckRequest, pack: &Pack, versions: &Versions) -> Digest {
    let whole = serde_json::json!({
        "source": request.source,
        "sourceItem": request.source_item.as_ref().map(|item| item.get()),
        "allowedWidgets": request.allowed_widgets,
        "execute": request.execute,
        "seeds": request.seeds,
        "pack": pack.digest(),
        "versions": versions,
    });
    Digest::of(whole.to_string().as_bytes())
}
