//! How hard a server is asked, over all integrations of the process: so many
//! requests at once and so many a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::origin::Origin;

/// One server's share.
#[derive(Debug)]
struct Server {
    at_once: Arc<Semaphore>,
    next: Mutex<Option<Instant>>,
}

/// All servers of a process.
#[derive(Debug)]
pub(crate) struct Servers {
    at_once: usize,
    all: Mutex<HashMap<Origin, Arc<Server>>>,
}

impl Servers {
    pub(crate) fn new(at_once: usize) -> Self {
        Servers {
            at_once: at_once.max(1),
            all: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for a place, and for the pace of `rate` requests a second. The
    /// place is free again when the permit is dropped. `None`: the process is
    /// ending.
    pub(crate) async fn enter(
        &self,
        origin: &Origin,
        rate: Option<f64>,
    ) -> Option<OwnedSemaphorePermit> {
        let server = self.server(origin);
        let permit = server.at_once.clone().acquire_owned().await.ok()?;
        if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
            let gap = Duration::from_secs_f64((1.0 / rate).min(60.0));
            let turn = {
                let mut next = server.next.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                let turn = next.map_or(now, |next| next.max(now));
                *next = Some(turn + gap);
                turn
            };
            tokio::time::sleep_until(turn).await;
        }
        Some(permit)
    }

    fn server(&self, origin: &Origin) -> Arc<Server> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody else holds a server that is idle; forget those once in a while.
        if all.len() > 1024 {
            all.retain(|_, server| Arc::strong_count(server) > 1);
        }
        let server = all.entry(origin.clone()).or_insert_with(|| {
            Arc::new(Server {
                at_once: Arc::new(Semaphore::new(self.at_once)),
                next: Mutex::new(None),
            })
        });
        server.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_gets_so_many_at_once() {
        let servers = Servers::new(2);
        let a = Origin::parse("https://a.example.org").expect("an origin");
        let b = Origin::parse("https://b.example.org").expect("an origin");
        let first = servers.enter(&a, None).await;
        let second = servers.enter(&a, None).await;
        assert!(first.is_some() && second.is_some());
        assert!(
            servers.enter(&b, None).await.is_some(),
            "another server is free"
        );
        let third = servers.enter(&a, None);
        tokio::pin!(third);
        assert!(futures::poll!(third.as_mut()).is_pending());
        drop(first);
        assert!(third.await.is_some());
    }
}
