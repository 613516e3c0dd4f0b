//! Versions at the edge of what can be read and compared.

use crate::sandbox::{FOREIGN, Sandbox};

#[test]
fn a_version_with_a_number_beyond_64_bits_is_ignored() {
    let sandbox = Sandbox::new(
        "a 1.0 junk=a-18446744073709551616.0-py3-none-any.whl,a-18446744073709551616.0.tar.gz",
    );
    sandbox.write("loose.txt", "a");
    let locked = sandbox.harden(&format!("loose.txt -vv -p {FOREIGN} -o strict.txt"));
    assert_eq!(locked.code, Some(0), "{locked}");
    let said = "version 18446744073709551616.0 is passed over: one of its numbers is larger than 64 bits hold";
    assert!(locked.stderr.contains(said), "{locked}");
    assert!(sandbox.read("strict.txt").contains("a==1.0 "));
}

/// PEP 440: `===` compares the text of the version as it is normalised.
#[test]
fn identity_compares_text() {
    let sandbox = Sandbox::new("a 1.0.0\na 1.0rc1\nb 1.0");
    for (line, code) in [
        ("a===1.0.0", 0),
        ("a===1.0RC1", 0),
        ("a===1.0.rc1", 1),
        ("b===v1.0", 1),
        ("a===1.0", 1),
        ("b===1.0.0", 1),
    ] {
        sandbox.write("loose.txt", line);
        let locked = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
        assert_eq!(locked.code, Some(code), "{line}: {locked}");
    }
}

/// `check` and `verify` compare as the resolver does.
#[test]
fn a_pin_in_another_spelling_does_not_meet_an_identity() {
    let sandbox = Sandbox::new("a 1.0.0\nb 1.0 requires=a==1.0");
    sandbox.write("loose.txt", "b\na===1.0.0");
    sandbox.harden(&format!("loose.txt -q -p {FOREIGN} -o strict.txt"));
    let checked = sandbox.harden("check strict.txt");
    assert_eq!(checked.code, Some(0), "{checked}");
    sandbox.write("loose.txt", "b\na===1.0");
    let checked = sandbox.harden("check strict.txt");
    assert_eq!(checked.code, Some(1), "{checked}");
    let said = "`a===1.0` is not met by the pin a==1.0.0";
    assert!(
        checked.stdout.contains(said) || checked.stderr.contains(said),
        "{checked}"
    );
}
