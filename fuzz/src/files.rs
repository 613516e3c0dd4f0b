//! Strict files and their check, configurations, logins.

use harden_hasher::{Expectations, StrictFile};
use harden_requirements::{Inputs, ReadText, read};

use crate::seeds::{files_in, texts};

const STRICT: &str = "# harden: 1 inputs=sha256:0000000000000000000000000000000000000000000000000000000000000000 \
pins=sha256:0000000000000000000000000000000000000000000000000000000000000000 platforms=manylinux2014_x86_64-cp-311-cp311
--index-url https://index.test/simple
a==1.0 ; sys_platform == \"linux\" \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000
    # a-1.0-py3-none-any.whl
    # via
    #   -r loose.txt
    #   b
b==2.0 --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111
";

/// A strict file: what is written of it is read as the same.
pub(crate) fn strict(text: &str) {
    let Ok(strict) = StrictFile::parse(text, "strict.txt") else {
        return;
    };
    let shown = strict.to_string();
    let again = StrictFile::parse(&shown, "strict.txt").expect("what is written can be read");
    assert_eq!(again.to_string(), shown);
    assert_eq!(again.pins().len(), strict.pins().len());
    let _ = strict.content_digest();
}

pub(crate) fn strict_files() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[STRICT]);
    seeds.extend(files_in("hasher/tests/data"));
    seeds
}

/// The loose file of a check.
struct Loose<'t>(&'t [u8]);

impl ReadText for Loose<'_> {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        match path {
            "loose.txt" => Ok(self.0.to_vec()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
}

/// The check of a strict file against a loose one; a zero byte stands between them.
pub(crate) fn check(input: &[u8]) {
    let middle = input.iter().position(|byte| *byte == 0);
    let (loose, strict) = input.split_at(middle.unwrap_or(0));
    let strict = strict.strip_prefix(b"\0").unwrap_or(strict);
    let _ = harden_hasher::command_of(strict);
    let Ok(inputs) = read(&["loose.txt"], &Loose(loose)) else {
        return;
    };
    let target = "manylinux2014_x86_64-cp311"
        .parse()
        .expect("it is a target");
    let expectations = Expectations {
        inputs: &inputs,
        overrides: &Inputs::default(),
        excluded: &[],
        markers: &[],
        follows_dependencies: true,
        input_lines: &inputs.canonical_lines(),
        targets: &[target],
        folder: "",
    };
    let _ = harden_hasher::read(strict, "strict.txt", "fix it").check(&expectations);
}

pub(crate) fn checks() -> Vec<Vec<u8>> {
    let one = |loose: &str, strict: &[u8]| [loose.as_bytes(), b"\0", strict].concat();
    let mut seeds = vec![one(
        "a>=1\nb ; sys_platform == 'win32'\n",
        STRICT.as_bytes(),
    )];
    let real = files_in("hasher/tests/data");
    seeds.extend(real.iter().map(|strict| one("flask\n", strict)));
    seeds
}

pub(crate) fn configurations() -> Vec<Vec<u8>> {
    texts(&[
        "index-url = 'https://index.test/simple'\nplatforms = ['win_amd64-cp311']\n[[lock]]\nloose = ['loose.txt']\n\
         strict = 'strict.txt'\nexclude-newer = '7 days'\n[policy]\nyanked = 'deny'\n",
        "[tool.harden]\nplatforms = ['manylinux2014_x86_64-cp311']\n[[tool.harden.lock]]\nloose = 'a.txt'\nstrict = 'b.txt'\n\
         [[tool.harden.policy.exempt]]\npackage = 'a'\nrule = 'yanked'\nreason = 'x'\n",
    ])
}

pub(crate) fn pip_configurations() -> Vec<Vec<u8>> {
    texts(&[
        "[global]\nindex-url = https://user:password@index.test/simple\nextra-index-url =\n  https://a.test\n  https://b.test\n\
         [install]\nno-index: true\n; comment\n",
    ])
}

pub(crate) fn netrc() -> Vec<Vec<u8>> {
    texts(&[
        "machine files.test login user password \"pass word\"\n# comment\nmacdef init\ncd /\n\ndefault login a password b\n",
    ])
}
