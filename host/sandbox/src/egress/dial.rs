//! A plain connection for the host itself, to an integration's own endpoint:
//! under the same policy and address checks as an adapter's requests.

use std::time::Duration;

use tokio::net::TcpStream;

use super::connect::CheckedConnector;
use super::{Egress, Grant};
use crate::error::{CallError, ErrorKind};

impl Egress {
    /// Dials the endpoint of a grant.
    ///
    /// # Errors
    /// If its address may not be dialled, or nobody answers there.
    pub async fn dial(&self, grant: &Grant) -> Result<TcpStream, CallError> {
        let config = &self.shared().config;
        let connector = CheckedConnector {
            grant: grant.clone().into(),
            resolver: config.resolver.clone(),
        };
        let time: Duration = config.connect_time;
        let dialling = connector.open(grant.endpoint());
        tokio::time::timeout(time, dialling)
            .await
            .unwrap_or_else(|_| {
                let detail = format!(
                    "no connection to `{}` within {} s",
                    grant.endpoint(),
                    time.as_secs()
                );
                Err(CallError::new(ErrorKind::Unreachable, detail))
            })
    }
}
