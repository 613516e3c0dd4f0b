//! `--shard K/N`: a part of the locks of a configuration, so that several machines share the work.
//!
//! Lock number i, counted from 0, is in shard i mod N + 1. So shards differ by one lock at most, and
//! neighbours, which often resemble each other, are on different machines. A split by a digest of the name
//! would move fewer locks when one is added, from which nothing is gained: a shard keeps nothing.

use std::fmt;
use std::str::FromStr;

use clap::Args;

use crate::report::Report;

/// Which part of the locks of the configuration.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct ShardArgs {
    /// Only part K of N of the locks in harden.toml
    ///
    /// For N machines that share the work: each takes another K, from 1 to N. The locks of the
    /// configuration are dealt in their order: the first to shard 1, the second to shard 2.
    #[arg(long, value_name = "K/N", env = "HARDEN_SHARD", hide_env_values = true)]
    pub shard: Option<Shard>,
}

/// A part of several, which no item is in twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 on.
    number: usize,
    of: usize,
}

/// A shard of files that are named.
#[derive(Debug, thiserror::Error)]
#[error("--shard divides the locks of the configuration, and files are named")]
pub struct NotDivided;

impl Report for NotDivided {
    fn hint(&self) -> Option<String> {
        Some("name no files, or give no shard".to_owned())
    }
}

impl Shard {
    /// The items that are in this shard, in their order.
    pub fn of<T>(self, items: Vec<T>) -> Vec<T> {
        items
            .into_iter()
            .skip(self.number - 1)
            .step_by(self.of)
            .collect()
    }

    /// Whether it is all there is.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let example = "expected K/N, as in 2/4 for the second of four shards";
        let (number, of) = text.split_once('/').ok_or(example)?;
        let read = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<usize>().ok().filter(|_| is_number)
        };
        let (Some(number), Some(of)) = (read(number), read(of)) else {
            return Err(example.to_owned());
        };
        match number {
            _ if of == 0 => Err("there cannot be 0 shards".to_owned()),
            0 => Err("shards are counted from 1".to_owned()),
            _ if number > of => Err(format!("there is no shard {number} of {of}")),
            _ => Ok(Self { number, of }),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str) -> Shard {
        text.parse().unwrap()
    }

    #[test]
    fn every_item_is_in_one_shard() {
        for of in 1..8 {
            let shards = (1..=of).map(|number| shard(&format!("{number}/{of}")));
            let parts: Vec<Vec<u8>> = shards.map(|shard| shard.of((0..5).collect())).collect();
            let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            let mut all = parts.concat();
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 3, 4]);
        }
        assert_eq!(shard("2/4").of((0..10).collect()), [1, 5, 9]);
    }

    #[test]
    fn what_is_not_a_shard_is_refused_with_the_reason() {
        let error = |text: &str| text.parse::<Shard>().unwrap_err();
        for text in [
            "", "2", "/", "x/y", "1/", "/4", "+1/4", "1/4/4", "1 /4", "1/-4",
        ] {
            assert!(error(text).starts_with("expected K/N"), "{text}");
        }
        assert_eq!(error("0/4"), "shards are counted from 1");
        assert_eq!(error("5/4"), "there is no shard 5 of 4");
        assert_eq!(error("1/0"), "there cannot be 0 shards");
        assert!(error("1/99999999999999999999999").starts_with("expected"));
        assert_eq!(shard("2/4").to_string(), "2/4");
    }
}
