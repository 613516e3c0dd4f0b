//! The rule `publisher`: releases that were attested still are, by the same publisher.

use harden_hasher::Publisher;

/// What changed between the publisher of an earlier release, such as `1.0`, and that of a later one, such as
/// `lib 2.0`; `None` if nothing did, or if the earlier one had none.
pub fn publisher_change(
    (earlier, before): (&str, &Publisher),
    (later, now): (&str, &Publisher),
) -> Option<String> {
    let Publisher::Named(known) = before else {
        return None;
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

/// How the publisher of `release` that a strict file records differs from the one that the index names now.
pub fn recorded_publisher_change(
    release: &str,
    recorded: &Publisher,
    now: &Publisher,
) -> Option<String> {
    let Publisher::Named(known) = recorded else {
        return None;
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
        for unknown in [Publisher::Unattested, Publisher::Unreadable] {
            assert_eq!(change(&unknown, &a), "");
        }
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
            assert!(recorded_publisher_change("lib 2.0", &Publisher::Unattested, now).is_none());
        }
    }
}
