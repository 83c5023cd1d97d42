//! What the arguments of `fake-sis` mean: the district that is asked for, and
//! how its server behaves.

use std::time::Duration;

use district::{Night, Spec};
use jiff::Timestamp;

use crate::cli::Cli;
use crate::cli_names::{AuthName, LinksName};
use crate::{
    Auth, Behaviour, Dates, Dialect, Envelopes, Links, OAuth1, OAuth2, RateLimit, Repeats, Shift,
    SignatureMethod, Totals,
};

impl Cli {
    /// The district that is asked for.
    pub fn spec(&self) -> Spec {
        let default = Spec::default();
        let today = || jiff::tz::Offset::UTC.to_datetime(Timestamp::now()).date();
        Spec {
            seed: self.seed,
            people: self.people,
            today: self.today.unwrap_or_else(today),
            split_roles: self.split_roles,
            night: Night {
                left: self.left,
                leavers_as_tobedeleted: self.leavers_as_tobedeleted,
                joined: self.joined,
                renamed: self.renamed,
                moved: self.moved,
                rekeyed_school: self.rekeyed_school,
                shrunk_school: self.shrunk_school,
                changed_at: self.changed_at,
            },
            ..default
        }
    }

    fn auth(&self) -> Auth {
        let oauth1 = |method| {
            Auth::OAuth1(OAuth1 {
                key: self.client_id.clone(),
                secret: self.client_secret.clone(),
                method,
            })
        };
        match self.auth {
            AuthName::None => Auth::None,
            AuthName::Bearer => Auth::Bearer(self.client_secret.clone()),
            AuthName::Basic => Auth::Basic(self.client_id.clone(), self.client_secret.clone()),
            AuthName::Oauth1 => oauth1(None),
            AuthName::Oauth1Sha1 => oauth1(Some(SignatureMethod::HmacSha1)),
            AuthName::Oauth1Sha256 => oauth1(Some(SignatureMethod::HmacSha256)),
            AuthName::Oauth2 => Auth::OAuth2(OAuth2 {
                client_id: self.client_id.clone(),
                client_secret: self.client_secret.clone(),
                client_auth: self.client_auth.value(),
                scope: self.scope.clone(),
                lifetime: Duration::from_secs(self.token_seconds),
                expires_in: self.expires_in.value(),
                requests_per_token: self.requests_per_token,
                refuse_all: self.refuse_all,
                cookie: self.cookie,
                refusal: self.refusal,
                no_scope: self.no_scope,
                parameters: self.token_parameters.clone(),
                ..OAuth2::default()
            }),
        }
    }

    /// The behaviour that is asked for.
    pub fn behaviour(&self) -> Behaviour {
        let mut behaviour = Behaviour {
            auth: self.auth(),
            dialect: self.dialect(),
            sorting: self.sorting.value(),
            filtering: self.filtering.value(),
            only: self.only,
            base_path: self.base_path.trim_end_matches('/').to_owned(),
            token_path: self.token_path.clone(),
            gzip: !self.no_gzip,
            latency: Duration::from_millis(self.latency),
            rate_limit: self.requests_per_minute.map(|requests| RateLimit {
                requests,
                per: Duration::from_secs(60),
                says_when: !self.no_retry_after,
            }),
            clock: self.clock,
            faults: self.faults.clone(),
            ..Behaviour::default()
        };
        behaviour.repeats = match self.repeat_every {
            None => Repeats::None,
            Some(every) if self.repeat_newer => Repeats::Newer(every),
            Some(every) => Repeats::Identical(every),
        };
        behaviour.shift = self.shift.map(|rows| Shift {
            after: self.shift_after,
            rows,
        });
        let paging = &mut behaviour.paging;
        paging.default_limit = self.default_limit;
        paging.max_limit = self.max_limit;
        paging.ignore_limit = self.ignore_limit;
        paging.totals = match (self.no_total, self.total_off) {
            (true, _) => Totals::Absent,
            (false, Some(off)) => Totals::Off(off),
            (false, None) => Totals::Right,
        };
        paging.links = match self.links {
            LinksName::Right => Links::Right,
            LinksName::Absent => Links::Absent,
            LinksName::OtherOrigin => Links::OtherOrigin(self.link_origin.clone()),
            LinksName::Repeated => Links::Repeated,
            LinksName::Backwards => Links::Backwards,
            LinksName::PastEnd => Links::PastEnd,
            LinksName::TrailingComma => Links::TrailingComma,
        };
        behaviour
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            booleans: self.booleans.value(),
            references: self.references.value(),
            enums: self.enums.value(),
            ids: self.ids.value(),
            dates: match self.mixed_dates {
                true => Dates::Mixed,
                false => Dates::Standard,
            },
            envelopes: match self.odd_envelopes {
                true => Envelopes::AsAddressed,
                false => Envelopes::Standard,
            },
            nulls: self.nulls,
            single_without_list: self.single_without_list,
            personal_data: self.personal_data,
            vendor_properties: self.vendor_properties,
            periods_as_text: self.periods_as_text,
            dangling_every: self.dangling_every,
            nameless_every: self.nameless_every,
            masked_every: self.masked_every,
        }
    }
}
