//! The promise itself: on each target, a strict file is complete, consistent, and no larger than
//! it has to be. Judged by [`crate::oracle`].

use crate::oracle::{judge, meanings};
use crate::sandbox::Sandbox;

const UNIVERSE: &str = r#"
    web 1.0 requires=core>=1,<3 requires='winsvc; sys_platform == "win32"' extra:fast='loop>=1; sys_platform != "win32"'
    web 1.1 requires=core>=1,<3 requires='compat; python_version < "3.11"' extra:fast='loop>=1; os_name == "posix"' extra:all=web[fast],extra-only
    core 2.0 wheels=cp311-cp311-manylinux2014_aarch64,cp312-cp312-manylinux2014_x86_64,cp310-cp310-win_amd64 requires=deep!=1.1
    core 2.1 wheels=cp312-cp312-manylinux2014_x86_64 requires=deep
    core 3.0
    loop 1.0 wheels=cp38-abi3-manylinux2014_aarch64,cp38-abi3-manylinux2014_x86_64 requires='deep>=1; implementation_name == "cpython"'
    winsvc 1.0 wheels=cp310-cp310-win_amd64
    compat 1.0 python=<3.11 requires='older; python_full_version < "3.10.20"'
    older 1.0
    deep 1.0
    deep 1.1
    deep 1.2 python=>=3.11
    extra-only 1.0 requires=web
    tool 1.0 requires='arm-tool; platform_machine == "aarch64"' requires='pc-tool; platform_machine in "x86_64 AMD64"'
    arm-tool 1.0
    pc-tool 1.0
"#;

const INPUTS: [&[&str]; 4] = [
    &["web"],
    &["web[fast]", "deep<1.2"],
    &["web[all]", "tool; platform_system == 'Linux'"],
    &["tool", "core!=2.1", "web==1.0"],
];

#[test]
fn a_strict_file_for_one_target_installs_just_what_is_needed_there() {
    for target in meanings() {
        let sandbox = Sandbox::new(UNIVERSE);
        for loose in INPUTS {
            sandbox.write("loose.txt", &loose.join("\n"));
            let strict = sandbox
                .harden(&format!("loose.txt -p {}", target.spelling))
                .good();
            judge(sandbox.server().universe(), loose, &strict, &target);
        }
    }
}

#[test]
fn a_strict_file_for_all_targets_installs_just_what_is_needed_on_each() {
    let sandbox = Sandbox::new(UNIVERSE);
    let targets = meanings().map(|target| target.spelling).join(" -p ");
    for loose in INPUTS {
        sandbox.write("loose.txt", &loose.join("\n"));
        let strict = sandbox.harden(&format!("loose.txt -p {targets}")).good();
        for target in meanings() {
            judge(sandbox.server().universe(), loose, &strict, &target);
        }
    }
}
