//! Inputs other than requirements files: projects, scripts, constraints, cutoffs.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

#[test]
fn a_script_is_locked_by_its_metadata_block() {
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
        # metadata sha256:[digest]
    --- stderr
    resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn a_project_is_not_locked_for_a_python_that_it_does_not_admit() {
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
    assert_snapshot!(sandbox.harden(&format!("pyproject.toml --group doc -p {FOREIGN}")), @r"
    exit 2
    --- stderr
    error: pyproject.toml: there is no dependency group `doc`; known: `dev`
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
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via app
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

/// The moment is recorded, and kept until the user upgrades.
#[test]
fn a_cooldown_counts_from_the_first_run_and_moves_on_upgrade() {
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
        # metadata sha256:[digest]
    b==2.0 \
        --hash=sha256:<b-2.0-py3-none-any.whl>
        # via -r loose.txt
        # b-2.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn upload_times_are_not_guessed() {
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
    error: the index does not say when a-3.0-py3-none-any.whl was uploaded, so --exclude-newer cannot be applied
    hint: --undated reject ignores such files, `allow` accepts them, `last-modified` uses the time that their server gives
    hint: --exclude-newer-package a=false removes the cutoff for this package
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
    error: neither the index nor the server says when b-1.0-py3-none-any.whl was uploaded, so --exclude-newer cannot be applied
    hint: --undated reject ignores such files, `allow` accepts them
    hint: --exclude-newer-package b=false removes the cutoff for this package
    ");
}

#[test]
fn hashes_of_all_files_respect_the_cutoff() {
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

/// A requirement of the project itself means its extras, in a group and in a file that is locked with it.
/// A stranger's package of the same name is never pinned.
#[test]
fn the_name_of_the_own_project_is_not_looked_up() {
    let sandbox =
        Sandbox::new("ours 9.0 requires=foreign\nforeign 1.0\nwanted 1.0\nbase 1.0\nmore 1.0");
    sandbox.write(
        "pyproject.toml",
        "[project]
        name = 'Ours'
        dependencies = ['base']
        [project.optional-dependencies]
        test = ['wanted', 'ours[more]; python_version > \"3\"']
        more = ['more', 'ours[test]; os_name == \"posix\"']
        [dependency-groups]
        dev = ['ours[test]']",
    );
    sandbox.write("dev.txt", "ours[more]");
    let pins = |arguments: &str| {
        let strict = sandbox.harden(&format!("{arguments} -p {FOREIGN}")).good();
        let pins = strict.lines().filter_map(|line| line.split_once("=="));
        pins.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        pins("pyproject.toml --group dev"),
        ["base", "more", "wanted"]
    );
    assert_eq!(pins("pyproject.toml dev.txt"), ["base", "more", "wanted"]);
    assert_snapshot!(sandbox.harden(&format!("dev.txt --no-deps -p {FOREIGN}")), @r"
    exit 0
    --- stdout
    # Hardened by harden; change dev.txt and run this again, rather than edit:
    #     harden dev.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/ --no-deps
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    ours==9.0 \
        --hash=sha256:<ours-9.0-py3-none-any.whl>
        # via -r dev.txt
        # ours-9.0-py3-none-any.whl
        # metadata sha256:[digest]
    --- stderr
    warning: dev.txt:1: ours has the name of the project in pyproject.toml but is taken from an index; to lock the project itself, name pyproject.toml too
    warning: ours 9.0 has no extra `more`, nor any other
    resolved 1 package for 1 target in [time]
    ");
}

/// Settings of other tools that would change the answer are named in a warning.
#[test]
fn settings_of_other_tools_are_warnings() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write(
        "pyproject.toml",
        "[project]
        name = 'ours'
        dependencies = ['lib']
        [tool.uv]
        constraint-dependencies = ['lib<1']
        [tool.uv.sources]
        lib = { path = '../lib' }",
    );
    let url = sandbox.server().index_url();
    let variables = [
        ("PIP_INDEX_URL", url.as_str()),
        ("PIP_CONSTRAINT", "c.txt"),
        ("PIP_PRE", "1"),
    ];
    let arguments = format!("pyproject.toml -p {FOREIGN} -o strict.txt");
    assert_snapshot!(sandbox.harden_as_pip(&variables, &arguments), @r"
    exit 0
    --- stderr
    warning: pyproject.toml:5: `constraint-dependencies` in `[tool.uv]` has no effect; write them to a file for --constraint
    warning: pyproject.toml:7: `lib` in `[tool.uv.sources]` has no effect; the package comes from the index; use --index-package, or a URL or path in its requirement
    warning: PIP_CONSTRAINT has no effect; use --constraint
    warning: PIP_PRE has no effect; use --prerelease allow
    resolved 1 package for 1 target in [time]
    ");
}

/// Answers every request on loopback with the text that is in `content` at that moment.
fn serve(content: &Arc<Mutex<&'static str>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    let content = Arc::clone(content);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client connects");
            let mut lines = BufReader::new(stream.try_clone().expect("it is open")).lines();
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let text = *content.lock().expect("no test panics while it holds it");
            let length = text.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
            );
        }
    });
    format!("http://{address}/constraints-3.11.txt")
}

/// Airflow publishes its constraints this way. The content counts, so `check` notices a change.
#[test]
fn constraints_and_requirements_may_be_urls() {
    let sandbox = Sandbox::new("app 1.0 requires=dep\napp 2.0 requires=dep\ndep 1.0\ndep 2.0");
    let content = Arc::new(Mutex::new("app==1.0\ndep==1.0\n"));
    let url = serve(&content);
    sandbox.write("loose.txt", &format!("app\n-c {url}"));
    sandbox.write("plain.txt", "app");
    let lock = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&lock).good();
    assert!(sandbox.read("strict.txt").contains("dep==1.0 "));
    let option = format!("plain.txt -c {url} -p {FOREIGN}");
    assert!(sandbox.harden(&option).good().contains("dep==1.0 "));
    let loose = format!("{url} -p {FOREIGN}");
    assert!(sandbox.harden(&loose).good().contains("app==1.0 "));
    sandbox.harden("check").good();
    *content.lock().unwrap() = "app==1.0\ndep==2.0\n";
    let checked = sandbox.harden("check").to_string();
    assert!(
        checked.contains("exit 1") && checked.contains("stale"),
        "{checked}"
    );
    let offline = sandbox.harden(&format!("{lock} --offline")).to_string();
    assert!(
        offline.contains("a URL cannot be read with --offline"),
        "{offline}"
    );
}

#[test]
fn a_file_that_is_included_by_its_url_has_at_most_16_mib() {
    let sandbox = Sandbox::new("app 1.0");
    for (bytes, code) in [(16 << 20, 0), ((16 << 20) + 1, 2)] {
        let comment: &'static str = "#".repeat(bytes).leak();
        let url = serve(&Arc::new(Mutex::new(comment)));
        sandbox.write("loose.txt", &format!("app\n-c {url}"));
        let locked = sandbox.harden(&format!("loose.txt -q -p {FOREIGN} -o strict.txt"));
        assert_eq!(locked.code, Some(code), "{bytes}: {locked}");
        assert_eq!(
            locked.stderr.contains("it is larger than 16 MiB"),
            code != 0
        );
    }
}

/// The digest in the strict file counts where a URL cannot be read.
#[test]
fn check_needs_no_network_for_urls() {
    let sandbox = Sandbox::new("app 1.0 requires=dep\napp 2.0 requires=dep\ndep 1.0\ndep 2.0");
    let content = Arc::new(Mutex::new("app==1.0\n"));
    let url = serve(&content);
    sandbox.write("loose.txt", &format!("dep<2\n-r {url}"));
    let lock = format!("loose.txt -p {FOREIGN} -o strict.txt -q");
    sandbox.harden(&lock).good();
    let strict = sandbox.read("strict.txt");
    assert!(
        strict.contains(&format!("# url: {url} sha256:")),
        "{strict}"
    );
    let offline = sandbox.harden("check --offline");
    let text = offline.stderr.replace(&url, "[url]");
    assert_snapshot!(text, @r"
    warning: [url] is compared by the digest in strict.txt alone: a URL cannot be read with --offline
    strict.txt: 2 pins, 1 target, up to date
    ");
    offline.good();
    // What this machine has is compared all the same.
    sandbox.write("loose.txt", &format!("dep<1.5\n-r {url}"));
    let changed = sandbox.harden("check --offline -q").to_string();
    assert!(changed.contains("[stale]"), "{changed}");
    sandbox.write("loose.txt", "dep<2");
    let changed = sandbox.harden("check --offline -q").to_string();
    assert!(changed.contains("[stale]"), "{changed}");
    sandbox.write("loose.txt", &format!("dep<2\n-r {url}"));
    *content.lock().unwrap() = "app==2.0\n";
    let changed = sandbox
        .harden("check -q")
        .to_string()
        .replace(&url, "[url]");
    assert_snapshot!(changed, @r"
    exit 1
    --- stdout
    strict.txt:4: [url] has changed since the file was written [stale]
    [url]:1: `app==2.0` is not met by the pin app==1.0 [unmet]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
}

#[test]
fn a_url_that_cannot_be_read_is_a_failure_of_the_network() {
    let sandbox = Sandbox::new("app 1.0");
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    sandbox.write("loose.txt", &format!("app\n-c http://{address}/c.txt"));
    let outcome = sandbox
        .harden(&format!("loose.txt -p {FOREIGN}"))
        .to_string();
    assert_snapshot!(outcome.replace(&address.to_string(), "[address]"), @r"
    exit 3
    --- stderr
    error: http://[address]/c.txt: the file cannot be read: the server refuses the connection (tried 4 times)
      included from loose.txt:2
    ");
}

/// Settings of other tools that would change the answer are not ignored in silence.
#[test]
fn settings_of_other_tools_are_named() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox
        .write("uv.toml", "constraint-dependencies = ['lib<1']")
        .write(
            "pyproject.toml",
            "[project]\nname = 'ours'\nversion = '1'\ndependencies = ['lib']\n\
             [tool.poetry.dependencies]\nlib = '*'\n[tool.pdm.resolution]\n[tool.pdm.resolution.overrides]\nlib = '0.9'",
        );
    let variables = [("UV_OVERRIDE", "overrides.txt")];
    let outcome = sandbox.harden_with(
        &variables,
        &format!("pyproject.toml -p {FOREIGN} -o strict.txt"),
    );
    assert_snapshot!(outcome, @r"
    exit 0
    --- stderr
    warning: pyproject.toml:5: `[tool.poetry.dependencies]` has no effect; requirements are read from `[project]`
    warning: pyproject.toml:7: `[tool.pdm.resolution]` has no effect; use --override, --exclude and --prerelease
    warning: uv.toml:1: `constraint-dependencies` has no effect; write them to a file for --constraint
    warning: UV_OVERRIDE has no effect; use --override
    resolved 1 package for 1 target in [time]
    ");
    sandbox.write("pyproject.toml", "[tool.poetry.dependencies]\nlib = '*'");
    assert_snapshot!(sandbox.harden(&format!("pyproject.toml -p {FOREIGN}")), @r"
    exit 2
    --- stderr
    error: pyproject.toml: what `.` requires takes a build of it, which runs its code: Poetry keeps them in `[tool.poetry]`; allow it with `--build :all:`, or declare the dependencies in `[project]`
    ");
}
