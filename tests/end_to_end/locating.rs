//! Where `fetch` looks for a pinned file: the cache, PyPI's JSON API of one release, the page of the project. What
//! they say is a hint: the digest decides.

use harden_testindex::{Fault, Flavour};

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib,more
    lib 1.0
    more 1.0
";
const WHEELS: [&str; 3] = [
    "app-1.0-py3-none-any.whl",
    "lib-1.0-py3-none-any.whl",
    "more-1.0-py3-none-any.whl",
];
const PROJECTS: [&str; 3] = ["app", "lib", "more"];

/// A sandbox with a strict file, an empty cache, and a log that begins after it.
fn locked(flavour: Flavour) -> Sandbox {
    let sandbox = Sandbox::with(flavour, UNIVERSE);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox.forget_cache();
    sandbox.server().forget_requests();
    sandbox
}

/// Leaves of the cache what is known of the index itself.
fn forget_pages_and_files(sandbox: &Sandbox) {
    for folder in ["pages", "files"] {
        let folder = cache(sandbox).join(folder);
        if folder.exists() {
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
    sandbox.server().forget_requests();
}

/// The folder of the cache's present form.
fn cache(sandbox: &Sandbox) -> std::path::PathBuf {
    let caches = std::fs::read_dir(sandbox.path("../.cache/harden")).unwrap();
    let mut folders = caches.map(|entry| entry.unwrap().path());
    folders.find(|path| path.is_dir()).unwrap()
}

/// How many pages of projects were asked for.
fn pages(sandbox: &Sandbox) -> usize {
    let count = |name: &str| sandbox.server().count(&format!("/simple/{name}/"));
    PROJECTS.into_iter().map(count).sum()
}

fn releases(sandbox: &Sandbox) -> usize {
    let count = |name: &str| sandbox.server().count(&format!("/pypi/{name}/1.0/json"));
    PROJECTS.into_iter().map(count).sum()
}

/// What the JSON API may say of the release 1.0 of a project.
fn release(sandbox: &Sandbox, name: &str, url: &str) -> Fault {
    let file = format!("{name}-1.0-py3-none-any.whl");
    let digest = sandbox.sha256(&file);
    let body = format!(
        r#"{{"urls": [{{"filename": "{file}", "url": "{url}", "digests": {{"sha256": "{digest}"}}}}]}}"#
    );
    Fault::Body(body.into_bytes())
}

/// The page of one project shows that both speak of the same files.
#[test]
fn an_index_with_the_json_api_is_asked_for_one_page() {
    let sandbox = locked(Flavour::Pypi);
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), WHEELS);
    assert_eq!(pages(&sandbox), 1);

    forget_pages_and_files(&sandbox);
    sandbox.fetch("-d again").good();
    assert_eq!(sandbox.list("again"), WHEELS);
    assert_eq!((pages(&sandbox), releases(&sandbox)), (0, 3));
}

#[test]
fn an_index_without_the_json_api_is_not_asked_for_it_again() {
    let sandbox = locked(Flavour::PlainHtml);
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), WHEELS);
    forget_pages_and_files(&sandbox);
    sandbox.fetch("-d again").good();
    assert_eq!(sandbox.list("again"), WHEELS);
    assert_eq!((pages(&sandbox), releases(&sandbox)), (3, 0));
}

/// An index may pass on the API of another, whose files cannot be reached from here.
#[test]
fn an_api_that_names_other_places_than_the_pages_does_not_count() {
    let sandbox = locked(Flavour::Pypi);
    for name in PROJECTS {
        let elsewhere = format!("https://files.invalid/{name}-1.0-py3-none-any.whl");
        let said = release(&sandbox, name, &elsewhere);
        let path = format!("/pypi/{name}/1.0/json");
        sandbox.server().fault(&path, said);
    }
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), WHEELS);
    assert_eq!(pages(&sandbox), 3);
}

#[test]
fn a_place_without_the_file_is_passed_over() {
    let sandbox = locked(Flavour::Pypi);
    sandbox.fetch("").good();
    forget_pages_and_files(&sandbox);
    let gone = sandbox.server().url("/files/gone/lib-1.0-py3-none-any.whl");
    let said = release(&sandbox, "lib", &gone);
    sandbox.server().fault("/pypi/lib/1.0/json", said);
    // Other bytes at the place that the API names.
    let other = sandbox.server().url("/files/app-1.0-py3-none-any.whl");
    let said = release(&sandbox, "more", &other);
    sandbox.server().fault("/pypi/more/1.0/json", said);
    sandbox.fetch("-d again").good();
    assert_eq!(sandbox.list("again"), WHEELS);
    assert_eq!(pages(&sandbox), 2);
}

/// The same bytes are asked of the API as of a page: a broken answer is no answer.
#[test]
fn an_api_that_fails_costs_its_answer_only() {
    let faults = [
        Fault::Status(500),
        Fault::Body(b"{".to_vec()),
        Fault::Closed,
        Fault::Body(
            br#"{"urls": [{"filename": "lib-1.0-py3-none-any.whl", "url": "file:///etc/passwd"}]}"#
                .to_vec(),
        ),
    ];
    for fault in faults {
        let sandbox = locked(Flavour::Pypi);
        sandbox.server().fault("/1.0/json", fault);
        sandbox.fetch("").good();
        assert_eq!(sandbox.list("wheelhouse"), WHEELS);
    }
}

/// A line of another tool has no digest of the metadata, which the page may have.
#[test]
fn a_pin_without_a_digest_of_its_metadata_is_looked_up_on_the_page() {
    let sandbox = locked(Flavour::Pypi);
    let digest = sandbox.sha256("lib-1.0-py3-none-any.whl");
    sandbox.write("pinned.txt", &format!("lib==1.0 --hash=sha256:{digest}"));
    sandbox.fetch(&format!("pinned.txt -p {FOREIGN}")).good();
    assert_eq!((pages(&sandbox), releases(&sandbox)), (1, 0));
}

#[test]
fn a_page_that_went_stale_still_says_where_a_file_is() {
    let sandbox = locked(Flavour::Pypi);
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    for host in std::fs::read_dir(cache(&sandbox).join("pages")).unwrap() {
        for page in std::fs::read_dir(host.unwrap().path()).unwrap() {
            let page = std::fs::File::options()
                .write(true)
                .open(page.unwrap().path());
            page.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }
    }
    sandbox.server().forget_requests();
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), WHEELS);
    assert_eq!((pages(&sandbox), releases(&sandbox)), (0, 0));
}
