//! A set of files from a folder, a zip or an SFTP server: fetched completely,
//! then frozen for a run.
//!
//! What comes in is foreign: its names, its sizes, its zips and the server it
//! lies on. It is copied, under [`Limits`], into a folder that only this user
//! may enter, under names that the set itself makes up; a name from outside is
//! never a path here. The copy is removed with its [`Bundle`], and by the next
//! fetch where a crash left it behind.
//!
//! The crate knows nothing of what the files hold, of adapters, or of which
//! addresses may be dialled: whoever fetches brings the connection.

mod bundle;
mod choice;
mod error;
mod folder;
mod intake;
mod limits;
mod local;
mod sftp;
mod unzip;

pub use bundle::{Bundle, File};
pub use choice::{NamePattern, Wanted};
pub use error::{FetchError, Kind};
pub use intake::Order;
pub use limits::Limits;
pub use local::from_path;
pub use sftp::{Dial, HostKey, Login, Patience, Server, from_server, host_key, is_private_key};
