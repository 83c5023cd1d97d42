//! Where it is kept how servers are asked: in this process, unless the embedder
//! has a place that several processes share.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::record::PaceRecord;
use crate::egress::Origin;

/// One of the things of a server that one request has at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaceSpot {
    /// The way to a place: whoever has it is the next to get the place.
    Door(u16),
    /// A request under way.
    Place(u16),
}

/// A spot that is had; dropping it gives it back.
pub type HeldSpot = Box<dyn Any + Send + Sync>;

/// Keeps records and spots of servers for everybody who shares it. Methods are
/// called often and must not wait for anybody.
pub trait PaceKeeper: Send + Sync {
    /// Takes a spot of a server; none: somebody else has it. A spot whose holder
    /// dies, in whatever way, must become free by itself.
    ///
    /// # Errors
    /// If spots cannot be kept. The caller then goes on without the others.
    fn try_take(&self, server: &Origin, spot: PaceSpot) -> io::Result<Option<HeldSpot>>;

    /// Changes a server's record while nobody else does. Says `false`, and has
    /// not called `change`, if somebody else is changing it right now. A record
    /// that is not there, or cannot be understood, is the default one.
    ///
    /// # Errors
    /// If records cannot be kept. The caller then goes on without the others.
    fn change(&self, server: &Origin, change: &mut dyn FnMut(&mut PaceRecord)) -> io::Result<bool>;
}

/// Shared by all sessions of this process and by nobody else.
#[derive(Debug, Default)]
pub(crate) struct InProcess {
    servers: Mutex<HashMap<Origin, PaceRecord>>,
    taken: Arc<Mutex<HashSet<(Origin, PaceSpot)>>>,
}

impl InProcess {
    /// Changes a server's record, at once and always.
    pub(crate) fn with<T>(&self, server: &Origin, change: impl FnOnce(&mut PaceRecord) -> T) -> T {
        let mut servers = locked(&self.servers);
        let mut record = servers.get(server).copied().unwrap_or_default();
        let result = change(&mut record);
        if record == PaceRecord::default() {
            servers.remove(server);
        } else {
            servers.insert(server.clone(), record);
        }
        result
    }
}

struct Taken {
    spot: (Origin, PaceSpot),
    all: Arc<Mutex<HashSet<(Origin, PaceSpot)>>>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.spot);
    }
}

impl PaceKeeper for InProcess {
    fn try_take(&self, server: &Origin, spot: PaceSpot) -> io::Result<Option<HeldSpot>> {
        let spot = (server.clone(), spot);
        let new = locked(&self.taken).insert(spot.clone());
        Ok(new.then(|| {
            let all = self.taken.clone();
            Box::new(Taken { spot, all }) as HeldSpot
        }))
    }

    fn change(&self, server: &Origin, change: &mut dyn FnMut(&mut PaceRecord)) -> io::Result<bool> {
        self.with(server, change);
        Ok(true)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
