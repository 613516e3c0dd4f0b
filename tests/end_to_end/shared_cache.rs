//! `--shared-cache`: what one machine has found, another has at hand. Machines are cache folders here, and
//! the shared cache is a folder; scripts/object-storage does the same with a server of S3.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harden_testindex::{Fault, Server, Universe};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib>=1,other
    lib 1.0
    lib 2.0 requires=other
    other 1.0
";

/// The requirements of all tests, and a shared cache.
fn fleet() -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", "app");
    sandbox
}

/// The address of the shared cache.
fn shared(sandbox: &Sandbox) -> String {
    format!("file://{}", sandbox.path("shared").display())
}

/// A run of a machine, which has a cache folder of this name and no lock.
fn machine(sandbox: &Sandbox, name: &str, arguments: &str) -> Outcome {
    let _ = fs::remove_file(sandbox.path("strict.txt"));
    sandbox.server().forget_requests();
    let shared = shared(sandbox);
    sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --cache-dir ../{name} --shared-cache {shared} {arguments}"
    ))
}

/// The objects of the shared cache, sorted.
fn objects(sandbox: &Sandbox) -> Vec<PathBuf> {
    sandbox.files_below("shared")
}

fn is_page(object: &Path) -> bool {
    object.to_string_lossy().contains("/v1/pages/")
}

fn requests(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.server().requests().into_iter();
    let mut paths: Vec<String> = requests.map(|request| request.path).collect();
    paths.sort();
    paths
}

#[test]
fn a_second_machine_asks_for_each_page_once_and_for_no_metadata() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    let first = sandbox.read("strict.txt");
    let metadata = requests(&sandbox);
    let metadata = metadata.iter().filter(|path| path.ends_with(".metadata"));
    assert_eq!(metadata.count(), 3);
    assert_eq!(objects(&sandbox).len(), 6);
    assert_snapshot!(machine(&sandbox, "two", ""), @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    ");
    assert_eq!(sandbox.read("strict.txt"), first);
    assert_eq!(
        requests(&sandbox),
        ["/simple/app/", "/simple/lib/", "/simple/other/"]
    );
    let pages = sandbox.server().requests();
    assert!(
        pages
            .iter()
            .all(|page| page.header("if-none-match").is_some())
    );
    // What it has read is in its own cache, and fresh.
    machine(&sandbox, "two", "--no-reuse").good();
    assert_eq!(requests(&sandbox), [""; 0]);
    // And with it the answer, which its next run gives again.
    machine(&sandbox, "two", "").good();
    assert!(
        machine(&sandbox, "two", "--json")
            .good()
            .contains("\"reused\": true")
    );
}

#[test]
fn a_page_that_has_changed_since_is_that_of_the_index() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    sandbox
        .server()
        .replace(Universe::new(&format!("{WORLD}\nlib 3.0\n")));
    machine(&sandbox, "two", "").good();
    assert!(sandbox.read("strict.txt").contains("lib==3.0 "));
    // The third machine finds what the second has read.
    machine(&sandbox, "three", "").good();
    assert!(sandbox.read("strict.txt").contains("lib==3.0 "));
    assert_eq!(
        requests(&sandbox),
        ["/simple/app/", "/simple/lib/", "/simple/other/"]
    );
}

#[test]
fn a_wrong_object_is_thrown_away_and_replaced() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    let (good, all) = (sandbox.read("strict.txt"), objects(&sandbox));
    let bytes: Vec<Vec<u8>> = all.iter().map(|path| fs::read(path).unwrap()).collect();
    for (place, object) in all.iter().enumerate() {
        let other = &bytes[(place + 1) % bytes.len()];
        let whole = &bytes[place];
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for (what, wrong) in [
            ("flipped", flipped),
            ("cut", whole[..whole.len() / 2].to_vec()),
            ("empty", Vec::new()),
            ("longer", [whole, &b"x"[..]].concat()),
            ("another", other.clone()),
        ] {
            fs::write(object, wrong).unwrap();
            sandbox.write("../machine/.keep", "");
            fs::remove_dir_all(sandbox.path("../machine")).unwrap();
            let outcome = machine(&sandbox, "machine", "");
            assert_eq!(outcome.code, Some(0), "{outcome}");
            assert_eq!(sandbox.read("strict.txt"), good, "{what} {object:?}");
            let is_told = outcome
                .stderr
                .contains("has a wrong object, which is thrown away");
            // What follows a compressed page is not read.
            assert!(
                is_told || what == "longer" && is_page(object),
                "{what} {object:?} {outcome}"
            );
            if is_told {
                assert_eq!(&fs::read(object).unwrap(), whole, "{what} {object:?}");
            }
            fs::write(object, whole).unwrap();
        }
    }
}

#[test]
fn the_pages_of_two_projects_cannot_be_exchanged() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    let pages: Vec<PathBuf> = objects(&sandbox)
        .into_iter()
        .filter(|path| is_page(path))
        .collect();
    let bytes: Vec<Vec<u8>> = pages.iter().map(|path| fs::read(path).unwrap()).collect();
    for (page, bytes) in pages.iter().zip(bytes.iter().cycle().skip(1)) {
        fs::write(page, bytes).unwrap();
    }
    let outcome = machine(&sandbox, "two", "");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let warnings = outcome.stderr.matches(": it is another page\n");
    assert_eq!(warnings.count(), 3, "{outcome}");
}

#[test]
fn a_huge_object_is_not_read_to_its_end() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    let good = sandbox.read("strict.txt");
    for object in objects(&sandbox) {
        let file = fs::File::create(object).unwrap();
        file.set_len(1 << 30).unwrap();
    }
    let outcome = machine(&sandbox, "two", "");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stderr.contains("it is too large"), "{outcome}");
    assert_eq!(sandbox.read("strict.txt"), good);
}

/// Each is a warning, and the run goes on without it.
#[test]
fn a_store_that_does_not_work_is_one_warning() {
    let sandbox = fleet();
    let silent = Server::start(Universe::new(""));
    silent.fault("", Fault::Silent);
    let endpoint = silent.url("");
    let keys = [
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET"),
    ];
    let run = |variables: &[(&str, &str)]| {
        let _ = fs::remove_dir_all(sandbox.path("../.cache"));
        let begun = Instant::now();
        let arguments =
            format!("loose.txt -p {FOREIGN} -o strict.txt --shared-cache s3://bucket/x");
        let outcome = sandbox.harden_with(variables, &arguments);
        assert!(begun.elapsed() < Duration::from_secs(25), "{outcome}");
        assert!(sandbox.read("strict.txt").contains("app==1.0 "));
        assert!(!outcome.stderr.contains("SECRET"));
        outcome
    };
    let nobody = [&keys[..], &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]].concat();
    assert_snapshot!(run(&nobody), @"
    exit 0
    --- stderr
    warning: the shared cache s3://bucket/x is not used any longer: it cannot be reached: connection refused
    resolved 3 packages for 1 target in [time]
    ");
    let silent = [&keys[..], &[("AWS_ENDPOINT_URL", &*endpoint)]].concat();
    assert_snapshot!(run(&silent), @"
    exit 0
    --- stderr
    warning: the shared cache s3://bucket/x is not used any longer: no answer within [time]
    resolved 3 packages for 1 target in [time]
    ");
    let in_the_clear = [
        &keys[..],
        &[("AWS_ENDPOINT_URL", "http://s3.example.invalid")],
    ]
    .concat();
    assert_snapshot!(run(&in_the_clear), @"
    exit 0
    --- stderr
    warning: the shared cache s3://bucket/x is not used any longer: its endpoint is plain http on another machine; use https, or set AWS_ALLOW_HTTP=true
    resolved 3 packages for 1 target in [time]
    ");
    // A folder that cannot be written to.
    sandbox.write("file", "");
    let address = format!("file://{}", sandbox.path("file/below").display());
    let arguments =
        format!("loose.txt -p {FOREIGN} -o strict.txt --cache-dir ../new --shared-cache {address}");
    let outcome = sandbox.harden(&arguments);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(outcome.stderr.matches("warning:").count(), 1, "{outcome}");
}

#[test]
fn what_needs_a_login_is_not_shared() {
    let sandbox = fleet();
    sandbox.server().require_login("me", "pw");
    let with_login = sandbox.server().index_url().replace("://", "://me:pw@");
    machine(&sandbox, "one", &format!("--index-url {with_login}")).good();
    assert_eq!(objects(&sandbox), Vec::<PathBuf>::new());
    let netrc = "machine 127.0.0.1 login me password pw";
    sandbox.write("../.netrc", netrc);
    machine(&sandbox, "two", "").good();
    assert_eq!(objects(&sandbox), Vec::<PathBuf>::new());
}

#[test]
fn what_is_shared_is_not_used_where_a_login_is_known() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    let with_login = sandbox.server().index_url().replace("://", "://me:pw@");
    machine(&sandbox, "two", &format!("--index-url {with_login}")).good();
    let asked = sandbox.server().requests();
    assert!(
        asked
            .iter()
            .all(|page| page.header("if-none-match").is_none())
    );
    assert!(asked.iter().any(|page| page.path.ends_with(".metadata")));
}

#[test]
fn a_refresh_and_verify_take_nothing_from_it() {
    let sandbox = fleet();
    machine(&sandbox, "one", "").good();
    let metadata = |sandbox: &Sandbox| {
        let paths = requests(sandbox);
        paths
            .iter()
            .filter(|path| path.ends_with(".metadata"))
            .count()
    };
    machine(&sandbox, "two", "--refresh").good();
    assert_eq!(metadata(&sandbox), 3);
    sandbox.server().forget_requests();
    let shared = shared(&sandbox);
    let verify = format!("verify strict.txt --cache-dir ../three --shared-cache {shared}");
    sandbox.harden(&verify).good();
    let asked = sandbox.server().requests();
    assert!(
        asked
            .iter()
            .all(|page| page.header("if-none-match").is_none())
    );
    // Nor is it there for those who want no cache, or no network.
    machine(&sandbox, "four", "--no-cache").good();
    assert_eq!(metadata(&sandbox), 3);
    assert_eq!(machine(&sandbox, "five", "--offline").code, Some(3));
}

#[test]
fn the_configuration_and_a_variable_name_it() {
    let sandbox = fleet();
    let address = shared(&sandbox);
    sandbox.write(
        "harden.toml",
        &format!("loose = 'loose.txt'\nplatforms = ['{FOREIGN}']\nshared-cache = '{address}'"),
    );
    sandbox.harden("-q").good();
    assert_eq!(objects(&sandbox).len(), 6);
    assert!(!sandbox.read("strict.txt").contains("shared"));
    fs::remove_dir_all(sandbox.path("shared")).unwrap();
    fs::remove_file(sandbox.path("harden.toml")).unwrap();
    sandbox.forget_cache();
    let variables = [("HARDEN_SHARED_CACHE", &*address)];
    let arguments = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
    sandbox.harden_with(&variables, &arguments).good();
    assert_eq!(objects(&sandbox).len(), 6);
}

#[test]
fn what_is_not_the_address_of_a_store_is_an_error_that_does_not_repeat_it() {
    let sandbox = fleet();
    for address in ["ftp://x/y", "s3://key:SECRET@bucket", "/srv/cache"] {
        let arguments = format!("loose.txt -p {FOREIGN} -o strict.txt --shared-cache {address}");
        let outcome = sandbox.harden(&arguments);
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(
            outcome.stderr.starts_with("error: --shared-cache: "),
            "{outcome}"
        );
        assert!(!outcome.stderr.contains("SECRET"), "{outcome}");
    }
    sandbox.write(
        "harden.toml",
        "loose = 'loose.txt'\nshared-cache = 'ftp://x'",
    );
    assert_snapshot!(sandbox.harden(""), @"
    exit 2
    --- stderr
    error: harden.toml:2: `ftp:` is not the scheme of a mirror; use s3://, gs://, az:// or file://
    ");
}
