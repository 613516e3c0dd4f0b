//! What a lock is made from besides requirements files: projects, scripts, constraints, cutoffs.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

#[test]
fn a_script_is_locked_by_its_block() {
    let sandbox = Sandbox::new("lib 1.0\nlib 2.0");
    sandbox.write(
        "tool.py",
        r#"# /// script
        # requires-python = ">=3.11"
        # dependencies = ["lib<2"]
        # ///
        import lib"#,
    );
    assert_snapshot!(sandbox.harden(&format!("tool.py -p {FOREIGN}")), @r"
    exit 0
    --- stdout
    # Hardened by harden; change tool.py and run this again, rather than edit:
    #     harden tool.py --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via -r tool.py
        # lib-1.0-py3-none-any.whl
    --- stderr
    resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn a_project_that_does_not_admit_the_targets_python_is_not_locked_for_it() {
    let sandbox = Sandbox::new("lib 1.0");
    let project = |python: &str| {
        let text = format!(
            "[project]\nname = 'shop'\nrequires-python = '{python}'\ndependencies = ['lib']"
        );
        sandbox.write("pyproject.toml", &text);
        sandbox.harden(&format!("pyproject.toml -p {FOREIGN}"))
    };
    assert_snapshot!(project(">=3.12"), @"
    exit 2
    --- stderr
    error: pyproject.toml:3 requires Python >=3.12, which excludes manylinux2014_aarch64-cp-311-cp311
    hint: lock for a Python that the project supports, or change its requires-python
    ");
    assert_snapshot!(project(">=3.11.4"), @"
    exit 2
    --- stderr
    error: pyproject.toml:3 requires Python >=3.11.4, which admits only some patch releases of manylinux2014_aarch64-cp-311-cp311
    hint: name the patch release, as in manylinux2014_aarch64-cp-3.11.9-cp311
    ");
    assert_eq!(project(">=3.9").code, Some(0));
}

#[test]
fn extras_and_groups_need_a_project_that_has_them() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox
        .write("loose.txt", "lib")
        .write("pyproject.toml", "[dependency-groups]\ndev = ['lib']");
    assert_snapshot!(sandbox.harden(&format!("loose.txt --extra x -p {FOREIGN}")), @"
    exit 2
    --- stderr
    error: --extra and --group need a pyproject.toml, and none is given
    hint: add it, as in `harden pyproject.toml --group dev`
    ");
    assert_snapshot!(sandbox.harden(&format!("pyproject.toml --group doc -p {FOREIGN}")), @"
    exit 2
    --- stderr
    error: pyproject.toml: there is no dependency group `doc`; there are `dev`
    ");
    let strict = sandbox.harden(&format!("pyproject.toml -q --group dev -p {FOREIGN}"));
    assert!(strict.good().contains("lib==1.0 "));
}

#[test]
fn constraints_limit_and_require_nothing() {
    let sandbox = Sandbox::new("app 1.0 requires=lib\nlib 1.0\nlib 2.0\nother 1.0");
    sandbox
        .write("loose.txt", "app")
        .write("limits.txt", "lib<2\nother==1.0");
    let strict = sandbox.harden(&format!("loose.txt -q -c limits.txt -p {FOREIGN}"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --constraint limits.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via app
        # lib-1.0-py3-none-any.whl
    ");
}

/// A moment is recorded, and kept until somebody asks for another.
#[test]
fn a_cooldown_is_counted_from_the_first_run_and_moves_on_upgrade() {
    let sandbox = Sandbox::new("lib 1.0 uploaded=2024-01-01\nlib 2.0 uploaded=2025-01-01");
    sandbox.write("loose.txt", "lib");
    let command = format!("loose.txt -q -p {FOREIGN} -o strict.txt --exclude-newer P7D");
    sandbox.harden(&command).good();
    let strict = sandbox.read("strict.txt");
    let moment = |text: &str| {
        let (_, rest) = text.split_once(" exclude-newer=").expect("it is recorded");
        rest.lines().next().expect("a line").to_owned()
    };
    assert!(strict.contains("--exclude-newer P7D"), "{strict}");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    sandbox.harden(&command).good();
    assert_eq!(sandbox.read("strict.txt"), strict);
    sandbox.harden(&format!("{command} -U")).good();
    assert_ne!(moment(&sandbox.read("strict.txt")), moment(&strict));
}

#[test]
fn one_package_may_have_a_cutoff_of_its_own() {
    let sandbox = Sandbox::new(
        "a 1.0 uploaded=2024-01-01\na 2.0 uploaded=2025-01-01\nb 1.0 uploaded=2024-01-01\nb 2.0 uploaded=2025-01-01",
    );
    sandbox.write("loose.txt", "a\nb");
    let strict = sandbox.harden(&format!(
        "loose.txt -q -p {FOREIGN} --exclude-newer 2024-06-01 --exclude-newer-package b=false"
    ));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --exclude-newer 2024-06-01T00:00:00Z --exclude-newer-package b=false --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311 exclude-newer=2024-06-01T00:00:00Z
    --index-url [index]/simple/
    a==1.0 \
        --hash=sha256:<a-1.0-py3-none-any.whl>
        # via -r loose.txt
        # a-1.0-py3-none-any.whl
    b==2.0 \
        --hash=sha256:<b-2.0-py3-none-any.whl>
        # via -r loose.txt
        # b-2.0-py3-none-any.whl
    ");
}

#[test]
fn an_index_without_upload_times_is_no_reason_to_guess() {
    let sandbox = Sandbox::new(
        "
        a 1.0 uploaded=2024-01-01
        a 2.0 uploaded=none modified=2024-05-01
        a 3.0 uploaded=none modified=2024-07-01
        b 1.0 uploaded=none
        ",
    );
    sandbox.write("loose.txt", "a").write("other.txt", "b");
    let command = format!("-p {FOREIGN} --exclude-newer 2024-06-01");
    assert_snapshot!(sandbox.harden(&format!("loose.txt {command}")), @"
    exit 2
    --- stderr
    error: the index does not say when a-3.0-py3-none-any.whl was uploaded, so --exclude-newer cannot be honoured
    hint: --undated reject leaves such files out, `allow` takes them, `last-modified` goes by what their server says
    hint: --exclude-newer-package a=false lifts the cutoff for this package
    ");
    let chosen = |undated: &str| {
        let strict = sandbox.harden(&format!("loose.txt {command} --undated {undated}"));
        let strict = strict.good();
        let pin = strict.lines().find(|line| line.starts_with("a=="));
        pin.unwrap_or_default().replace(" \\", "")
    };
    assert_eq!(chosen("reject"), "a==1.0");
    assert_eq!(chosen("allow"), "a==3.0");
    assert_eq!(chosen("last-modified"), "a==2.0");
    let command = format!("other.txt {command} --undated last-modified");
    assert_snapshot!(sandbox.harden(&command), @"
    exit 2
    --- stderr
    error: neither the index nor the server says when b-1.0-py3-none-any.whl was uploaded, so --exclude-newer cannot be honoured
    hint: --undated reject leaves such files out, `allow` takes them
    hint: --exclude-newer-package b=false lifts the cutoff for this package
    ");
}

#[test]
fn hashes_of_all_files_are_those_that_the_cutoff_lets_in() {
    let sandbox = Sandbox::new(
        "
        a 1.0 uploaded=2024-01-01 wheels=py3-none-any,py2.py3-none-any sdist uploaded@sdist=none uploaded@py2.py3-none-any=2025-01-01
        ",
    );
    sandbox.write("loose.txt", "a");
    let files = |options: &str| -> Vec<String> {
        let command = format!("loose.txt -q -p {FOREIGN} --hashes all {options}");
        let strict = sandbox.harden(&command).good();
        let names = strict
            .lines()
            .filter_map(|line| line.strip_prefix("    # a-"));
        names.map(str::to_owned).collect()
    };
    assert_eq!(files("").len(), 3);
    assert_eq!(
        files("--exclude-newer 2024-06-01 --undated reject"),
        ["1.0-py3-none-any.whl"]
    );
    assert_eq!(
        files("--exclude-newer 2024-06-01 --exclude-newer-package a=false").len(),
        3
    );
}
