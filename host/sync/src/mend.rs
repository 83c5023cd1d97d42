//! Mending by hand: match, unmatch, never match, pin. A decision outlives runs
//! and takes effect at the next sync or directory import.

use homeroom_roster::ownership;
use homeroom_roster::state::{Field, Origin, ProviderKey, Roster, UserKey};
use homeroom_store::{Decision, ProviderRow, ProviderState};

use crate::error::{Error, Result};
use crate::homeroom::Office;
use crate::people::Who;

/// When a decision shows.
const WHEN: &str = "takes effect at the next sync or directory import";

impl Office {
    /// This record is this user.
    ///
    /// # Errors
    /// If user or provider are unknown.
    pub async fn match_user(&self, user: &str, provider: &str, id: &str) -> Result<String> {
        let (roster, _) = self.tenant.load_roster().await?;
        let key = self.user_key(user, &roster).await?;
        let origin = self.origin(provider, id).await?;
        let hint = self.unseen(&origin, &roster).await?;
        self.tenant.decide(&Decision::Match(origin, key)).await?;
        Ok(format!(
            "{provider}/{id} is matched with {user}; {WHEN}{hint}"
        ))
    }

    /// This record is not linked to anybody, until it is matched by hand. Also
    /// takes a merge apart.
    ///
    /// # Errors
    /// If the provider is unknown.
    pub async fn unmatch(&self, provider: &str, id: &str) -> Result<String> {
        let (roster, _) = self.tenant.load_roster().await?;
        let origin = self.origin(provider, id).await?;
        let hint = self.unseen(&origin, &roster).await?;
        self.tenant.decide(&Decision::Unmatch(origin)).await?;
        Ok(format!(
            "{provider}/{id} is no longer matched with anybody; {WHEN}{hint}"
        ))
    }

    /// This record is never this user.
    ///
    /// # Errors
    /// If user or provider are unknown.
    pub async fn never_match(&self, user: &str, provider: &str, id: &str) -> Result<String> {
        let (roster, _) = self.tenant.load_roster().await?;
        let key = self.user_key(user, &roster).await?;
        let origin = self.origin(provider, id).await?;
        let hint = self.unseen(&origin, &roster).await?;
        self.tenant.decide(&Decision::Never(origin, key)).await?;
        Ok(format!(
            "{provider}/{id} is never matched with {user}; {WHEN}{hint}"
        ))
    }

    /// This user's field has this value, whatever the sources say.
    ///
    /// # Errors
    /// If user or field are unknown, the value is empty, or the roster of an
    /// integration owns the field.
    pub async fn pin(&self, user: &str, field: &str, value: &str) -> Result<String> {
        let (roster, _) = self.tenant.load_roster().await?;
        let key = self.user_key(user, &roster).await?;
        let field = parse_field(field)?;
        let value = value.trim();
        if value.is_empty() || value.len() > 1_024 || value.chars().any(char::is_control) {
            return Err(Error::usage(
                "invalid-value",
                "a pinned value has 1 to 1,024 bytes and no control characters; \
                 `homeroom user unpin` takes a pin away",
            ));
        }
        self.refuse_owned(user, key, field, &roster).await?;
        self.tenant
            .decide(&Decision::Pin(key, field, value.into()))
            .await?;
        Ok(format!("{} of {user} is pinned; {WHEN}", field.name()))
    }

    /// The sources decide about this field again.
    ///
    /// # Errors
    /// If user or field are unknown.
    pub async fn unpin(&self, user: &str, field: &str) -> Result<String> {
        let (roster, _) = self.tenant.load_roster().await?;
        let key = self.user_key(user, &roster).await?;
        let field = parse_field(field)?;
        self.tenant.decide(&Decision::Unpin(key, field)).await?;
        Ok(format!(
            "{} of {user} is no longer pinned; {WHEN}",
            field.name()
        ))
    }

    /// Refuses to pin what the roster of an integration owns.
    async fn refuse_owned(
        &self,
        user: &str,
        key: UserKey,
        field: Field,
        roster: &Roster,
    ) -> Result<()> {
        let rows = self.tenant.providers().await?;
        let known = rows.iter();
        let known = known.filter(|row| row.state != ProviderState::Deleted);
        let providers: Vec<_> = known.map(ProviderRow::provider).collect();
        let links = roster.links.iter().filter(|link| link.user == key);
        let links: Vec<_> = links.collect();
        let owned = roster.users.iter().find(|known| known.key == key);
        let owned = owned.and_then(|known| ownership::owner(known, field, &links, &providers));
        let Some((provider, setting)) = owned else {
            return Ok(());
        };
        let (name, field) = (&provider.name, field.name());
        Err(Error::usage(
            "owned-by-roster",
            format!(
                "{field} of {user} is kept by the roster of {name} (its setting {setting} is \
                 true), so it cannot be changed by hand; correct it in the SIS, or leave {} to \
                 the platform: homeroom integration edit {name} --set {setting}=false",
                match setting {
                    "update-language" => "languages",
                    _ => "contact details",
                }
            ),
        ))
    }

    async fn user_key(&self, user: &str, roster: &Roster) -> Result<UserKey> {
        let providers = self.provider_kinds().await?;
        match self.find(user, roster, &providers).await? {
            Who::User(key) => Ok(key),
            Who::Unmatched(_) => Err(Error::usage(
                "unknown-user",
                format!(
                    "{user} is a person without a user; give a user's id (`homeroom user list`)"
                ),
            )),
        }
    }

    /// A word of warning where no such record has been seen: a decision may be
    /// made before its record comes, but more often the id is misspelt.
    async fn unseen(&self, origin: &Origin, roster: &Roster) -> Result<&'static str> {
        let linked = roster.links.iter().any(|link| link.origin == *origin);
        let known = linked
            || self
                .tenant
                .unmatched()
                .await?
                .iter()
                .any(|person| person.origin == *origin);
        Ok(match known {
            true => "",
            false => ". No such record has been seen so far: check the id",
        })
    }

    async fn origin(&self, provider: &str, id: &str) -> Result<Origin> {
        let key: ProviderKey = self.tenant.provider(provider).await?.key;
        Ok(Origin {
            provider: key,
            sourced_id: id.trim().into(),
        })
    }
}

fn parse_field(name: &str) -> Result<Field> {
    Field::from_name(name).ok_or_else(|| {
        let known: Vec<_> = Field::ALL.into_iter().map(Field::name).collect();
        Error::usage(
            "unknown-field",
            format!(
                "there is no field \"{name}\"; give one of {}",
                known.join(", ")
            ),
        )
    })
}
