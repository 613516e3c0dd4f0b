//! The command in the header of a strict file: every setting that decides the result, in one spelling.
//!
//! The cache, messages, `--upgrade` and similar options, the path of the interpreter, and settings in
//! requirements files and in pip's configuration are left out.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use clap::ValueEnum;

use crate::settings::args::{
    Hashes, IndexArgs, IndexStrategy, LockArgs, Prerelease, Resolution, SdistArgs,
};

/// The words of the command, program first, the platforms by their canonical names.
pub fn command(args: &LockArgs, platforms: &[String]) -> Vec<String> {
    let mut command = vec!["harden".to_owned()];
    command.extend(args.imports.then(|| "import".to_owned()));
    command.extend(args.loose.iter().cloned());
    let mut option = |name: &str, value: &dyn Display| {
        command.extend([name.to_owned(), value.to_string()]);
    };
    for platform in platforms {
        option("--platform", platform);
    }
    if let Some(output) = args.output.as_ref().filter(|output| is_file(output)) {
        option("--output", &output.display());
    }
    if let Some(format) = args.format {
        option("--format", &spelled(&format));
    }
    input_options(args, &mut option);
    version_options(args, &mut option);
    sdist_options(&args.sdists, &mut option);
    for entry in &args.metadata {
        option("--metadata", entry);
    }
    for marker in &args.target.marker {
        option("--marker", marker);
    }
    if let Some(mode) = args.resolution.filter(|mode| *mode != Resolution::Highest) {
        option("--resolution", &spelled(&mode));
    }
    let hashes = args.writing.hashes;
    if let Some(hashes) = hashes.filter(|hashes| *hashes != Hashes::Selected) {
        option("--hashes", &spelled(&hashes));
    }
    index_options(&args.index, &mut option);
    if args.exhaustive {
        command.push("--exhaustive".to_owned());
    }
    if args.no_deps {
        command.push("--no-deps".to_owned());
    }
    if args.index.no_index {
        command.push("--no-index".to_owned());
    }
    command
}

/// The inputs beside the loose files.
fn input_options(args: &LockArgs, option: &mut impl FnMut(&str, &dyn Display)) {
    for file in &args.constraints {
        option("--constraint", file);
    }
    for extra in &args.extras {
        option("--extra", extra);
    }
    for group in &args.groups {
        option("--group", group);
    }
}

/// Which versions are admitted.
fn version_options(args: &LockArgs, option: &mut impl FnMut(&str, &dyn Display)) {
    if let Some(cutoff) = &args.exclude_newer {
        option("--exclude-newer", cutoff);
    }
    for package in &args.exclude_newer_package {
        option("--exclude-newer-package", package);
    }
    for exemption in &args.exempt {
        option("--exempt", exemption);
    }
    if let Some(files) = args.undated {
        option("--undated", &spelled(&files));
    }
    if let Some(mode) = args.prerelease {
        option("--prerelease", &spelled(&mode));
    }
    for package in &args.prerelease_package {
        option("--prerelease-package", package);
    }
    if args.pre {
        option("--prerelease", &spelled(&Prerelease::Allow));
    }
    for file in &args.overrides {
        option("--override", file);
    }
    for name in &args.exclude {
        option("--exclude", name);
    }
}

/// Which sdists may be used, and how they are built.
fn sdist_options(args: &SdistArgs, option: &mut impl FnMut(&str, &dyn Display)) {
    for package in &args.allow_sdist {
        option("--allow-sdist", package);
    }
    for package in &args.build {
        option("--build", package);
    }
    for requirement in &args.build_constraint {
        option("--build-constraint", requirement);
    }
}

/// Whether an output is, or may become, a file: not standard output, a pipe or a device.
fn is_file(output: &Path) -> bool {
    output != Path::new("-") && fs::metadata(output).map_or(true, |found| found.is_file())
}

/// Where distributions come from.
fn index_options(args: &IndexArgs, option: &mut impl FnMut(&str, &dyn Display)) {
    // Without an index none is named, and nothing is tied to one.
    let is_asked = !args.no_index;
    if let Some(url) = args.index_url.as_ref().filter(|_| is_asked) {
        option("--index-url", url);
    }
    for url in &args.extra_index_url {
        option("--extra-index-url", url);
    }
    for index in args.index.iter().filter(|_| is_asked) {
        option("--index", index);
    }
    for package in args.index_package.iter().filter(|_| is_asked) {
        option("--index-package", package);
    }
    let other = |strategy: &IndexStrategy| *strategy != IndexStrategy::FirstIndex;
    if let Some(strategy) = args.index_strategy.filter(other) {
        option("--index-strategy", &spelled(&strategy));
    }
    let links = args.find_links.iter();
    for link in links.filter(|link| !is_of_this_machine(link)) {
        option("--find-links", link);
    }
}

/// Whether a link list is a folder that other machines do not have.
fn is_of_this_machine(link: &str) -> bool {
    link.starts_with("file:") || Path::new(link).is_absolute()
}

/// A value as it is given on the command line.
fn spelled(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value().expect("no value is hidden");
    value.get_name().to_owned()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::settings::args::HardenArgs;

    fn of(line: &str) -> String {
        let args = HardenArgs::parse_from(line.split_whitespace()).lock;
        command(&args, &["win_amd64-cp-312-cp312".to_owned()]).join(" ")
    }

    #[test]
    fn options_are_spelled_one_way_whatever_was_typed() {
        let short =
            "harden a.txt -p win_amd64-cp312 -o s.txt --pre -f links -i https://index.test/simple";
        let long = "harden --index-url=https://index.test/simple --find-links=links --prerelease=allow \
                    --output=s.txt --platform=win_amd64-cp312 a.txt";
        let expected = "harden a.txt --platform win_amd64-cp-312-cp312 --output s.txt \
                        --prerelease allow --index-url https://index.test/simple --find-links links";
        assert_eq!(of(short), expected);
        assert_eq!(of(long), expected);
    }

    #[test]
    fn what_does_not_decide_the_result_is_left_out() {
        let line = "harden a.txt -q -v --color never --cache-dir c --no-cache --refresh --offline -U \
                    -P flask --python python3.11 --no-pip-config --find-links /srv/wheels --hashes selected";
        assert_eq!(of(line), "harden a.txt --platform win_amd64-cp-312-cp312");
    }

    #[test]
    fn a_span_stays_one_and_packages_keep_their_own_cutoffs() {
        let line =
            "harden a.txt --exclude-newer P1W --exclude-newer-package B=false --undated allow";
        assert_eq!(
            of(line),
            "harden a.txt --platform win_amd64-cp-312-cp312 --exclude-newer P1W \
             --exclude-newer-package b=false --undated allow"
        );
    }

    #[test]
    fn a_date_is_written_as_the_moment_it_stands_for() {
        assert_eq!(
            of("harden a.txt --exclude-newer 2026-11-14 --hashes all"),
            "harden a.txt --platform win_amd64-cp-312-cp312 --exclude-newer 2026-11-14T00:00:00Z --hashes all"
        );
    }
}
