//! The running server: a runtime of its own on a thread of its own, so that it
//! answers whatever the test does in the meantime.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::answer::answer;
use crate::auth::Memory;
use crate::fault::Armed;
use crate::imsx::Problem;
use crate::log::{Counters, Log, LoggedRequest};
use crate::page::{Ask, page};
use crate::prebuild::{Prebuild, Prebuilt};
use crate::rate::Bucket;
use crate::selection::World;
use crate::socket::Socket;
use crate::{Behaviour, Resource, Source, Version};

/// A behaviour with what it has seen so far.
pub(crate) struct Active {
    pub(crate) behaviour: Behaviour,
    pub(crate) armed: Armed,
    pub(crate) bucket: Bucket,
    lists: Mutex<HashMap<Resource, u32>>,
}

impl Active {
    fn new(behaviour: Behaviour) -> Self {
        Active {
            armed: Armed::new(&behaviour.faults),
            bucket: Bucket::default(),
            lists: Mutex::default(),
            behaviour,
        }
    }

    /// How many requests for this list there were before this one.
    pub(crate) fn seen(&self, resource: Resource) -> u32 {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = lists.entry(resource).or_default();
        *seen += 1;
        *seen - 1
    }
}

/// What all connections share.
pub(crate) struct Shared {
    address: SocketAddr,
    active: RwLock<Arc<Active>>,
    world: RwLock<Arc<World>>,
    prebuilt: RwLock<Option<Arc<Prebuilt>>>,
    pub(crate) memory: Memory,
    pub(crate) log: Log,
}

/// A page that is ready to go out.
pub(crate) struct ReadyPage {
    pub(crate) body: Bytes,
    pub(crate) gzipped: bool,
    pub(crate) total: usize,
    pub(crate) returned: usize,
}

fn read<T: Clone>(lock: &RwLock<T>) -> T {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn write<T>(lock: &RwLock<T>, value: T) {
    *lock.write().unwrap_or_else(PoisonError::into_inner) = value;
}

impl Shared {
    pub(crate) fn active(&self) -> Arc<Active> {
        read(&self.active)
    }

    pub(crate) fn world(&self) -> Arc<World> {
        read(&self.world)
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn roster_url(&self, behaviour: &Behaviour, version: Version) -> String {
        format!("{}{}{}", self.origin(), behaviour.base_path, version.path())
    }

    /// The page that is asked for, from those made before if it is there.
    pub(crate) fn page(
        &self,
        active: &Active,
        base: &str,
        ask: &Ask,
        seen: u32,
        gzip: bool,
    ) -> Result<ReadyPage, Problem> {
        let gzip = gzip && active.behaviour.gzip;
        if let Some(prebuilt) = read(&self.prebuilt)
            && let Some(ready) = prebuilt.page(&active.behaviour, ask, gzip)
        {
            return Ok(ready);
        }
        let made = page(&self.world(), &active.behaviour, base, ask, seen)?;
        Ok(ReadyPage {
            body: made.body.into(),
            gzipped: false,
            total: made.total,
            returned: made.returned,
        })
    }
}

/// A running fake SIS on 127.0.0.1. It stops when it is dropped.
pub struct FakeSis {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeSis {
    /// Starts a server on a free port, from a test without a runtime.
    ///
    /// # Errors
    /// When no port can be bound or no thread started.
    pub fn spawn(source: Source, behaviour: Behaviour) -> Result<Self> {
        Self::spawn_on(0, source, behaviour)
    }

    /// As [`FakeSis::spawn`], on a given port of 127.0.0.1 (0: a free one).
    ///
    /// # Errors
    /// When the port cannot be bound or no thread started.
    pub fn spawn_on(port: u16, source: Source, behaviour: Behaviour) -> Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            active: RwLock::new(Arc::new(Active::new(behaviour))),
            world: RwLock::new(Arc::new(World::new(source))),
            prebuilt: RwLock::new(None),
            memory: Memory::default(),
            log: Log::default(),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fake-sis")
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = shared.clone();
        let thread = std::thread::Builder::new()
            .name("fake-sis".to_owned())
            .spawn(move || {
                runtime.block_on(serve(serving, listener, stopped));
                runtime.shutdown_background();
            })?;
        Ok(FakeSis {
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// As [`FakeSis::spawn`], for a test that is asynchronous. The server has a
    /// runtime of its own either way.
    ///
    /// # Errors
    /// As [`FakeSis::spawn`].
    pub async fn start(source: Source, behaviour: Behaviour) -> Result<Self> {
        Self::spawn(source, behaviour)
    }

    /// The endpoint: origin and base path, without the versioned path.
    pub fn base_url(&self) -> String {
        let base_path = &self.shared.active().behaviour.base_path;
        format!("{}{base_path}", self.shared.origin())
    }

    /// The endpoint with the path of a version.
    pub fn roster_url(&self, version: Version) -> String {
        let active = self.shared.active();
        self.shared.roster_url(&active.behaviour, version)
    }

    /// The token endpoint.
    pub fn token_url(&self) -> String {
        let token_path = &self.shared.active().behaviour.token_path;
        format!("{}{token_path}", self.shared.origin())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log.requests()
    }

    /// Counts so far.
    pub fn counters(&self) -> Counters {
        self.shared.log.counters()
    }

    /// Forgets requests and counts.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    /// Behaves otherwise from the next request on; faults start afresh, tokens
    /// stay good. Pages made before are dropped.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        write(&self.shared.prebuilt, None);
        write(&self.shared.active, Arc::new(Active::new(behaviour)));
    }

    /// Serves something else from the next request on, such as a later night.
    /// Pages made before are dropped.
    pub fn set_source(&self, source: Source) {
        write(&self.shared.prebuilt, None);
        write(&self.shared.world, Arc::new(World::new(source)));
    }

    /// Makes every token given out so far useless.
    pub fn revoke_tokens(&self) {
        self.shared.memory.tokens.revoke();
    }

    /// Makes pages now, so that serving them costs next to nothing. They are
    /// right for the behaviour and the source of this moment.
    ///
    /// # Errors
    /// When the query is none, or the file cannot be written.
    pub fn prebuild(&self, wanted: &Prebuild) -> Result<()> {
        let active = self.shared.active();
        let base = self.shared.roster_url(&active.behaviour, wanted.version);
        let world = self.shared.world();
        let prebuilt = Prebuilt::make(&world, &active.behaviour, &base, wanted)?;
        write(&self.shared.prebuilt, Some(Arc::new(prebuilt)));
        Ok(())
    }

    /// Stops the server; open connections are dropped.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for FakeSis {
    fn drop(&mut self) {
        self.end();
    }
}

async fn serve(
    shared: Arc<Shared>,
    listener: std::net::TcpListener,
    mut stopped: oneshot::Receiver<()>,
) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Most often no file handle is left; some will be soon.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        shared.log.connected();
        let _ = stream.set_nodelay(true);
        let stream = Arc::new(stream);
        let shared = shared.clone();
        tokio::spawn(async move {
            let socket = TokioIo::new(Socket(stream.clone()));
            let service = service_fn(|request| answer(shared.clone(), stream.clone(), request));
            // An error is a client that left, or a fault that was asked for.
            let _ = http1::Builder::new()
                .serve_connection(socket, service)
                .await;
        });
    }
}
