//! The main promise: on each target, a strict file is complete, consistent, and has nothing more than
//! needed. [`crate::oracle`] is the judge.

use std::fmt::Write as _;
use std::time::Duration;

use harden_testindex::Fault;

use crate::oracle::{judge, meanings};
use crate::sandbox::Sandbox;

const UNIVERSE: &str = r#"
    web 1.0 requires=core>=1,<3 requires='winsvc; sys_platform == "win32"' extra:fast='loop>=1; sys_platform != "win32"'
    web 1.1 requires=core>=1,<3 requires='compat; python_version < "3.11"' extra:fast='loop>=1; os_name == "posix"' extra:all=web[fast],extra-only
    core 2.0 wheels=cp311-cp311-manylinux2014_aarch64,cp312-cp312-manylinux2014_x86_64,cp310-cp310-win_amd64 requires=deep!=1.1
    core 2.1 wheels=cp312-cp312-manylinux2014_x86_64 requires=deep
    core 3.0
    loop 1.0 wheels=cp38-abi3-manylinux2014_aarch64,cp38-abi3-manylinux2014_x86_64 requires='deep>=1; implementation_name == "cpython"'
    winsvc 1.0 wheels=cp310-cp310-win_amd64
    compat 1.0 python=<3.11 requires='older; python_full_version < "3.10.20"'
    older 1.0
    deep 1.0
    deep 1.1
    deep 1.2 python=>=3.11
    extra-only 1.0 requires=web
    tool 1.0 requires='arm-tool; platform_machine == "aarch64"' requires='pc-tool; platform_machine in "x86_64 AMD64"'
    arm-tool 1.0
    pc-tool 1.0
"#;

const INPUTS: [&[&str]; 4] = [
    &["web"],
    &["web[fast]", "deep<1.2"],
    &["web[all]", "tool; platform_system == 'Linux'"],
    &["tool", "core!=2.1", "web==1.0"],
];

#[test]
fn a_strict_file_for_one_target_installs_exactly_what_is_needed_there() {
    for target in meanings() {
        let sandbox = Sandbox::new(UNIVERSE);
        for loose in INPUTS {
            sandbox.write("loose.txt", &loose.join("\n"));
            let strict = sandbox
                .harden(&format!("loose.txt -p {}", target.spelling))
                .good();
            judge(sandbox.server().universe(), loose, &strict, &target);
        }
    }
}

#[test]
fn a_strict_file_for_all_targets_installs_exactly_what_is_needed_on_each() {
    let sandbox = Sandbox::new(UNIVERSE);
    let targets = meanings().map(|target| target.spelling).join(" -p ");
    for loose in INPUTS {
        sandbox.write("loose.txt", &loose.join("\n"));
        let strict = sandbox.harden(&format!("loose.txt -p {targets}")).good();
        for target in meanings() {
            judge(sandbox.server().universe(), loose, &strict, &target);
        }
    }
}

/// In random universes, every answer of `harden` is valid.
#[test]
fn strict_files_of_random_universes_are_complete_and_consistent() {
    let targets = meanings();
    let named = meanings().map(|target| target.spelling).join(" -p ");
    let mut answered = 0;
    for seed in 1..=40 {
        let mut dice = Dice(seed);
        let universe = random_universe(&mut dice);
        let sandbox = Sandbox::new(&universe);
        let loose = [random_requirement(&mut dice), random_requirement(&mut dice)];
        let loose: Vec<&str> = loose.iter().map(String::as_str).collect();
        sandbox.write("loose.txt", &loose.join("\n"));
        let outcome = sandbox.harden(&format!("loose.txt -p {named}"));
        match outcome.code {
            Some(0) => {
                answered += 1;
                for target in &targets {
                    judge(sandbox.server().universe(), &loose, &outcome.stdout, target);
                }
            }
            Some(1) => {}
            _ => panic!("{loose:?} in{universe}gave {outcome}"),
        }
    }
    assert!(
        (10..=35).contains(&answered),
        "{answered} answers: the worlds are too easy or too hard"
    );
}

const TAGS: [&str; 7] = [
    "py3-none-any",
    "cp311-cp311-manylinux2014_aarch64",
    "cp312-cp312-manylinux2014_x86_64",
    "cp310-cp310-win_amd64",
    "cp38-abi3-manylinux2014_aarch64",
    "cp38-abi3-manylinux2014_x86_64",
    "cp38-abi3-win_amd64",
];

const MARKERS: [&str; 6] = [
    "sys_platform == 'win32'",
    "platform_machine == 'aarch64'",
    "python_version < '3.11'",
    "python_full_version >= '3.12.1'",
    "os_name == 'posix' and python_version != '3.12'",
    "platform_system in 'Linux Darwin'",
];

const PROJECTS: u64 = 6;

/// Some releases of some projects, which require one another.
pub fn random_universe(dice: &mut Dice) -> String {
    let mut universe = String::from("\n");
    for project in 0..PROJECTS {
        for version in 1..=3 {
            let wheels = match dice.roll(4) {
                0 => TAGS
                    .iter()
                    .skip(1)
                    .filter(|_| dice.roll(3) > 0)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(","),
                _ => TAGS[0].to_owned(),
            };
            let wheels = if wheels.is_empty() { "none" } else { &wheels };
            write!(universe, "p{project} {version}.0 wheels={wheels}").expect("memory");
            for _ in 0..dice.roll(3) {
                let key = if dice.roll(4) == 0 {
                    "extra:x"
                } else {
                    "requires"
                };
                let requirement = random_requirement(dice);
                write!(universe, " {key}=\"{requirement}\"").expect("memory");
            }
            if dice.roll(5) == 0 {
                universe.push_str([" python=<3.12", " python=>=3.11"][dice.pick(2)]);
            }
            universe.push('\n');
        }
    }
    universe
}

pub fn random_requirement(dice: &mut Dice) -> String {
    let extra = if dice.roll(5) == 0 { "[x]" } else { "" };
    let specifiers = ["", "", ">=2", "<3", "!=2.0", "==1.*", "~=2.0"][dice.pick(7)];
    let marker = match dice.roll(3) {
        0 => format!("; {}", MARKERS[dice.pick(MARKERS.len())]),
        _ => String::new(),
    };
    format!("p{}{extra}{specifiers}{marker}", dice.roll(PROJECTS))
}

/// The answer depends on the content of the index, and not on the order or the timing of its responses.
#[test]
fn fifty_runs_over_slow_and_shuffled_indexes_give_the_same_bytes() {
    let mut dice = Dice(50);
    let mut lines: Vec<&str> = UNIVERSE.lines().collect();
    let targets = meanings().map(|target| target.spelling).join(" -p ");
    let mut first = None;
    for _ in 0..50 {
        for place in (1..lines.len()).rev() {
            lines.swap(place, dice.pick(place + 1));
        }
        let sandbox = Sandbox::new(&lines.join("\n"));
        for late in [
            "/web/",
            "/core/",
            "/deep/",
            "/loop/",
            ".metadata",
            "/extra-only/",
        ] {
            let pause = Duration::from_millis(dice.roll(9));
            sandbox.server().fault(late, Fault::Late(pause));
        }
        sandbox.write("loose.txt", "web[all]\ntool; platform_system == 'Linux'");
        let strict = sandbox
            .harden(&format!("loose.txt -p {targets}"))
            .good_shown();
        assert_eq!(*first.get_or_insert_with(|| strict.clone()), strict);
    }
}

/// Pseudo-random numbers, the same each time.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    pub fn pick(&mut self, length: usize) -> usize {
        usize::try_from(self.roll(length as u64)).expect("it is below a usize")
    }
}
