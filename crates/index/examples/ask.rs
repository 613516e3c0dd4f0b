//! Asks an index for projects and the metadata of their newest wheels, and says what that cost.
//!
//! `cargo run --release -p harden-index --example ask -- [--index URL] [--cache DIR] [--offline] NAME…`
//! With `--times N`, says instead how long the fastest of N clients takes for all the projects.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harden_index::{Freshness, IndexClient, Settings};
use harden_packaging::{DistFile, Index, PackageName, Project};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (settings, names, times) = arguments()?;
    if let Some(fastest) = (0..times).map(|_| time(&settings, &names)).min() {
        println!("{fastest:?}");
        return Ok(());
    }
    let start = Instant::now();
    let client = IndexClient::new(settings)?;
    client.prefetch_projects(&names);
    for project in names.iter().filter_map(|name| client.project(name).ok()) {
        newest_wheel(&project).inspect(|wheel| client.prefetch_metadata(wheel));
    }
    for name in &names {
        match client.project(name) {
            Ok(project) => show(&client, &project, start),
            Err(error) => println!("{:>9.1?} {error}", start.elapsed()),
        }
    }
    println!("{:>9.1?} {:?}", start.elapsed(), client.statistics());
    Ok(())
}

/// How long a new client takes for the pages of `names`, one after the other.
fn time(settings: &Settings, names: &[PackageName]) -> Duration {
    let client = IndexClient::new(settings.clone()).expect("threads can be started");
    let start = Instant::now();
    for name in names {
        if let Err(error) = client.project(name) {
            println!("{error}");
        }
    }
    start.elapsed()
}

fn arguments() -> Result<(Settings, Vec<PackageName>, u32), Box<dyn std::error::Error>> {
    let mut times = 0;
    let mut settings = Settings::default();
    let mut names = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--index" => settings.indexes = vec![value()?.parse()?],
            "--links" => settings.find_links.push(value()?.parse()?),
            "--cert" => settings.trusted_certificates = Some(value()?.into()),
            "--cache" => settings.cache_dir = Some(value()?.into()),
            "--offline" => settings.freshness = Freshness::Offline,
            "--times" => times = value()?.parse()?,
            "--refresh" => settings.freshness = Freshness::Refresh,
            name => names.push(name.parse()?),
        }
    }
    Ok((settings, names, times))
}

fn show(client: &IndexClient, project: &Project, start: Instant) {
    let (name, releases) = (&project.name, project.releases.len());
    let files: usize = project
        .releases
        .iter()
        .map(|release| release.files().len())
        .sum();
    println!(
        "{:>9.1?} {name}: {releases} releases, {files} files",
        start.elapsed()
    );
    let Some(wheel) = newest_wheel(project) else {
        return;
    };
    match client.metadata(wheel) {
        Ok(metadata) => println!(
            "{:>9.1?}   {}: {} requirements, uploaded {:?}, {:?}",
            start.elapsed(),
            wheel.filename,
            metadata.requires_dist.len(),
            wheel.upload_time,
            wheel.core_metadata,
        ),
        Err(error) => println!("{:>9.1?}   {error}", start.elapsed()),
    }
}

fn newest_wheel(project: &Project) -> Option<&Arc<DistFile>> {
    let files = project
        .releases
        .iter()
        .flat_map(harden_packaging::Release::files);
    files.into_iter().find(|file| file.wheel_tags().is_some())
}
