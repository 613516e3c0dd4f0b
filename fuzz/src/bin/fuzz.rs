//! Runs the target that `FUZZ_TARGET` names, with the arguments of libFuzzer. With `FUZZ_SEEDS`, writes the seeds of
//! each target to a folder of its name there, and prints the names. `scripts/fuzz` builds and starts it.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs, io};

use harden_fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static CHOSEN: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("FUZZ_TARGET names no target: `{name}`"))
});

fuzz_target!(
    init: {
        if let Some(folder) = env::var_os("FUZZ_SEEDS") {
            write_seeds(folder.as_ref()).expect("the folder can be written");
            std::process::exit(0);
        }
    },
    |input: &[u8]| CHOSEN.run(input)
);

fn write_seeds(folder: &Path) -> io::Result<()> {
    for target in TARGETS {
        let seeds = folder.join(target.name);
        fs::create_dir_all(&seeds)?;
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            fs::write(seeds.join(format!("seed-{number}")), seed)?;
        }
        println!("{}", target.name);
    }
    Ok(())
}
