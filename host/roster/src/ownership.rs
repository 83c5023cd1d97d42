//! Who owns an attribute of a user: the roster of a SIS, or the platform.
//!
//! A source with `update-language` or `update-contacts` owns the language, or
//! email and phone numbers, of the users whom it has a record of: what a person
//! writes there would contradict the source, so it is refused. An attribute
//! that another provider says, such as the email of a directory, is not the
//! source's, and neither are the other attributes.

use crate::settings::{Provider, ProviderKind};
use crate::state::{Field, Link, User};

/// The setting by which a source owns a field; none for fields that no source
/// owns.
pub fn setting(field: Field) -> Option<&'static str> {
    match field {
        Field::Language => Some("update-language"),
        Field::Email | Field::Sms | Field::Phone => Some("update-contacts"),
        _ => None,
    }
}

/// The provider that owns the field of the user, and the setting by which it
/// does. `links` are the user's.
///
/// A value that is pinned stays open to whoever pinned it.
pub fn owner<'p>(
    user: &User,
    field: Field,
    links: &[&Link],
    providers: &'p [Provider],
) -> Option<(&'p Provider, &'static str)> {
    let setting = setting(field)?;
    let owns = |provider: &&Provider| {
        let on = match field {
            Field::Language => provider.settings.update_language,
            _ => provider.settings.update_contacts,
        };
        let mut links = links.iter();
        let has = links.any(|link| link.present && link.origin.provider == provider.key);
        provider.kind != ProviderKind::Directory && on && has
    };
    let mut owners: Vec<&Provider> = providers.iter().filter(owns).collect();
    owners.sort_by_key(|provider| std::cmp::Reverse(provider.settings.merge_priority));
    let owner = match user.attributes.get(field) {
        Some(_) => {
            let source = user.attributes.provider(field)?;
            owners.into_iter().find(|provider| provider.key == source)
        }
        None => owners.into_iter().next(),
    };
    owner.map(|provider| (provider, setting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::state::{
        Assignments, Attributes, Origin, ProviderKey, Roles, Rule, RunKey, Status, UserKey,
    };

    fn provider(key: u32, kind: ProviderKind, on: bool) -> Provider {
        Provider {
            key: ProviderKey(key),
            name: format!("p{key}"),
            kind,
            settings: Settings {
                update_contacts: on,
                update_language: on,
                merge_priority: key as u8,
                ..Settings::default()
            },
        }
    }

    fn user(values: &[(Field, Option<u32>)]) -> User {
        let values = values.iter();
        let values = values.map(|(field, by)| (*field, "x".into(), by.map(ProviderKey)));
        User {
            key: UserKey(0),
            id: "u".into(),
            status: Status::Active,
            enabled: true,
            roles: Roles::default(),
            attributes: values.collect::<Attributes>(),
            orgs: Vec::new(),
            assignments: Assignments::default(),
            primary_org: None,
        }
    }

    fn link(provider: u32, present: bool) -> Link {
        Link {
            origin: Origin {
                provider: ProviderKey(provider),
                sourced_id: "s".into(),
            },
            user: UserKey(0),
            rule: Rule::Email,
            evidence: None,
            since: RunKey(1),
            present,
        }
    }

    #[test]
    fn the_source_of_the_value_owns_it_while_it_updates_it() {
        let on = [
            provider(1, ProviderKind::Directory, true),
            provider(2, ProviderKind::Sis, true),
        ];
        let off = [provider(2, ProviderKind::Sis, false)];
        let (present, gone) = (link(2, true), link(2, false));
        let owner = |value: &[(Field, Option<u32>)], field, link: &Link, providers: &[Provider]| {
            let owner = owner(&user(value), field, &[link], providers);
            owner.map(|(provider, setting)| (provider.key.0, setting))
        };
        let sms = Field::Sms;
        let by_sis = Some((2, "update-contacts"));
        assert_eq!(owner(&[(sms, Some(2))], sms, &present, &on), by_sis);
        assert_eq!(owner(&[], sms, &present, &on), by_sis);
        assert_eq!(
            owner(&[], Field::Language, &present, &on),
            Some((2, "update-language"))
        );
        // The directory's, pinned, of a record that is gone, not updated.
        assert_eq!(owner(&[(sms, Some(1))], sms, &present, &on), None);
        assert_eq!(owner(&[(sms, None)], sms, &present, &on), None);
        assert_eq!(owner(&[(sms, Some(2))], sms, &gone, &on), None);
        assert_eq!(owner(&[(sms, Some(2))], sms, &present, &off), None);
        let name = Field::GivenName;
        assert_eq!(owner(&[(name, Some(2))], name, &present, &on), None);
    }
}
