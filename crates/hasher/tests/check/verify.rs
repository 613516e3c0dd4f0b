//! What an index says of a strict file: every way in which a file or a release can have changed.

use harden_hasher::{Expectations, HashChoice, read};
use harden_packaging::PackageName;
use harden_requirements::Inputs;
use harden_testindex::Universe;
use insta::assert_snapshot;

use crate::common::{Texts, shown, targets};

const TARGETS: &str = "manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311";

const UNIVERSE: &str = "
    app 1.0 requires=fast-c>=2 extra:cli=shell
    fast-c 2.1 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64,cp312-cp312-win_amd64
    fast-c 2.2 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64
    shell 3.0 python=>=3.8
";

const LINUX: &str = "fast_c-2.1-cp311-cp311-manylinux2014_aarch64.whl";
const WINDOWS: &str = "fast_c-2.1-cp311-cp311-win_amd64.whl";

fn strict() -> String {
    strict_of(UNIVERSE)
}

/// The strict file with the hashes that its files have in a universe.
fn strict_of(universe: &str) -> String {
    let universe = Universe::new(universe);
    let pin = |line: &str, comments: &str, files: &[&str]| {
        let hashes: Vec<String> = files
            .iter()
            .map(|file| format!("--hash=sha256:{}", universe.file(file).unwrap().sha256()))
            .collect();
        let names: String = files
            .iter()
            .flat_map(|file| ["    # ", file, "\n"])
            .collect();
        format!(
            "{line} \\\n    {}\n{comments}{names}",
            hashes.join(" \\\n    ")
        )
    };
    let zeros = "0".repeat(64);
    format!("# harden: 1 inputs=sha256:{zeros} pins=sha256:{zeros} platforms={TARGETS}\n")
        + &pin(
            "app==1.0",
            "    # via -r loose.txt\n    # extras: cli\n",
            &["app-1.0-py3-none-any.whl"],
        )
        + &pin("fast-c==2.1", "    # via app\n", &[LINUX, WINDOWS])
        + &pin(
            "shell==3.0",
            "    # via app\n",
            &["shell-3.0-py3-none-any.whl"],
        )
}

/// Expectations that say nothing but what is given, for no target.
fn expectations<'a>(inputs: &'a Inputs, overrides: &'a Inputs) -> Expectations<'a> {
    Expectations {
        inputs,
        overrides,
        excluded: &[],
        markers: &[],
        follows_dependencies: true,
        input_lines: &[],
        targets: &[],
        folder: "",
    }
}

/// What an index that holds `universe` says of `strict`; what the file itself is blamed for is left out.
fn asked(strict: &str, universe: &str, expectations: Expectations<'_>) -> String {
    let targets = &targets(strict.as_bytes());
    let expectations = Expectations {
        targets,
        ..expectations
    };
    let file = read(strict.as_bytes(), "strict.txt", "harden loose.txt");
    let findings = file
        .verify(
            &expectations,
            HashChoice::Selected,
            &Universe::new(universe),
        )
        .unwrap();
    let of_index: Vec<_> = findings
        .into_iter()
        .filter(|finding| !["header", "edited"].contains(&finding.rule.name()))
        .collect();
    shown(&of_index)
}

fn verified(strict: &str, universe: &str) -> String {
    let inputs = Texts::new(&[("loose.txt", "app[cli]")]).read("loose.txt");
    asked(strict, universe, expectations(&inputs, &Texts::none()))
}

fn after(old: &str, new: &str) -> String {
    assert!(UNIVERSE.contains(old));
    verified(&strict(), &UNIVERSE.replacen(old, new, 1))
}

/// The same where the file was made of the changed universe, by rules that nobody knows.
fn locked_over(old: &str, new: &str) -> String {
    assert!(UNIVERSE.contains(old));
    let universe = UNIVERSE.replacen(old, new, 1);
    verified(&strict_of(&universe), &universe)
}

#[test]
fn a_file_that_the_index_agrees_with_passes() {
    assert_eq!(verified(&strict(), UNIVERSE), "");
}

#[test]
fn a_swapped_hash_is_named_by_the_file_it_is_of() {
    let universe = Universe::new(UNIVERSE);
    let hash = |file: &str| universe.file(file).unwrap().sha256().to_string();
    let swapped = |other: &str| strict().replace(&hash(LINUX), &hash(other));
    // Another release, another package, another file of the release, and nobody's.
    assert_snapshot!(verified(&swapped("fast_c-2.2-cp311-cp311-manylinux2014_aarch64.whl"), UNIVERSE), @r"
    strict.txt:7: a hash of fast-c 2.1 was replaced: it belongs to fast_c-2.2-cp311-cp311-manylinux2014_aarch64.whl, which the pin does not name [foreign-hash]
    strict.txt:7: fast-c 2.1 has no hash of a file that the target can install, on manylinux2014_aarch64-cp-311-cp311 [no-file]
    ");
    assert_snapshot!(verified(&swapped("shell-3.0-py3-none-any.whl"), UNIVERSE), @r"
    strict.txt:7: a hash of fast-c 2.1 was replaced: it belongs to shell-3.0-py3-none-any.whl, which the pin does not name [foreign-hash]
    strict.txt:7: fast-c 2.1 has no hash of a file that the target can install, on manylinux2014_aarch64-cp-311-cp311 [no-file]
    ");
    assert_snapshot!(verified(&swapped("fast_c-2.1-cp312-cp312-win_amd64.whl"), UNIVERSE), @r"
    strict.txt:7: a hash of fast-c 2.1 was replaced: it belongs to fast_c-2.1-cp312-cp312-win_amd64.whl, which the pin does not name [foreign-hash]
    strict.txt:7: fast-c 2.1 has no hash of a file that the target can install, on manylinux2014_aarch64-cp-311-cp311 [no-file]
    strict.txt:7: fast_c-2.1-cp312-cp312-win_amd64.whl fits none of the targets [no-file]
    ");
    let added = strict().replace(
        &hash(WINDOWS),
        &format!("{} \\\n    --hash=sha256:{}", hash(WINDOWS), "f".repeat(64)),
    );
    assert_snapshot!(verified(&added, UNIVERSE), @r"strict.txt:7: sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff is not the hash of any file of fast-c 2.1 on the index [foreign-hash]");
}

#[test]
fn a_replaced_file_is_reported_with_its_hash_now() {
    assert_snapshot!(after("shell 3.0", "shell 3.0 pad=10"), @r"strict.txt:13: the hash of shell-3.0-py3-none-any.whl on the index is sha256:68b6a11a0f1a1f317d33b4a21c2feddb91006a69c865321df9ff7e852b94d6c1, which is not pinned: the file was replaced there, or the pin was changed here [replaced]");
}

#[test]
fn vanished_files_are_reported() {
    assert_snapshot!(after("shell 3.0 python=>=3.8", ""), @r"strict.txt:13: the index no longer has the project shell [vanished]");
    assert_snapshot!(after("shell 3.0", "shell 3.1"), @r"strict.txt:13: the index no longer has release 3.0 of shell [vanished]");
    assert_snapshot!(after("cp311-cp311-win_amd64,cp312", "cp312"), @r"
    strict.txt:7: the index no longer has the file fast_c-2.1-cp311-cp311-win_amd64.whl [vanished]
    strict.txt:7: fast-c 2.1 has no hash of a file that the target can install, on win_amd64-cp-311-cp311 [no-file]
    ");
}

#[test]
fn a_yanked_file_is_reported_with_the_reason_unless_the_user_pins_it() {
    assert_snapshot!(after("app 1.0", "app 1.0 yanked='deletes all files'"), @r"strict.txt:2: app-1.0-py3-none-any.whl is yanked: deletes all files [yanked]");
    assert_snapshot!(after("app 1.0", "app 1.0 yanked"), @r"strict.txt:2: app-1.0-py3-none-any.whl is yanked: no reason is given [yanked]");
    let own = Texts::new(&[("loose.txt", "app[cli]==1.0")]).read("loose.txt");
    let yanked = UNIVERSE.replace("app 1.0", "app 1.0 yanked");
    assert_eq!(
        asked(&strict(), &yanked, expectations(&own, &Texts::none())),
        ""
    );
}

#[test]
fn a_file_uploaded_after_two_weeks_is_reported_and_an_earlier_one_is_not() {
    let release = "fast-c 2.1";
    let late = |day: &str| {
        after(
            release,
            &format!("{release} uploaded=2024-05-01 uploaded@cp311-cp311-win_amd64={day}"),
        )
    };
    assert_eq!(late("2024-05-15"), "");
    assert_snapshot!(late("2024-05-16"), @r"strict.txt:7: fast_c-2.1-cp311-cp311-win_amd64.whl was uploaded 15 days after its release began [late-upload]");
}

#[test]
fn requirements_of_the_files_are_met_on_every_target() {
    assert_snapshot!(locked_over("fast-c>=2", "fast-c>=2.2"), @r"strict.txt:2: app 1.0 requires `fast-c>=2.2`, which the pin fast-c==2.1 does not meet [dependency]");
    assert_snapshot!(locked_over("fast-c>=2", "fast-c,shell<3;os_name=='nt',newcomer"), @r"
    strict.txt:2: app 1.0 requires `shell<3`, which the pin shell==3.0 does not meet, on win_amd64-cp-311-cp311 [dependency]
    strict.txt:2: app 1.0 requires newcomer, which is not pinned [dependency]
    ");
    assert_snapshot!(locked_over("extra:cli=shell", "extra:cli=shell<3"), @r"strict.txt:2: app 1.0 requires `shell<3`, which the pin shell==3.0 does not meet [dependency]");
    assert_eq!(
        locked_over("extra:cli=shell", "extra:cli=shell extra:other=unknown"),
        ""
    );
    assert_snapshot!(locked_over("python=>=3.8", "python=>=3.12"), @r"strict.txt:13: shell 3.0 requires Python >=3.12 [dependency]");
    assert_snapshot!(locked_over("shell 3.0", "shell 3.0 metadata=broken"), @r"strict.txt:13: the metadata of shell-3.0-py3-none-any.whl has no field Name [dependency]");
}

#[test]
fn overrides_exclusions_and_no_deps_are_kept() {
    let newer = UNIVERSE.replace("fast-c>=2", "fast-c>=2.2");
    let overrides = Texts::new(&[("overrides.txt", "fast-c==2.1")]).read("overrides.txt");
    let excluded: [PackageName; 1] = ["fast-c".parse().unwrap()];
    let none = Texts::none();
    for expectations in [
        expectations(&none, &overrides),
        Expectations {
            excluded: &excluded,
            ..expectations(&none, &none)
        },
        Expectations {
            follows_dependencies: false,
            ..expectations(&none, &none)
        },
    ] {
        assert_eq!(asked(&strict_of(&newer), &newer, expectations), "");
    }
}

#[test]
fn each_target_has_a_file() {
    let universe = Universe::new(UNIVERSE);
    let windows = universe.file(WINDOWS).unwrap().sha256();
    let without = strict()
        .replace(&format!(" \\\n    --hash=sha256:{windows}"), "")
        .replace(&format!("    --hash=sha256:{windows} \\\n"), "")
        .replace(&format!("    # {WINDOWS}\n"), "");
    assert_snapshot!(verified(&without, UNIVERSE), @r"strict.txt:7: fast-c 2.1 has no hash of a file that the target can install, on win_amd64-cp-311-cp311 [no-file]");
}

/// Files of indexes that list no SHA-256 are hashed, if the strict file names them.
#[test]
fn a_hash_that_is_not_listed_is_computed() {
    assert_eq!(after("shell 3.0", "shell 3.0 hash=none"), "");
}

#[test]
fn an_index_that_fails_is_an_error_and_no_finding() {
    let universe = Universe::new(UNIVERSE).failing("shell");
    let none = Texts::none();
    let strict = strict();
    let file = read(strict.as_bytes(), "strict.txt", "harden loose.txt");
    let error = file
        .verify(&expectations(&none, &none), HashChoice::Selected, &universe)
        .unwrap_err();
    assert_snapshot!(error, @r"cannot read the page of shell: connection refused");
}
