//! The wheels and sdists of a universe are what their formats' specifications say.

use std::io::{Cursor, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harden_packaging::{Index as _, IndexErrorKind, Yanked};
use harden_testindex::{File, Universe};
use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};

const UNIVERSE: &str = r#"
    Fancy.Name 2.0 python=>=3.8 requires=werkzeug>=2,<3,jinja2 extra:async='asgiref; os_name == "nt"'
    Fancy.Name 2.0 wheels=1-cp311.cp312-abi3-manylinux2014_aarch64 pad=9000 sdist requires@sdist=other
"#;

fn file<'a>(universe: &'a Universe, name: &str) -> &'a File {
    universe.file(name).expect("the universe has it")
}

fn members(file: &File) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file.contents())).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut member = archive.by_index(place).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            (member.name().unwrap().to_string(), bytes)
        })
        .collect()
}

fn member(file: &File, end: &str) -> String {
    let member = members(file)
        .into_iter()
        .find(|(path, _)| path.ends_with(end));
    String::from_utf8(member.expect("it is in the wheel").1).unwrap()
}

#[test]
fn a_record_lists_every_member_with_its_digest_and_size() {
    let universe = Universe::new(UNIVERSE);
    for file in universe
        .files()
        .filter(|f| f.filename().rsplit('.').next() == Some("whl"))
    {
        let record = member(file, "/RECORD");
        let mut lines = record.lines();
        for (path, bytes) in members(file) {
            let line = if path.ends_with("/RECORD") {
                format!("{path},,")
            } else {
                let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes));
                format!("{path},sha256={digest},{}", bytes.len())
            };
            assert_eq!(lines.next(), Some(&*line));
        }
        assert_eq!(lines.next(), None);
    }
}

#[test]
fn metadata_and_tags_are_those_of_the_line() {
    let universe = Universe::new(UNIVERSE);
    let pure = file(&universe, "fancy_name-2.0-py3-none-any.whl");
    assert_snapshot!(member(pure, "/METADATA"), @r#"
    Metadata-Version: 2.1
    Name: Fancy.Name
    Version: 2.0
    Requires-Python: >=3.8
    Provides-Extra: async
    Requires-Dist: werkzeug>=2,<3
    Requires-Dist: jinja2
    Requires-Dist: asgiref; (os_name == "nt") and extra == 'async'

    A distribution for tests.
    "#);
    let built = file(
        &universe,
        "fancy_name-2.0-1-cp311.cp312-abi3-manylinux2014_aarch64.whl",
    );
    assert_snapshot!(member(built, "/WHEEL"), @r"
    Wheel-Version: 1.0
    Generator: harden-testindex
    Root-Is-Purelib: false
    Build: 1
    Tag: cp311-abi3-manylinux2014_aarch64
    Tag: cp312-abi3-manylinux2014_aarch64
    ");
    assert!(built.contents().len() > 9000);
}

#[test]
fn an_sdist_holds_its_own_metadata() {
    let universe = Universe::new(UNIVERSE);
    let sdist = file(&universe, "fancy_name-2.0.tar.gz");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(sdist.contents()));
    let mut entries = archive.entries().unwrap();
    let mut entry = entries.next().unwrap().unwrap();
    assert_eq!(entry.path_bytes(), b"fancy_name-2.0/PKG-INFO".as_slice());
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    assert_eq!(text, sdist.metadata());
    assert!(text.contains("Requires-Dist: other"), "{text}");
    assert!(text.starts_with("Metadata-Version: 2.2"), "{text}");
}

#[test]
fn the_same_line_gives_the_same_bytes() {
    let (one, other) = (Universe::new(UNIVERSE), Universe::new(UNIVERSE));
    let contents = |universe: &Universe| -> Vec<_> {
        universe.files().map(|f| f.contents().to_vec()).collect()
    };
    assert_eq!(contents(&one), contents(&other));
}

#[test]
fn in_memory_a_page_lists_releases_newest_first_and_no_junk() {
    let universe = Universe::new(
        "a 1.10 junk=a-1.10.win32.exe
         a 1.9 yanked='broken' hash=md5
         a 2.0rc1 sdist",
    );
    let page = universe.project(&"a".parse().unwrap()).unwrap();
    let listed: Vec<_> = page
        .releases
        .iter()
        .map(|release| (release.version.to_string(), release.files().len()))
        .collect();
    let expected = [("2.0rc1", 2), ("1.10", 1), ("1.9", 1)];
    assert_eq!(listed, expected.map(|(version, n)| (version.to_owned(), n)));
    let yanked = &page.releases[2].files()[0];
    assert_eq!(yanked.yanked, Yanked::Yes("broken".into()));
    assert_eq!(yanked.sha256, None);
    let digest = universe.sha256(yanked).unwrap();
    assert_eq!(
        Some(digest),
        universe.file(&yanked.filename).map(File::sha256)
    );
}

#[test]
fn in_memory_faults_are_the_kinds_of_error_that_an_index_gives() {
    let universe = Universe::new("a 1 metadata=broken\nb 1").failing("b");
    let kind = |name: &str| universe.project(&name.parse().unwrap()).unwrap_err().kind;
    assert_eq!(kind("b"), IndexErrorKind::Failed);
    assert_eq!(kind("nothing"), IndexErrorKind::NoSuchProject);
    let page = universe.project(&"a".parse().unwrap()).unwrap();
    let error = universe.metadata(&page.releases[0].files()[0]).unwrap_err();
    assert_eq!(error.kind, IndexErrorKind::BadMetadata);
    assert_eq!(
        universe.questions(),
        [
            "project b",
            "project nothing",
            "project a",
            "metadata a-1-py3-none-any.whl"
        ]
    );
}

#[test]
#[should_panic(expected = "`a 1 yonked` is not a release: there is no word `yonked`")]
fn a_mistyped_line_is_refused() {
    Universe::new("a 1 yonked");
}
