//! Places and doors, and what a pacer makes of a keeper that fails.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::observer::NoObserver;

const SHORT: Duration = Duration::from_millis(1);

fn server(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.example.org")).expect("an origin")
}

fn pace(concurrency: u16) -> Pace {
    Pace {
        concurrency,
        rate: None,
        patience: None,
    }
}

/// Enters as one request of a session.
async fn enter(pacer: &Pacer, server: &Origin, pace: Pace) -> Result<Permit, TooLong> {
    let waits = Waits::default();
    let visit = Visit {
        server,
        pace,
        waits: &waits,
        observer: &NoObserver,
        patience: &mut Duration::from_secs(60),
    };
    pacer.enter(visit).await
}

fn pacer() -> Arc<Pacer> {
    Arc::new(Pacer::new(Arc::new(InProcess::default())))
}

#[tokio::test]
async fn a_server_gets_so_many_at_once() {
    let pacer = pacer();
    let (a, b) = (server("a"), server("b"));
    let first = enter(&pacer, &a, pace(2)).await;
    let second = enter(&pacer, &a, pace(2)).await;
    assert!(first.is_ok() && second.is_ok());
    let other = enter(&pacer, &b, pace(2)).await;
    assert!(other.is_ok(), "another server is free");
    let mut third = Box::pin(enter(&pacer, &a, pace(2)));
    assert!(futures::poll!(third.as_mut()).is_pending());
    drop(first);
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn a_modest_session_finds_the_places_that_others_take_last() {
    let pacer = pacer();
    let a = server("a");
    let mut bold = Vec::new();
    for _ in 0..3 {
        bold.push(enter(&pacer, &a, pace(4)).await);
    }
    assert!(enter(&pacer, &a, pace(1)).await.is_ok());
}

/// One session may have one request under way and the other four, and both have
/// many to send: the first is not starved, and the two never have more than
/// four.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_starved() {
    let pacer = pacer();
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let mut others = Vec::new();
    for _ in 0..12 {
        let (pacer, stop) = (pacer.clone(), stop.clone());
        let (under_way, most) = (under_way.clone(), most.clone());
        others.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let permit = enter(&pacer, &server("a"), pace(4)).await.expect("a turn");
                most.fetch_max(
                    under_way.fetch_add(1, Ordering::SeqCst) + 1,
                    Ordering::SeqCst,
                );
                tokio::time::sleep(SHORT).await;
                under_way.fetch_sub(1, Ordering::SeqCst);
                drop(permit);
            }
        }));
    }
    for _ in 0..20 {
        let permit = enter(&pacer, &server("a"), pace(1)).await.expect("a turn");
        most.fetch_max(
            under_way.fetch_add(1, Ordering::SeqCst) + 1,
            Ordering::SeqCst,
        );
        tokio::time::sleep(SHORT).await;
        under_way.fetch_sub(1, Ordering::SeqCst);
        drop(permit);
    }
    stop.store(true, Ordering::Relaxed);
    for other in others {
        other.await.expect("no panic");
    }
    assert_eq!(most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn whoever_gives_up_waiting_leaves_no_door_shut() {
    let pacer = pacer();
    let a = server("a");
    let permit = enter(&pacer, &a, pace(1)).await;
    {
        let mut waiting = Box::pin(enter(&pacer, &a, pace(1)));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
    }
    drop(permit);
    assert!(enter(&pacer, &a, pace(1)).await.is_ok());
}

#[tokio::test]
async fn a_pause_holds_for_all_sessions_and_for_one_server() {
    let pacer = pacer();
    let (a, b) = (server("a"), server("b"));
    let permit = enter(&pacer, &a, pace(4)).await.expect("a turn");
    tokio::time::sleep(SHORT).await;
    let hour = Some(Duration::from_secs(900));
    pacer.busy(&a, &permit, pace(4), hour, SHORT).await;
    let refused = enter(&pacer, &a, pace(4)).await;
    assert!(matches!(refused, Err(TooLong(wait)) if wait.as_secs() > 60));
    assert!(enter(&pacer, &b, pace(4)).await.is_ok());
}

#[tokio::test]
async fn after_a_refusal_there_are_fewer_at_once() {
    let pacer = pacer();
    let a = server("a");
    let permit = enter(&pacer, &a, pace(4)).await.expect("a turn");
    pacer.busy(&a, &permit, pace(4), None, SHORT).await;
    drop(permit);
    let first = enter(&pacer, &a, pace(4)).await;
    let second = enter(&pacer, &a, pace(4)).await;
    assert!(first.is_ok() && second.is_ok());
    let mut third = Box::pin(enter(&pacer, &a, pace(4)));
    assert!(futures::poll!(third.as_mut()).is_pending());
    for answered in [&first, &second, &first] {
        let permit = answered.as_ref().expect("a turn");
        pacer.answered(&a, permit).await;
    }
    assert!(third.await.is_ok(), "good answers make room for more");
}

/// A keeper that cannot keep anything, or that somebody holds for ever.
struct Broken {
    held: bool,
}

impl PaceKeeper for Broken {
    fn try_take(&self, _: &Origin, _: PaceSpot) -> io::Result<Option<HeldSpot>> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn change(&self, _: &Origin, _: &mut dyn FnMut(&mut PaceRecord)) -> io::Result<bool> {
        match self.held {
            true => Ok(false),
            false => Err(io::ErrorKind::StorageFull.into()),
        }
    }
}

#[tokio::test]
async fn a_keeper_that_fails_leaves_the_process_with_its_own() {
    for held in [false, true] {
        let pacer = Pacer::new(Arc::new(Broken { held }));
        let a = server("a");
        let first = enter(&pacer, &a, pace(1)).await;
        assert!(first.is_ok());
        let mut second = Box::pin(enter(&pacer, &a, pace(1)));
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        assert!(second.await.is_ok());
    }
}
