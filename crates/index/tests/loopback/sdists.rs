//! The metadata of sdists: what is final without a build, and what is not.

use harden_packaging::Index;
use insta::assert_snapshot;

use crate::files::{json_page, metadata, sdist, zip_sdist};
use crate::server::{Reply, Server};
use crate::{SIMPLE_JSON, client, first_file};

/// The requirements of an sdist with these files, or why nobody knows them.
fn required(filename: &'static str, sdist: Vec<u8>) -> String {
    let page = json_page(filename, "\"hashes\": {}");
    let server = Server::start(move |asked, _| match asked.path.as_str() {
        "/simple/a/" => Reply::ok(SIMPLE_JSON, page.clone()),
        _ => Reply::part(asked, &sdist),
    });
    let client = client(&server);
    match client.metadata(&first_file(&client)) {
        Ok(metadata) => metadata.requires_dist.join(", "),
        Err(error) => error.to_string(),
    }
}

fn of(files: &[(&str, &str)]) -> String {
    let (tar, zip) = (sdist(files), zip_sdist(files));
    let from_tar = required("a-1.0.tar.gz", tar);
    assert_eq!(
        required("a-1.0.zip", zip),
        from_tar.replace(".tar.gz", ".zip")
    );
    from_tar
}

const PROJECT: &str = "[project]\nname = 'a'\nversion = '1.0'\ndependencies = ['c>=2']\n";

/// PEP 643: `PKG-INFO` counts where no build can change what a resolution rests on.
#[test]
fn package_info_counts_where_it_is_final() {
    let nested = ("a.egg-info/PKG-INFO", "not this one");
    assert_eq!(of(&[nested, ("PKG-INFO", &metadata("a"))]), "b>=1");
    let other = metadata("a").replace("\n\n", "\nDynamic: License-File\n\n");
    assert_eq!(
        of(&[("PKG-INFO", &other), ("pyproject.toml", PROJECT)]),
        "b>=1"
    );
}

/// PEP 621: what `[project]` does not call dynamic, no build changes.
#[test]
fn else_the_project_table_does_where_it_leaves_nothing_open() {
    let old = metadata("a").replace("2.4", "2.1");
    let dynamic = metadata("a").replace("\n\n", "\nDynamic: Requires-Dist\n\n");
    for package_info in [old, dynamic] {
        let files = [("PKG-INFO", &*package_info), ("pyproject.toml", PROJECT)];
        assert_eq!(of(&files), "c>=2");
    }
    assert_eq!(of(&[("pyproject.toml", PROJECT)]), "c>=2");
}

#[test]
fn else_a_build_would_be_needed() {
    let old = metadata("a").replace("2.4", "2.1");
    let dynamic = metadata("a").replace("\n\n", "\nDynamic: Requires-Dist\n\n");
    let open = PROJECT.replace("version = '1.0'", "dynamic = ['version', 'dependencies']");
    assert_snapshot!(of(&[("PKG-INFO", &old)]), @"the metadata of a-1.0.tar.gz cannot be used: a build would be needed: its Metadata-Version 2.1 does not say what is final");
    assert_snapshot!(of(&[("PKG-INFO", &dynamic)]), @"the metadata of a-1.0.tar.gz cannot be used: a build would be needed: its requires-dist is dynamic");
    assert_snapshot!(of(&[("PKG-INFO", &dynamic), ("pyproject.toml", &open)]), @"the metadata of a-1.0.tar.gz cannot be used: a build would be needed: its requires-dist is dynamic, and its pyproject.toml calls dependencies dynamic");
    assert_snapshot!(of(&[("PKG-INFO", &old), ("pyproject.toml", "[build-system]")]), @"the metadata of a-1.0.tar.gz cannot be used: a build would be needed: its Metadata-Version 2.1 does not say what is final, and its pyproject.toml has no [project]");
    assert_snapshot!(of(&[("setup.py", "")]), @"the metadata of a-1.0.tar.gz cannot be used: a build would be needed: the sdist has no PKG-INFO in its top folder");
}

#[test]
fn metadata_of_another_project_is_of_no_use() {
    assert_snapshot!(of(&[("PKG-INFO", &metadata("b"))]), @"the metadata of a-1.0.tar.gz cannot be used: it is that of b 1.0, not of a 1.0");
    let other = PROJECT.replace("'a'", "'b'");
    assert_snapshot!(of(&[("pyproject.toml", &other)]), @"the metadata of a-1.0.tar.gz cannot be used: a build would be needed: the sdist has no PKG-INFO in its top folder, and its pyproject.toml is that of b 1.0");
}

#[test]
fn a_file_that_is_not_an_archive_is_corrupt() {
    let why = required("a-1.0.tar.gz", b"not an archive".to_vec());
    assert!(
        why.contains("is not a distribution: the archive cannot be read: "),
        "{why}"
    );
}
