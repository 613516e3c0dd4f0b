//! What is requested before its turn: it shortens a resolution and changes nothing.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use harden_packaging::{
    Completion, CoreMetadata, DistFile, ExtraName, Index, IndexError, PackageName, Project,
    Reference, Sha256,
};
use harden_resolver::{Options, Request, UsualDependencies, resolve};
use harden_testindex::Universe;
use proptest::prelude::*;

use crate::support::{LINUX, lines, pins};

/// An index that answers what is requested in advance one after the other, and notes the requests.
struct Announcing {
    universe: Universe,
    queue: Mutex<VecDeque<Completion>>,
    /// The names of the projects and files that were requested before each wait.
    waves: Mutex<Vec<Vec<String>>>,
}

impl Announcing {
    fn new(universe: &str) -> Self {
        Self {
            universe: Universe::new(universe),
            queue: Mutex::default(),
            waves: Mutex::new(vec![Vec::new()]),
        }
    }

    fn announce(&self, name: &str, completion: Completion) {
        self.queue.lock().unwrap().push_back(completion);
        let mut waves = self.waves.lock().unwrap();
        waves.last_mut().unwrap().push(name.to_owned());
    }
}

impl Index for Announcing {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        self.universe.project(name)
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        self.universe.metadata(file)
    }

    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        self.universe.direct(reference)
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        self.universe.sha256(file)
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        for name in names {
            self.announce(name.as_str(), Completion::Project(name.clone()));
        }
    }

    fn prefetch_metadata(&self, file: &Arc<DistFile>) {
        self.announce(&file.filename, Completion::Metadata(Arc::clone(file)));
    }

    fn next_completion(&self) -> Option<Completion> {
        self.waves.lock().unwrap().push(Vec::new());
        self.queue.lock().unwrap().pop_front()
    }
}

fn request(loose: &str, likely: &[&str]) -> Request {
    Request {
        requirements: lines("loose.txt", loose),
        constraints: Vec::new(),
        overrides: Vec::new(),
        excluded: BTreeSet::new(),
        targets: vec![LINUX.parse().unwrap()],
        markers: Vec::new(),
        options: Options {
            likely: likely.iter().map(|name| name.parse().unwrap()).collect(),
            ..Options::default()
        },
    }
}

const CHAIN: &str = "a 1 requires=b\nb 1 requires=c<2\nc 1\nc 2";

#[test]
fn the_pages_of_likely_packages_are_requested_first() {
    let index = Announcing::new(CHAIN);
    resolve(&request("a", &["b", "c", "absent"]), &index).unwrap();
    let waves = index.waves.into_inner().unwrap();
    assert_eq!(waves[0], ["a", "absent", "b", "c"]);
}

#[test]
fn the_newest_release_of_a_likely_package_is_requested_before_anything_requires_it() {
    let index = Announcing::new(CHAIN);
    resolve(&request("a", &["c"]), &index).unwrap();
    let waves = index.waves.into_inner().unwrap();
    let wave_of = |part: &str| {
        let mut found = waves.iter();
        found.position(|wave| wave.iter().any(|name| name.starts_with(part)))
    };
    assert!(wave_of("c-2-") < wave_of("c-1-"), "{waves:?}");
    assert!(wave_of("c-2-") < wave_of("b-1-"), "{waves:?}");
}

/// What requirements of `b`, and of `c` with an extra, usually lead to.
fn usual(name: &PackageName, extras: &[ExtraName], limit: usize) -> Vec<PackageName> {
    let names: &[&str] = match (name.as_str(), extras) {
        ("b", _) => &["c", "d", "absent"],
        ("c", [_]) => &["e"],
        _ => &[],
    };
    let names = names.iter().map(|name| name.parse().unwrap());
    names.take(limit).collect()
}

#[test]
fn pages_that_a_requirement_usually_leads_to_are_requested_with_its_own() {
    let index = Announcing::new("a 1 requires=b\nb 1 requires=c[x]\nc 1 requires=d\nd 1\ne 1");
    let mut request = request("a", &[]);
    request.options.usual = Some(usual);
    resolve(&request, &index).unwrap();
    let waves = index.waves.into_inner().unwrap();
    let wave_of = |page: &str| {
        let mut found = waves.iter();
        let wave = found.position(|wave| wave.iter().any(|name| name == page));
        wave.unwrap_or_else(|| panic!("{page}: {waves:?}"))
    };
    assert!(wave_of("a") < wave_of("b"));
    for with_b in ["c", "d", "absent"] {
        assert_eq!(wave_of(with_b), wave_of("b"), "{with_b}: {waves:?}");
    }
    assert!(wave_of("b") < wave_of("e"), "{waves:?}");
}

#[test]
fn packages_of_an_earlier_answer_lead_to_no_other_page() {
    let index = Announcing::new("a 1 requires=b\nb 1");
    let mut request = request("a", &[]);
    request.options.usual = Some(usual);
    let version = "1".parse().unwrap();
    let preferences = [("b".parse().unwrap(), BTreeSet::from([version]))];
    request.options.preferences = preferences.into();
    resolve(&request, &index).unwrap();
    let waves = index.waves.into_inner().unwrap().concat();
    assert!(!waves.iter().any(|page| page == "d"), "{waves:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn likely_packages_change_no_answer(
        likely in prop::sample::subsequence(vec!["a", "b", "c", "d", "e", "absent"], 0..6).prop_shuffle(),
        limits in prop::collection::vec(1..4_u32, 6),
    ) {
        let mut universe = String::new();
        for (place, name) in ["a", "b", "c", "d"].iter().enumerate() {
            let next = ["b", "c", "d", "e"][place];
            for version in 1..=3_u32 {
                let below = (limits[place] + version) % 4 + 1;
                let _ = writeln!(universe, "{name} {version} requires={next}<{below}");
            }
        }
        universe += "e 1\ne 2\ne 3\n";
        let loose = format!("a\nc<={}\nb>={}", limits[4], limits[5] - 1);
        let ask = |likely: &[&str], usual: Option<UsualDependencies>| {
            let mut request = request(&loose, likely);
            request.options.usual = usual;
            let answer = resolve(&request, &Announcing::new(&universe));
            answer.map(|answer| pins(&answer.resolution)).map_err(|error| error.to_string())
        };
        prop_assert_eq!(&ask(&likely, None), &ask(&[], None));
        prop_assert_eq!(ask(&likely, Some(usual)), ask(&[], None));
    }
}
