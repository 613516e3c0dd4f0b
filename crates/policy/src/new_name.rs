//! The rule `new-name`: names that enter a lock for the first time, judged by the age of the project and by
//! their likeness to well-known names.

use harden_packaging::{PackageName, Project, Release};
use jiff::{SignedDuration, Timestamp};

/// Names of projects that most people know, one a line.
const WELL_KNOWN: &str = include_str!("well_known.txt");

/// The age below which a project is an objection.
const YOUNG: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A project with more releases than this may resemble another.
const MANY_RELEASES: usize = 20;

/// Names shorter than this resemble each other by chance.
const SHORTEST: usize = 5;

/// The objection to the name of a project, if there is one.
pub fn objection(project: &Project, now: Timestamp) -> Option<String> {
    let uploads = project.releases.iter().flat_map(Release::files);
    let began = uploads.filter_map(|file| file.upload_time).min();
    let releases = project.releases.len();
    let count = match releases {
        1 => "1 release".to_owned(),
        number => format!("{number} releases"),
    };
    let age = began.map(|began| now.duration_since(began));
    let mut reasons = Vec::new();
    match age {
        Some(age) if age < YOUNG => {
            reasons.push(format!("its project is {} days old", age.as_hours() / 24));
        }
        Some(_) => {}
        None => reasons.push("the index does not say how old its project is".to_owned()),
    }
    if let Some(known) = resembles(&project.name).filter(|_| releases <= MANY_RELEASES) {
        reasons.push(format!("its name resembles {known}"));
    }
    (!reasons.is_empty()).then(|| format!("{}, with {count}", reasons.join(", and ")))
}

/// The well-known name that a name is one letter away from, or spells with other separators.
fn resembles(name: &PackageName) -> Option<&'static str> {
    let name = name.as_str();
    let mut known = WELL_KNOWN.lines();
    if known.clone().any(|known| known == name) {
        return None;
    }
    let joined = |name: &str| name.replace('-', "");
    known.find(|known| {
        let is_long = name.len() >= SHORTEST && known.len() >= SHORTEST;
        is_long && strsim::osa_distance(name, known) == 1 || joined(name) == joined(known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_one_letter_away_from_a_well_known_one_resembles_it() {
        let resembles = |name: &str| resembles(&name.parse().unwrap());
        for (name, known) in [
            ("reqeusts", Some("requests")),
            ("requets", Some("requests")),
            ("scikitlearn", Some("scikit-learn")),
            ("requests", None),
            ("flasks", Some("flask")),
            ("numpyro", None),
            ("rq", None),
        ] {
            assert_eq!(resembles(name), known, "{name}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_holds_normalised_names() {
        let names: Vec<&str> = WELL_KNOWN.lines().collect();
        assert!(names.is_sorted());
        for name in names {
            assert_eq!(name.parse::<PackageName>().unwrap().as_str(), name);
        }
    }
}
