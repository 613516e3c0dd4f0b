//! `harden`: from loose requirements to a strict file.

use std::time::Duration;

use harden_testindex::Fault;
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

/// A small universe: an application, its dependencies and theirs.
pub const WEB: &str = "
    flask 2.0 requires=werkzeug>=2,<3,jinja2
    flask 2.1 requires=werkzeug>=2,<3,jinja2 extra:async=asgiref>=3
    werkzeug 2.3 requires=markupsafe
    werkzeug 3.0 requires=markupsafe
    jinja2 3.1 requires=markupsafe>=2
    markupsafe 2.1 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-manylinux2014_x86_64,cp311-cp311-win_amd64 sdist
    asgiref 3.8
";

#[test]
fn a_strict_file_pins_every_dependency_to_what_the_target_installs() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask[async]  # the application");
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN}"));
    assert_snapshot!(outcome, @r"
    exit 0
    --- stdout
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    asgiref==3.8 \
        --hash=sha256:<asgiref-3.8-py3-none-any.whl>
        # via flask
        # asgiref-3.8-py3-none-any.whl
        # metadata sha256:[digest]
    flask==2.1 \
        --hash=sha256:<flask-2.1-py3-none-any.whl>
        # via -r loose.txt
        # extras: async
        # flask-2.1-py3-none-any.whl
        # metadata sha256:[digest]
    jinja2==3.1 \
        --hash=sha256:<jinja2-3.1-py3-none-any.whl>
        # via flask
        # jinja2-3.1-py3-none-any.whl
        # metadata sha256:[digest]
    markupsafe==2.1 \
        --hash=sha256:<markupsafe-2.1-cp311-cp311-manylinux2014_aarch64.whl>
        # via
        #   jinja2
        #   werkzeug
        # markupsafe-2.1-cp311-cp311-manylinux2014_aarch64.whl
        # metadata sha256:[digest]
    werkzeug==2.3 \
        --hash=sha256:<werkzeug-2.3-py3-none-any.whl>
        # via flask
        # werkzeug-2.3-py3-none-any.whl
        # metadata sha256:[digest]
    --- stderr
    resolved 5 packages for 1 target in [time]
    ");
}

#[test]
fn with_an_output_file_nothing_goes_to_standard_output() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "jinja2");
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"));
    assert_snapshot!(outcome, @"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    jinja2==3.1 \
        --hash=sha256:<jinja2-3.1-py3-none-any.whl>
        # via -r loose.txt
        # jinja2-3.1-py3-none-any.whl
        # metadata sha256:[digest]
    markupsafe==2.1 \
        --hash=sha256:<markupsafe-2.1-cp311-cp311-manylinux2014_aarch64.whl>
        # via jinja2
        # markupsafe-2.1-cp311-cp311-manylinux2014_aarch64.whl
        # metadata sha256:[digest]
    ");
    assert_eq!(sandbox.list(""), ["loose.txt", "strict.txt"]);
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    let command = format!("loose.txt -p {FOREIGN} -p win_amd64-cp311");
    let first = sandbox.harden(&command).good();
    assert_eq!(sandbox.harden(&command).good(), first);
    let uncached = sandbox.harden(&format!("{command} --no-cache")).good();
    assert_eq!(uncached, first);
}

#[test]
fn a_second_run_requests_nothing_again() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    let command = format!("loose.txt -p {FOREIGN}");
    sandbox.harden(&command).good();
    sandbox.server().forget_requests();
    sandbox.harden(&command).good();
    assert_eq!(sandbox.server().requests(), []);
}

#[test]
fn only_pages_and_metadata_are_requested() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    sandbox.harden(&format!("loose.txt -p {FOREIGN}")).good();
    assert_eq!(sandbox.server().count(".whl"), 0);
    for project in ["flask", "werkzeug", "jinja2", "markupsafe"] {
        assert_eq!(sandbox.server().count(&format!("/simple/{project}/")), 1);
    }
}

#[test]
fn extras_are_united_and_may_require_other_extras() {
    let sandbox = Sandbox::new(
        "
        app 1 extra:all=app[fast,slow] extra:fast=speed extra:slow=patience
        speed 1
        patience 1
        user 1 requires=App[Fast]
        ",
    );
    sandbox.write("loose.txt", "app[all]\nuser");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1 \
        --hash=sha256:<app-1-py3-none-any.whl>
        # via
        #   -r loose.txt
        #   user
        # extras: all, fast, slow
        # app-1-py3-none-any.whl
        # metadata sha256:[digest]
    patience==1 \
        --hash=sha256:<patience-1-py3-none-any.whl>
        # via app
        # patience-1-py3-none-any.whl
        # metadata sha256:[digest]
    speed==1 \
        --hash=sha256:<speed-1-py3-none-any.whl>
        # via app
        # speed-1-py3-none-any.whl
        # metadata sha256:[digest]
    user==1 \
        --hash=sha256:<user-1-py3-none-any.whl>
        # via -r loose.txt
        # user-1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn an_unknown_extra_is_a_warning() {
    let sandbox = Sandbox::new("app 1");
    sandbox.write("loose.txt", "app[nonsense]");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN}")), @r"
    exit 0
    --- stdout
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1 \
        --hash=sha256:<app-1-py3-none-any.whl>
        # via -r loose.txt
        # app-1-py3-none-any.whl
        # metadata sha256:[digest]
    --- stderr
    warning: app 1 has no extra `nonsense`, nor any other
    resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn included_files_add_requirements_and_constraints_only_limit() {
    let sandbox = Sandbox::new(
        "
        app 1.0 requires=lib
        app 1.1 requires=lib
        lib 1.0
        lib 2.0
        tool 1.0
        unused 1.0
        ",
    );
    sandbox
        .write("loose.txt", "-r more/tools.txt\n-c bounds.txt\napp")
        .write("more/tools.txt", "tool")
        .write("bounds.txt", "lib<2\nunused==1.0");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.1 \
        --hash=sha256:<app-1.1-py3-none-any.whl>
        # via -r loose.txt
        # app-1.1-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via app
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    tool==1.0 \
        --hash=sha256:<tool-1.0-py3-none-any.whl>
        # via -r more/tools.txt
        # tool-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn a_yanked_release_needs_an_exact_pin_and_is_a_warning() {
    let sandbox = Sandbox::new("app 1.0\napp 1.1 yanked='deletes what it finds'");
    sandbox.write("loose.txt", "app>=1");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert!(strict.good().contains("app==1.0 "));
    sandbox.write("loose.txt", "app==1.1");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN}")), @r"
    exit 0
    --- stdout
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.1 \
        --hash=sha256:<app-1.1-py3-none-any.whl>
        # via -r loose.txt
        # app-1.1-py3-none-any.whl
        # metadata sha256:[digest]
    --- stderr
    warning: app 1.1 is yanked: deletes what it finds
    resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn pre_releases_are_chosen_only_where_no_stable_release_fits() {
    let sandbox = Sandbox::new("app 1.0\napp 2.0rc1\nnew 0.1a1\nasked 1.0\nasked 1.1b1");
    sandbox.write("loose.txt", "app\nnew\nasked>1.0,>=0.9.dev0");
    let default = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(default.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    asked==1.1b1 \
        --hash=sha256:<asked-1.1b1-py3-none-any.whl>
        # via -r loose.txt
        # asked-1.1b1-py3-none-any.whl
        # metadata sha256:[digest]
    new==0.1a1 \
        --hash=sha256:<new-0.1a1-py3-none-any.whl>
        # via -r loose.txt
        # new-0.1a1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    let all = sandbox.harden(&format!("loose.txt -q --prerelease allow -p {FOREIGN}"));
    assert!(all.good().contains("app==2.0rc1 "));
}

#[test]
fn invalid_metadata_excludes_a_release_and_does_not_fail_the_run() {
    let sandbox = Sandbox::new(
        "app 1.0\napp 1.1 metadata=broken\napp 1.2 metadata=mismatched\napp 1.3 requires='lib (=> nonsense'",
    );
    sandbox.write("loose.txt", "app");
    let strict = sandbox.harden(&format!("loose.txt -p {FOREIGN}"));
    assert!(strict.good().contains("app==1.0 "));
}

#[test]
fn a_file_listed_without_a_sha256_is_downloaded_and_hashed() {
    let sandbox = Sandbox::new("app 1.0 hash=none requires=lib\nlib 1.0 hash=md5");
    sandbox.write("loose.txt", "app");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
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

#[test]
fn a_cutoff_hides_later_uploads() {
    let sandbox = Sandbox::new(
        "
        app 1.0 uploaded=2024-01-01
        app 1.1 uploaded=2024-06-01
        late 1.0 wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64 uploaded=2024-01-01 uploaded@cp311-cp311-manylinux2014_aarch64=2024-06-01
        ",
    );
    sandbox.write("loose.txt", "app\nlate");
    let strict = sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} --exclude-newer 2024-03-01"
    ));
    assert_snapshot!(strict, @r"
    exit 0
    --- stdout
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --exclude-newer 2024-03-01T00:00:00Z --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311 exclude-newer=2024-03-01T00:00:00Z
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    late==1.0 \
        --hash=sha256:<late-1.0-py3-none-any.whl>
        # via -r loose.txt
        # late-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    --- stderr
    resolved 2 packages for 1 target in [time]
    ");
}

#[test]
fn pins_of_the_output_file_are_kept_until_upgraded() {
    let sandbox = Sandbox::new("app 1.0 requires=lib\nlib 1.0\nlib 1.1\napp 1.1 requires=lib");
    let command = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
    let pins = || {
        let strict = sandbox.read("strict.txt");
        let pins = strict.lines().filter(|line| line.contains("=="));
        pins.map(|line| line.trim_end_matches(" \\").to_owned())
            .collect::<Vec<_>>()
    };
    sandbox.write("loose.txt", "app<1.1\nlib<1.1");
    sandbox.harden(&command).good();
    assert_eq!(pins(), ["app==1.0", "lib==1.0"]);

    sandbox.write("loose.txt", "app");
    sandbox.harden(&command).good();
    assert_eq!(pins(), ["app==1.0", "lib==1.0"]);
    sandbox.harden(&format!("{command} -P lib")).good();
    assert_eq!(pins(), ["app==1.0", "lib==1.1"]);
    sandbox.harden(&format!("{command} -U")).good();
    assert_eq!(pins(), ["app==1.1", "lib==1.1"]);

    sandbox.write("loose.txt", "app<1.1");
    sandbox.harden(&command).good();
    assert_eq!(pins(), ["app==1.0", "lib==1.1"]);
}

#[test]
fn setuptools_and_pip_are_pinned_like_other_packages() {
    let sandbox = Sandbox::new("app 1 requires=setuptools,pip\nsetuptools 70\npip 24\nwheel 1");
    sandbox.write("loose.txt", "app\nwheel");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")).good();
    for pin in ["pip==24 ", "setuptools==70 ", "wheel==1 "] {
        assert!(strict.contains(pin), "{strict}");
    }
}

#[test]
fn the_hashes_option_adds_other_files() {
    let sandbox = Sandbox::new(
        "app 1.0 wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64 sdist",
    );
    sandbox.write("loose.txt", "app");
    let hashes = |which: &str| {
        let command = format!("loose.txt -q -p {FOREIGN} --hashes {which}");
        let strict = sandbox.harden(&command).good();
        strict.matches("--hash=sha256:").count()
    };
    assert_eq!(
        [hashes("selected"), hashes("compatible"), hashes("all")],
        [1, 2, 4]
    );
}

#[test]
fn an_allowed_sdist_is_used_if_no_wheel_fits() {
    let sandbox = Sandbox::new(
        "
        old 1.0 wheels=none sdist requires=lib
        lib 1.0 sdist
        ",
    );
    sandbox.write("loose.txt", "old");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN} --allow-sdist old"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --allow-sdist old --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via old
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    old==1.0 \
        --hash=sha256:<old-1.0.tar.gz>
        # via -r loose.txt
        # old-1.0.tar.gz
    ");
}

#[test]
fn a_damaged_cache_is_ignored() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    let command = format!("loose.txt -p {FOREIGN} --cache-dir kept");
    let strict = sandbox.harden(&command).good();
    let torn = tear(&sandbox.path("kept"));
    assert!(torn > 4, "{torn} files");
    assert_eq!(sandbox.harden(&command).good(), strict);
}

/// Truncates every file below a folder to half its size; returns the number of files.
fn tear(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let torn = paths.map(|path| {
        if path.is_dir() {
            return tear(&path);
        }
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        1
    });
    torn.sum()
}

#[test]
fn concurrent_runs_share_a_cache() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    let command = format!("loose.txt -p {FOREIGN} --cache-dir kept");
    let answers: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| sandbox.harden(&command).good()))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn network_delays_do_not_change_the_answer() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask[async]");
    let command = format!("loose.txt -p {FOREIGN} --no-cache");
    let strict = sandbox.harden(&command).good();
    for late in [
        "/flask/",
        "/werkzeug/",
        "/jinja2/",
        "/markupsafe/",
        ".metadata",
    ] {
        sandbox.server().heal();
        let pause = Duration::from_millis(60);
        sandbox.server().fault(late, Fault::Late(pause));
        assert_eq!(sandbox.harden(&command).good(), strict, "{late} came late");
    }
}

#[test]
fn the_result_can_be_printed_as_json() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    let said = sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt --json -q"))
        .good();
    for part in [
        r#""name": "flask""#,
        r#""output": "strict.txt""#,
        r#""decisions": "#,
        r#""backtracks": 0"#,
        r#""phases": {"#,
        r#""index": "#,
        r#""versions_tried": 4"#,
        r#""requests": "#,
        r#""warnings": []"#,
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    let people = sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt -v"));
    assert_snapshot!(people, @"
    exit 0
    --- stderr
    resolved 4 packages for 1 target in [time]
    inputs [time], solving [time], index [time], proof [time], writing [time]
    4 decisions, 0 backtracks, 4 versions tried, 0 restarts
    0 requests (0 retries), [size] received; 8 cache hits, 0 revalidated
    ");
    let refused = sandbox.harden(&format!("loose.txt -p {FOREIGN} --json"));
    assert_snapshot!(refused, @"
    exit 2
    --- stderr
    error: --json writes to standard output, where the strict file would go
    hint: name the strict file with -o
    ");
}

#[test]
fn a_folder_is_not_a_requirements_file() {
    let sandbox = Sandbox::new(WEB);
    assert_snapshot!(sandbox.harden(&format!(". -p {FOREIGN}")), @r"
    exit 2
    --- stderr
    error: `.` is a folder, not a requirements file
    hint: name a file in it, or run `harden init` there
    ");
}
