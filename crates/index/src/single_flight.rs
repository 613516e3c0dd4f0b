//! Answers in memory: each is computed once, even if several tasks ask for it at the same time.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tokio::sync::OnceCell;

/// A map from questions to answers: the first caller computes an answer, the others wait for it.
pub(crate) struct SingleFlight<K, V> {
    cells: Mutex<FxHashMap<K, Arc<OnceCell<V>>>>,
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self {
            cells: Mutex::default(),
        }
    }
}

impl<K: Hash + Eq, V: Clone> SingleFlight<K, V> {
    /// The answer to `question`, if it is there already.
    pub(crate) fn known<Q>(&self, question: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.get(question)?.get().cloned()
    }

    /// The answer to `question`, computed by `work` unless another caller has computed it or is doing so.
    pub(crate) async fn get_or<Q>(&self, question: &Q, work: impl Future<Output = V>) -> V
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let cell = self.cell(question);
        cell.get_or_init(|| work).await.clone()
    }

    fn cell<Q>(&self, question: &Q) -> Arc<OnceCell<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(question) {
            return Arc::clone(cell);
        }
        let cell = Arc::new(OnceCell::new());
        cells.insert(question.to_owned(), Arc::clone(&cell));
        cell
    }
}
