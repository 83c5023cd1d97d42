//! From a request to its answer: route, authentication, faults, page.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tokio::net::TcpStream;

use crate::auth::{Auth, Refusal, header};
use crate::behaviour::{Behaviour, Links, Totals};
use crate::fault::Target;
use crate::imsx::Problem;
use crate::page::{Ask, effective_limit, single, written};
use crate::query::{Query, with_place};
use crate::reply::{Body, Draft};
use crate::route::{Route, route};
use crate::server::{Active, Shared};
use crate::spoil::{deliver, http_date, spoilt};
use crate::{Resource, Version};

/// Where the counters are, for whoever runs the server as a program. Asking is
/// not counted; `DELETE` tells them and begins anew.
pub(crate) const COUNTERS: &str = "/fake-sis/counters";

/// The connection is to be dropped without (more of) an answer.
#[derive(Debug)]
pub(crate) struct Abort;

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is dropped on purpose")
    }
}

impl std::error::Error for Abort {}

/// What a request is about, for faults and for the shape of errors.
pub(crate) struct Subject {
    pub(crate) target: Target,
    pub(crate) version: Version,
    pub(crate) resource: Option<Resource>,
    pub(crate) page: Option<u32>,
}

/// Answers a request; an error drops the connection.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    socket: Arc<TcpStream>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Abort> {
    let (parts, body) = request.into_parts();
    if parts.uri.path() == COUNTERS {
        let counters = shared.log.counters();
        let draft = Draft::json(200, serde_json::json!(counters).to_string());
        if parts.method == Method::DELETE {
            shared.log.clear();
        }
        return Ok(draft.into_response(None));
    }
    let active = shared.active();
    let behaviour = &active.behaviour;
    let route = route(
        parts.uri.path(),
        &behaviour.base_path,
        &behaviour.token_path,
    );
    let entry = shared.log.begin(&parts, route == Route::Token);
    let answered = respond(&shared, &active, &socket, &parts, body, route).await;
    let (status, length) = match &answered {
        Ok(response) => {
            let exact = http_body::Body::size_hint(response.body()).exact();
            (
                response.status().as_u16(),
                exact.unwrap_or_default() as usize,
            )
        }
        Err(Abort) => (0, 0),
    };
    shared.log.end(entry, status, length);
    answered
}

async fn respond(
    shared: &Shared,
    active: &Active,
    socket: &Arc<TcpStream>,
    request: &Parts,
    body: Incoming,
    route: Route,
) -> Result<Response<Body>, Abort> {
    let behaviour = &active.behaviour;
    if let Some(limit) = &behaviour.rate_limit
        && let Err(wait) = active.bucket.take(limit, Instant::now())
    {
        let text = Problem::new(429, "too many requests");
        let draft = problem(Version::V1p2, &text);
        let seconds = wait.as_secs_f64().ceil();
        return Ok(match limit.says_when {
            true => draft.with("retry-after", seconds.to_string()),
            false => draft,
        }
        .into_response(None));
    }
    if !behaviour.latency.is_zero() {
        tokio::time::sleep(behaviour.latency).await;
    }
    let query = request.uri.query().unwrap_or_default();
    let (draft, subject) = match route {
        Route::Token => {
            let draft = token(shared, behaviour, request, body).await;
            let subject = Subject {
                target: Target::Token,
                version: Version::V1p2,
                resource: None,
                page: None,
            };
            (draft, subject)
        }
        Route::Elsewhere => {
            let draft = Draft::new(404, "text/plain", "there is nothing here");
            return Ok(draft.into_response(None));
        }
        Route::Unknown(version) | Route::List { version, .. } | Route::Single { version, .. }
            if behaviour.only.is_some_and(|only| only != version) =>
        {
            let draft = Draft::new(404, "text/plain", "this version is not served");
            return Ok(draft.into_response(None));
        }
        Route::List { version, .. } | Route::Single { version, .. }
            if !matches!(request.method, Method::GET | Method::HEAD) =>
        {
            let draft = problem(version, &Problem::new(405, "rosters are read with GET"));
            return Ok(draft.into_response(None));
        }
        Route::Unknown(version) => {
            let draft = problem(version, &Problem::new(404, "there is no such list"));
            return Ok(admitted(shared, behaviour, request, version, |_| draft).into_response(None));
        }
        Route::List {
            version,
            resource,
            school,
        } => {
            let read = Query::read(query);
            let page = read
                .as_ref()
                .ok()
                .map(|query| (query.offset / effective_limit(behaviour, query)) as u32 + 1);
            let draft = admitted(shared, behaviour, request, version, |base| {
                let query = read.map_err(|problem_found| problem(version, &problem_found));
                query.map_or_else(
                    |draft| draft,
                    |query| {
                        let ask = Ask {
                            version,
                            resource,
                            school,
                            query,
                        };
                        list(shared, active, base, request, ask)
                    },
                )
            });
            let subject = Subject {
                target: Target::Roster,
                version,
                resource: Some(resource),
                page,
            };
            (draft, subject)
        }
        Route::Single {
            version,
            resource,
            id,
        } => {
            let draft = admitted(shared, behaviour, request, version, |base| {
                let asked = (version, resource, id.as_str());
                match single(&shared.world(), behaviour, base, asked) {
                    Ok(body) => Draft::json(200, body),
                    Err(problem_found) => problem(version, &problem_found),
                }
            });
            let subject = Subject {
                target: Target::Roster,
                version,
                resource: Some(resource),
                page: None,
            };
            (draft, subject)
        }
    };
    let mut draft = draft;
    let faults = if refused(&draft, subject.target) {
        Vec::new()
    } else {
        active
            .armed
            .strike(subject.target, subject.resource, subject.page)
    };
    for fault in &faults {
        draft = spoilt(draft, fault, &subject, behaviour, request, socket).await?;
    }
    let accepts = header(request, "accept-encoding").unwrap_or_default();
    if behaviour.gzip && accepts.contains("gzip") {
        draft.compress();
    }
    if behaviour.clock != 0 {
        draft.set("date", &http_date(behaviour.clock));
    }
    deliver(draft, &subject, behaviour, socket).await
}

/// Faults strike those who may read: a refusal stays a refusal.
fn refused(draft: &Draft, target: Target) -> bool {
    target == Target::Roster && matches!(draft.status, 401 | 403)
}

/// `answer` with the address of the version, if the client may read.
fn admitted(
    shared: &Shared,
    behaviour: &Behaviour,
    request: &Parts,
    version: Version,
    answer: impl FnOnce(&str) -> Draft,
) -> Draft {
    match behaviour
        .auth
        .check(request, &shared.memory, behaviour.clock)
    {
        Ok(()) => answer(&shared.roster_url(behaviour, version)),
        Err(Refusal { status, reason }) => {
            let draft = problem(version, &Problem::new(status, reason));
            match status {
                401 => draft.with("www-authenticate", "Bearer realm=\"fake-sis\""),
                _ => draft,
            }
        }
    }
}

pub(crate) fn problem(version: Version, problem: &Problem) -> Draft {
    Draft::json(problem.status, problem.body(version))
}

async fn token(shared: &Shared, behaviour: &Behaviour, request: &Parts, body: Incoming) -> Draft {
    let Auth::OAuth2(settings) = &behaviour.auth else {
        return Draft::new(404, "text/plain", "this server gives no tokens");
    };
    let body = Limited::new(body, 64 << 10).collect().await;
    let Ok(body) = body.map(|body| body.to_bytes()) else {
        return Draft::new(400, "text/plain", "the form is too long");
    };
    let form = String::from_utf8_lossy(&body);
    let answer = shared.memory.tokens.grant(settings, request, &form);
    let mut draft = Draft::json(answer.status, answer.body.to_string());
    draft = draft.with("cache-control", "no-store");
    match answer.cookie {
        Some(cookie) => draft.with("set-cookie", cookie),
        None => draft,
    }
}

fn list(shared: &Shared, active: &Active, base: &str, request: &Parts, ask: Ask) -> Draft {
    let behaviour = &active.behaviour;
    let seen = active.seen(ask.resource);
    let limit = effective_limit(behaviour, &ask.query);
    let accepts = header(request, "accept-encoding").unwrap_or_default();
    // Sorting millions of rows takes seconds; other requests go on meanwhile.
    let make = || shared.page(active, base, &ask, seen, accepts.contains("gzip"));
    let made = match behaviour
        .written
        .iter()
        .find(|w| w.resource == ask.resource)
    {
        Some(rows) => Ok(written(behaviour, rows, &ask)),
        None => tokio::task::block_in_place(make),
    };
    let page = match made {
        Ok(page) => page,
        Err(problem_found) => return problem(ask.version, &problem_found),
    };
    let mut draft = Draft::json(200, page.body);
    draft.gzipped = page.gzipped;
    match behaviour.paging.totals {
        Totals::Right => draft.set("x-total-count", &page.total.to_string()),
        Totals::Absent => {}
        Totals::Off(off) => {
            let total = (page.total as i64 + off).max(0);
            draft.set("x-total-count", &total.to_string());
        }
    }
    let place = Place {
        limit,
        offset: ask.query.offset,
        returned: page.returned,
        total: page.total,
    };
    if let Some(links) = links(shared, &behaviour.paging.links, request, place) {
        draft.set("link", &links);
    }
    draft
}

struct Place {
    limit: usize,
    offset: usize,
    returned: usize,
    total: usize,
}

fn links(shared: &Shared, style: &Links, request: &Parts, place: Place) -> Option<String> {
    let origin = match style {
        Links::Absent => return None,
        Links::OtherOrigin(origin) => origin.clone(),
        _ => shared.origin(),
    };
    let query = request.uri.query().unwrap_or_default();
    let link = |offset: usize, name: &str| {
        let query = with_place(query, place.limit, offset);
        format!("<{origin}{}?{query}>; rel=\"{name}\"", request.uri.path())
    };
    let after = place.offset + place.returned;
    let last = place.total.saturating_sub(1) / place.limit * place.limit;
    let mut links = Vec::new();
    let next = match style {
        Links::Repeated => Some(place.offset),
        Links::Backwards => Some(0),
        Links::PastEnd => Some(place.offset + place.limit),
        _ => (after < place.total).then_some(after),
    };
    if let Some(next) = next {
        links.push(link(next, "next"));
    }
    if place.offset > 0 {
        links.push(link(place.offset.saturating_sub(place.limit), "prev"));
    }
    links.push(link(0, "first"));
    links.push(link(last, "last"));
    let comma = if *style == Links::TrailingComma {
        ","
    } else {
        ""
    };
    Some(links.join(", ") + comma)
}
