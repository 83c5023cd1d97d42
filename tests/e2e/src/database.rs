//! What a test does to a platform's database behind its back: damage, and the
//! marks of another version.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::Platform;

impl Platform {
    /// Runs one SQL statement on the tenant's database; says how many rows it
    /// changed.
    #[track_caller]
    pub fn sql(&self, statement: &str) -> u64 {
        let path = self.data().join("tenants/default.db");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let url = format!("sqlite://{}", path.display());
            let mut database = SqliteConnection::connect(&url)
                .await
                .expect("the database opens");
            let done = sqlx::query(AssertSqlSafe(statement))
                .execute(&mut database)
                .await
                .expect("the statement runs");
            database.close().await.expect("the database closes");
            done.rows_affected()
        })
    }
}
