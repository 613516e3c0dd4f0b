//! A resolution as a strict file.

use harden_hasher::{HashChoice, StrictFile, inputs_digest};

use crate::common::strict;

/// The format that design and README show, with every kind of line in it.
#[test]
fn a_resolution_is_written_as_a_strict_file() {
    insta::assert_snapshot!(strict(HashChoice::Selected), @r"
    # Hardened by harden; change loose.txt, more.txt and run this again, rather than edit:
    #     harden loose.txt more.txt --index-url https://index.test/simple
    # harden: 1 inputs=sha256:9d72c7dbe9113068af6e52785715bec6236b2b2d7dc54de145a1cb8ba6ff9399 pins=sha256:3d25ada9dc6fc0b204390ec284184d9c57d98cd9d203d4bf8d1b42398463a72d platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311 exclude-newer=2026-01-01T00:00:00Z
    --index-url https://index.test/simple
    --find-links wheels
    app==1.0 \
        --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        # via -r loose.txt
        # extras: cli, speed
        # app-1.0-py3-none-any.whl
        # metadata sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    fast-c==2.1 \
        --hash=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb \
        --hash=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        # via
        #   -r loose.txt
        #   app
        #   old
        # fast_c-2.1-cp311-cp311-manylinux2014_aarch64.whl
        # fast_c-2.1-cp311-cp311-win_amd64.whl
        # metadata sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 fast_c-2.1-cp311-cp311-manylinux2014_aarch64.whl
        # metadata sha256:2b3cd0a309e5c81a027644cec38f21e03b19fae8bea86e349a0181956dc3c7ef fast_c-2.1-cp311-cp311-win_amd64.whl
    old==0.1 \
        --hash=sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
        # via -r more.txt
        # old-0.1-py3-none-any.whl
        # metadata sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    wincolor==3.0 ; sys_platform == 'win32' \
        --hash=sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
        # via app
        # wincolor-3.0-py3-none-any.whl
        # metadata sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    ");
}

/// Extras stay out of the requirement: `pip -c` refuses them there, and pip would ask for what
/// they need on targets that do not.
#[test]
fn extras_are_a_comment() {
    let text = strict(HashChoice::Selected).to_string();
    assert!(text.contains("\napp==1.0 \\\n") && text.contains("\n    # extras: cli, speed\n"));
}

#[test]
fn no_secret_or_absolute_path_enters_the_file() {
    let text = strict(HashChoice::All).to_string();
    for word in ["s3cret", "bob", "alice", "/home"] {
        assert!(!text.contains(word), "{word}");
    }
}

fn files(hashes: HashChoice, name: &str) -> Vec<String> {
    let strict = strict(hashes);
    let pin = strict
        .pins()
        .iter()
        .find(|pin| pin.name().as_str() == name)
        .unwrap();
    assert_eq!(pin.hashes().len(), pin.files().len());
    pin.files().iter().cloned().collect()
}

/// The wheel with build number 1 was uploaded after the cutoff.
#[test]
fn compatible_adds_the_wheels_that_fit_a_target_and_all_the_rest_of_the_release() {
    assert_eq!(
        files(HashChoice::Compatible, "fast-c"),
        [
            "fast_c-2.1-cp311-cp311-manylinux2014_aarch64.whl",
            "fast_c-2.1-cp311-cp311-win_amd64.whl",
            "fast_c-2.1-py3-none-any.whl"
        ]
    );
    assert_eq!(
        files(HashChoice::Compatible, "app"),
        ["app-1.0-py3-none-any.whl"]
    );
    assert_eq!(
        files(HashChoice::All, "app"),
        ["app-1.0-py3-none-any.whl", "app-1.0.tar.gz"]
    );
}

#[test]
fn a_file_listed_without_sha256_has_the_digest_of_its_bytes() {
    let strict = strict(HashChoice::Selected);
    let old = strict
        .pins()
        .iter()
        .find(|pin| pin.name().as_str() == "old")
        .unwrap();
    assert!(old.hashes().contains(&crate::common::digest('f')));
}

#[test]
fn what_is_written_reads_back_as_the_same() {
    for hashes in [
        HashChoice::Selected,
        HashChoice::Compatible,
        HashChoice::All,
    ] {
        let written = strict(hashes);
        let text = written.to_string();
        let read = StrictFile::parse(&text, "strict.txt").unwrap();
        assert_eq!(read, written);
        assert_eq!(read.to_string(), text);
        assert_eq!(read.content_digest(), read.header().unwrap().pins());
    }
}

#[test]
fn the_digest_of_the_inputs_depends_on_line_ends() {
    let digest = |lines: &[&str]| {
        inputs_digest(
            &lines
                .iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_ne!(digest(&["a", "b"]), digest(&["ab"]));
    assert_ne!(digest(&["a", "b"]), digest(&["b", "a"]));
}
