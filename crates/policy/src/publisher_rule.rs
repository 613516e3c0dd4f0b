//! The rule `publisher`: releases that were attested still are, by the same publisher.

use harden_hasher::Publisher;

/// What changed between the publisher of an earlier release, such as `1.0`, and that of a later one, such as
/// `lib 2.0`; `None` if nothing did, or if the earlier one had none. That it cannot be told is said as well.
pub fn publisher_change(
    (earlier, before): (&str, &Publisher),
    (later, now): (&str, &Publisher),
) -> Option<String> {
    let known = match before {
        Publisher::Named(known) => known,
        Publisher::Unattested => return None,
        Publisher::Unreadable => {
            return Some(format!(
                "whether {later} has the publisher of {earlier} cannot be told: the attestation of {earlier} \
                 cannot be read"
            ));
        }
    };
    match now {
        Publisher::Named(name) if name == known => None,
        Publisher::Named(name) => Some(format!(
            "{later} was published by {name}, and {earlier} by {known}"
        )),
        Publisher::Unattested => Some(format!(
            "{later} has no attestation, and {earlier} was published by {known}"
        )),
        Publisher::Unreadable => Some(format!(
            "the attestation of {later} cannot be read, and {earlier} was published by {known}"
        )),
    }
}

/// That the publisher of a later release cannot be compared with that of an earlier one, which is gone from the
/// index, and of which the strict file does not say who published it.
pub fn unknown_publisher(earlier: &str, later: &str) -> String {
    format!(
        "whether {later} has the publisher of {earlier} cannot be told: the index no longer has {earlier}, and the \
         replaced file does not record who published it"
    )
}

/// How the publisher of `release` that a strict file records differs from the one that the index names now.
pub fn recorded_publisher_change(
    release: &str,
    recorded: &Publisher,
    now: &Publisher,
) -> Option<String> {
    let known = match (recorded, now) {
        (Publisher::Named(known), _) => known,
        (Publisher::Unattested, Publisher::Unattested) => return None,
        (Publisher::Unattested, Publisher::Named(name)) => {
            return Some(format!(
                "the file records no attestation of {release}, and the index has one: it was published by {name}"
            ));
        }
        (Publisher::Unreadable, Publisher::Named(name)) => {
            return Some(format!(
                "the file does not record who published {release}: by {name} according to the index"
            ));
        }
        (Publisher::Unreadable, Publisher::Unattested) => {
            return Some(format!(
                "the file records an attestation of {release}, and the index has none"
            ));
        }
        (_, Publisher::Unreadable) => {
            return Some(format!(
                "who published {release} cannot be told: its attestation on the index cannot be read"
            ));
        }
    };
    let index_says = match now {
        Publisher::Named(name) if name == known => return None,
        Publisher::Named(name) => format!("by {name} according to the index"),
        Publisher::Unattested => "the index has no attestation of it".to_owned(),
        Publisher::Unreadable => "its attestation on the index cannot be read".to_owned(),
    };
    Some(format!(
        "{release} was published by {known} according to the file, and {index_says}"
    ))
}

#[cfg(test)]
mod tests {
    use harden_hasher::PublisherName;

    use super::*;

    #[test]
    fn a_publisher_that_was_known_stays_the_same() {
        let named = |name: &str| Publisher::Named(PublisherName::new(name));
        let change = |before: &Publisher, now: &Publisher| {
            publisher_change(("1.0", before), ("lib 2.0", now)).unwrap_or_default()
        };
        let a = named("a");
        assert_eq!(change(&a, &a), "");
        assert_eq!(change(&Publisher::Unattested, &a), "");
        let unread = change(&Publisher::Unreadable, &a);
        assert!(unread.contains("cannot be told"), "{unread}");
        let now = [named("b"), Publisher::Unattested, Publisher::Unreadable];
        let changes = now.each_ref().map(|now| change(&a, now));
        assert_eq!(
            changes,
            [
                "lib 2.0 was published by b, and 1.0 by a",
                "lib 2.0 has no attestation, and 1.0 was published by a",
                "the attestation of lib 2.0 cannot be read, and 1.0 was published by a",
            ]
        );
        assert!(recorded_publisher_change("lib 2.0", &a, &a).is_none());
        for now in &now {
            assert!(recorded_publisher_change("lib 2.0", &a, now).is_some());
            assert!(recorded_publisher_change("lib 2.0", &Publisher::Unreadable, now).is_some());
            let is_one = *now != Publisher::Unattested;
            let change = recorded_publisher_change("lib 2.0", &Publisher::Unattested, now);
            assert_eq!(change.is_some(), is_one);
        }
    }
}
