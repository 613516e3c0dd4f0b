//! The owners of a project, as PyPI's JSON API has them, and the rule `owners`.

use harden_hasher::Owners;
use serde::Deserialize;

/// Reads the owners on the page of a project; `None` if the index does not say.
///
/// # Errors
///
/// When it is not such a page.
pub fn read_owners(body: &str) -> Result<Option<Owners>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Page {
        ownership: Option<Ownership>,
    }
    #[derive(Deserialize)]
    struct Ownership {
        organization: Option<String>,
        #[serde(default)]
        roles: Vec<Role>,
    }
    #[derive(Deserialize)]
    struct Role {
        role: String,
        user: String,
    }
    let page: Page = serde_json::from_str(body)?;
    Ok(page.ownership.map(|ownership| {
        let roles = ownership.roles.iter();
        let owners = roles.filter(|role| role.role == "Owner" && !role.user.is_empty());
        let organisation = ownership.organization.filter(|name| !name.is_empty());
        Owners::new(
            owners.map(|role| role.user.as_str()),
            organisation.as_deref(),
        )
    }))
}

/// How the owners of a project have changed, as the end of a sentence; `None` if a former owner is left and
/// the organisation is the same.
pub fn owners_change(before: &Owners, now: &Owners) -> Option<String> {
    if before.organisation != now.organisation {
        let shown = |owners: &Owners| match &owners.organisation {
            Some(name) => format!("the organisation {name}"),
            None => "no organisation".to_owned(),
        };
        return Some(format!(
            "it belongs to {}, and belonged to {}",
            shown(now),
            shown(before)
        ));
    }
    let is_left = before.users.iter().any(|user| now.users.contains(user));
    // An organisation may own a project without naming users.
    let has_none = before.users.is_empty();
    (!is_left && !has_none).then(|| {
        format!("none of its former owners is left: it was owned by {before}, and is by {now}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(users: &[&str], organisation: Option<&str>) -> Owners {
        Owners::new(users.iter().copied(), organisation)
    }

    #[test]
    fn the_owners_are_the_users_with_this_role_and_the_organisation() {
        let body = r#"{"info": {}, "ownership": {"organization": "team", "roles": [
            {"role": "Owner", "user": "bob"}, {"role": "Maintainer", "user": "eve"}, {"role": "Owner", "user": "al"}]}}"#;
        let read = read_owners(body).unwrap().unwrap();
        assert_eq!(read, owners(&["al", "bob"], Some("team")));
        for (body, expected) in [
            (
                r#"{"ownership": {"organization": null, "roles": []}}"#,
                Some(owners(&[], None)),
            ),
            (r#"{"ownership": null}"#, None),
            (r#"{"info": {}}"#, None),
        ] {
            assert_eq!(read_owners(body).unwrap(), expected, "{body}");
        }
        for body in [
            "",
            "[]",
            r#"{"ownership": 1}"#,
            r#"{"ownership": {"roles": [{}]}}"#,
        ] {
            assert!(read_owners(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_former_owner_that_is_left_and_the_same_organisation_are_no_change() {
        let change = |before: &Owners, now: &Owners| owners_change(before, now).unwrap_or_default();
        let (team, other) = (Some("team"), Some("other"));
        let before = owners(&["a", "b"], None);
        assert_eq!(change(&before, &owners(&["b", "c"], None)), "");
        assert_eq!(change(&owners(&[], team), &owners(&["c"], team)), "");
        assert_eq!(
            change(&before, &owners(&["c"], None)),
            "none of its former owners is left: it was owned by a, b, and is by c"
        );
        assert_eq!(
            change(&before, &owners(&[], None)),
            "none of its former owners is left: it was owned by a, b, and is by no one"
        );
        assert_eq!(
            change(&owners(&["a"], team), &owners(&["a"], other)),
            "it belongs to the organisation other, and belonged to the organisation team"
        );
        assert_eq!(
            change(&before, &owners(&["a"], team)),
            "it belongs to the organisation team, and belonged to no organisation"
        );
    }
}
