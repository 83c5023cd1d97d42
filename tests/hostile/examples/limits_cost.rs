//! What the sandbox's limits cost: one page of users, read by the real adapter
//! from a fake SIS again and again, under the limits as they are and with one of
//! them otherwise. Told is the processor time of the call, the best and the
//! middle of the rounds; rounds of all variants take turns, so that a busy
//! machine hits all of them alike.
//!
//! ```text
//! cargo run --release -p hostile --example limits_cost target/adapters/oneroster.wasm [USERS] [ROUNDS]
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use district::Spec;
use fake_sis::{Behaviour, FakeSis, OAuth2, Source};
use homeroom_roster::record::Collection;
use homeroom_sandbox::{
    Approval, ConnectionSettings, Egress, EgressConfig, Limits, NoObserver, Pace, PageRequest,
    Sandbox, Session, SessionConfig, connect, inspect,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn session(limits: Limits, component: &[u8], sis: &FakeSis) -> Result<Session> {
    let known = OAuth2::default();
    let inspection = inspect(component)?;
    let settings = ConnectionSettings {
        integration: "cost".into(),
        endpoint: sis.base_url(),
        token_url: Some(sis.token_url()),
        client_id: Some(known.client_id),
        client_secret: Some(known.client_secret.into()),
        allow_private_network: true,
        allow_insecure_http: true,
        ..ConnectionSettings::default()
    };
    let approval = Approval::everything(&inspection);
    let adapter = Sandbox::new(limits)?.compile_and_load(component)?;
    Ok(Session::new(
        &adapter,
        SessionConfig {
            integration: "cost".into(),
            connected: connect(&inspection.manifest, &approval, &settings)?,
            started: jiff::Timestamp::now(),
            files: None,
            storage: Default::default(),
            observer: Arc::new(NoObserver),
            pace: Pace::default(),
            egress: Egress::new(EgressConfig::default())?,
        },
    ))
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name the adapter's file")?;
    let mut number = |default: u32| arguments.next().map_or(Ok(default), |text| text.parse());
    let (users, rounds) = (number(5000)?, number(20)?);
    let component = std::fs::read(file)?;
    let district = Spec {
        people: users + 1000,
        ..Spec::default()
    };
    let sis = FakeSis::spawn(Source::district(district), Behaviour::default())?;
    let as_they_are = || Limits {
        concurrent_calls: 4,
        ..Limits::default()
    };
    let variants = [
        ("the limits as they are", as_they_are()),
        (
            "instructions counted, too",
            Limits {
                fuel: Some(u64::MAX / 2),
                ..as_they_are()
            },
        ),
        (
            "memory mapped for each call",
            Limits {
                pooling: false,
                ..as_they_are()
            },
        ),
        (
            "a tick of 1 ms in place of 10 ms",
            Limits {
                epoch_tick: Duration::from_millis(1),
                ..as_they_are()
            },
        ),
        (
            "hardly a tick",
            Limits {
                epoch_tick: Duration::from_secs(10),
                ..as_they_are()
            },
        ),
    ];
    let request = PageRequest {
        collection: Collection::Users,
        cursor: None,
        changed_since: None,
        page_size: users,
    };
    let mut sessions = Vec::new();
    for (name, limits) in variants {
        sessions.push((name, session(limits, &component, &sis)?, Vec::new()));
    }
    for _ in 0..=rounds {
        for (_, session, times) in &mut sessions {
            let page = session.read(&request).await?;
            times.push((page.stats.guest, page.stats));
        }
    }
    let mut base = None;
    for (name, _, times) in &mut sessions {
        // The first round warms.
        times.remove(0);
        times.sort_by_key(|(time, _)| *time);
        let (best, middle) = (times[0].0, times[times.len() / 2].0);
        let base = *base.get_or_insert(best);
        println!(
            "{name:34} best {best:>9.2?}  middle {middle:>9.2?}  best / as they are {:.3}",
            best.as_secs_f64() / base.as_secs_f64()
        );
    }
    if let Some((_, stats)) = sessions.first().and_then(|(_, _, times)| times.first()) {
        println!(
            "{} records, {} bytes in, {} out, page {} bytes, memory {} bytes, {} table elements, {} resources open",
            stats.page_records,
            stats.bytes_in,
            stats.bytes_out,
            stats.page_bytes,
            stats.peak_memory,
            stats.peak_elements,
            stats.open_resources
        );
    }
    Ok(())
}
